import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";

/** Each a network with other faults. */
const SEEDS = 10;

describe("an example", () => {
  for (const file of discoverScenarios(["scenarios"]).files) {
    const { scenarios, problems, parameters } = loadScenarioFile(file);
    // A bot takes a process. Those that have one are run once, when the README has its reader run all examples.
    if (scenarios.some(({ bots }) => bots.size > 0)) continue;

    it(`${file} passes in simulation, whatever the seed`, async () => {
      const failed: string[] = [];
      for (let seed = 1; seed <= SEEDS; seed++) {
        const run = await runScenarios(scenarios, { net: "sim", seed });
        const bad = run.scenarios.filter(({ outcome }) => outcome !== "passed");
        failed.push(
          ...bad.map(({ scenario, failures }) => `seed ${seed}, ${scenario.name}: ${failures[0]?.found[0]}`),
        );
      }

      assert.deepEqual(problems, []);
      // A file that has parameters is run by those that call it.
      assert.notEqual(scenarios.length + parameters.length, 0);
      assert.deepEqual(failed, []);
    });
  }
});
