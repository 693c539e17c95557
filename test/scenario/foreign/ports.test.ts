import assert from "node:assert/strict";
import path from "node:path";
import { it } from "node:test";
import { systemWorld } from "../../../src/net/system-world.ts";
import { leasePort } from "../../../src/scenario/foreign/ports.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { scenarioOf } from "../../support/scenario-text.ts";
import { FOREIGN } from "../../support/screened.ts";

it("a server's port is there for another when its scenario has ended", async ({ mock }) => {
  const world = systemWorld();
  const { port } = await lease();
  // The dice always fall for this port: who wants one gets it, or none.
  mock.method(Math, "random", () => (port - 10_240 + 0.5) / 22_528);
  const program = JSON.stringify(path.join(FOREIGN, "udpchat.py"));
  const scenario = scenarioOf(
    `scenario: 1\nserver: {process: {command: [python3, ${program}, -s, "\${port}"]}}\nsteps: [{wait: 1ms}]\n`,
  );

  const run = await runScenarios([scenario, scenario], { net: "real" });

  assert.deepEqual(
    run.scenarios.flatMap(({ failures }) => failures.flatMap(({ found }) => found)),
    [],
  );
  assert.equal((await lease()).port, port);

  async function lease(): Promise<{ readonly port: number }> {
    using leased = await leasePort(world);
    return { port: leased.port };
  }
});
