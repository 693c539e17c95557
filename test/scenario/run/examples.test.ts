import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";

/** Each a network with other faults; a bot takes a process, so these run once. */
const SEEDS = 20;

describe("an example", () => {
  for (const file of discoverScenarios(["scenarios"]).files) {
    it(`${file} passes in simulation, whatever the seed`, async () => {
      const { scenarios, problems, parameters } = loadScenarioFile(file);
      const withBots = scenarios.some(({ bots }) => bots.size > 0);

      const failed: string[] = [];
      for (let seed = 1; seed <= (withBots ? 1 : SEEDS); seed++) {
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
