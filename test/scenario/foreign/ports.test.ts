import assert from "node:assert/strict";
import path from "node:path";
import { it, type TestContext } from "node:test";
import { systemWorld } from "../../../src/net/system-world.ts";
import { ForeignServer } from "../../../src/scenario/foreign/foreign-server.ts";
import { leasePort } from "../../../src/scenario/foreign/ports.ts";
import { Ledger } from "../../../src/scenario/run/ledger.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { SentLog } from "../../../src/scenario/run/sent.ts";
import { problemsOf, scenarioOf } from "../../support/scenario-text.ts";
import { FOREIGN, implementationOf } from "../../support/screened.ts";

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

it("where nobody sees taken ports, a server has to say when it is ready: the file is told, and the driver at once", async (t) => {
  pretendPlatform(t, "darwin");
  const server = (ready: string) =>
    `scenario: 1\nserver: {process: {command: [cat]${ready}}}\nsteps: [{wait: 1ms}]\n`;
  const foreign = new ForeignServer({
    implementation: implementationOf(["cat"]),
    world: systemWorld(),
    ledger: new Ledger("server", new SentLog(), () => 0),
  });
  t.after(() => foreign.close());

  assert.deepEqual(problemsOf(server("")), [
    "2:1 MISSING on darwin nobody can see whether a program has its port; " +
      "say what it writes when it is ready: `ready: {stdout: listening}`",
  ]);
  assert.deepEqual(problemsOf(server(", ready: {stdout: hello}")), []);
  assert.deepEqual(problemsOf("scenario: 1\nserver: {process: {}}\nsteps: [{wait: 1ms}]\n"), []);
  await assert.rejects(foreign.start(), {
    code: "NOT_READY",
    message: /^nobody can see on darwin whether it has its port: its driver has to say/,
  });
});

function pretendPlatform(t: TestContext, platform: NodeJS.Platform): void {
  const real = Object.getOwnPropertyDescriptor(process, "platform");
  Object.defineProperty(process, "platform", { ...real, value: platform });
  t.after(() => Object.defineProperty(process, "platform", real ?? {}));
}
