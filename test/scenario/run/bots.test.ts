import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { scenarioOf } from "../../support/scenario-text.ts";

/** Each takes a process. Among them are lost messages, lost acknowledgements, and answers that the server had to save. */
const SEEDS = 12;

describe("a bot in a scenario", () => {
  it("answers on a network that loses a fifth: what came twice is explained, and nothing else is left over", async () => {
    const scenario = scenarioOf(`
scenario: 1
timeout: 300s
clients: {alice: {}}
bots: {echo: {script: ${process.cwd()}/bots/echo.ts}}
steps:
  - register: alice
  - expect: {at: alice, table: {echo: online}}
  - net: {link: "*", loss: 20%, delay: 1ms..5ms}
  - send: {from: alice, to: echo, text: say one}
  - send: {from: alice, to: echo, text: say two}
  - settle: {quiet: 1s, max: 200s}

  # The server may have taken her for gone.
  - net: {link: "*", loss: 0%}
  - register: alice
  - expect: {at: alice, message: {from: echo, text: one}}
  - expect: {at: alice, message: {from: echo, text: two}}
`);

    const failed: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await runScenarios([scenario], { net: "sim", seed });
      failed.push(
        ...run.scenarios.flatMap(({ failures }) => failures.map(({ found }) => `${seed}: ${found}`)),
      );
    }

    assert.deepEqual(failed, []);
  });

  it("shows what it sent, with its receipts, when something fails", async () => {
    const scenario = scenarioOf(`
scenario: 1
clients: {alice: {}}
bots: {echo: {script: ${process.cwd()}/bots/echo.ts}}
steps:
  - register: alice
  - expect: {at: alice, table: {echo: online}}
  - send: {from: alice, to: echo, text: say hello, result: delivered}
  - expect: {at: alice, message: {text: goodbye}, within: 1s}
`);

    const { scenarios } = await runScenarios([scenario], { net: "sim" });

    const views = scenarios[0]?.failures[0]?.ledgers ?? [];
    const log = views.find(({ client }) => client === "echo (bot)");
    assert.match(log?.lines[0]?.text ?? "", /^sent "hello" to alice: delivered, 1 attempt, /);
  });
});
