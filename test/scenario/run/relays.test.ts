import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { scenarioOf } from "../../support/scenario-text.ts";

describe("what a scenario does to the real network", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "udpchat-relays-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The links on which something was lost, in the order of the losses, and what failed. */
  async function lossesOf(
    text: string,
  ): Promise<{ readonly lost: readonly string[]; readonly failures: readonly string[] }> {
    const { scenarios } = await runScenarios([scenarioOf(text)], {
      net: "real",
      trace: "on",
      traceFolder: folder,
    });
    const [result] = scenarios;
    const lines = readFileSync(result?.traceFile ?? "", "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    return {
      lost: lines.filter(({ kind }) => kind === "lost").map(({ from, to }) => `${from.name} -> ${to.name}`),
      failures: result?.failures.map(({ place, found }) => `line ${place.line}: ${found[0]}`) ?? [],
    };
  }

  it("befalls clients that are programs of their own, and what passes between two of them", async () => {
    const { lost, failures } = await lossesOf(`\
scenario: 1
clients: {alice: {}, x: {process: {}}, y: {process: {}}}
steps:
  - register: alice
  - parallel: [{register: x}, {register: y}]
  - expect: {at: alice, table: {x: online, y: online}}
  - fault: {drop: {link: "x -> alice", nth: 1}}
  - send: {from: x, to: alice, text: hi, result: delivered}
  - expect: {at: alice, message: {from: x, text: hi}}
  - fault: {drop: {link: "x -> y", nth: 1}}
  - send: {from: x, to: y, text: between us, result: delivered}
  - expect: {at: y, message: {from: x, text: between us}}
  - send: {from: alice, to: y, text: hello y, result: delivered}
  - expect: {at: y, message: {from: alice, text: hello y}}
`);

    assert.deepEqual(failures, []);
    assert.deepEqual(lost, ["x -> alice", "x -> y"]);
  });

  it("befalls what a server that is a program of its own sends", async () => {
    const { lost, failures } = await lossesOf(`\
scenario: 1
server: {process: {}}
clients: {alice: {}}
steps:
  - fault: {drop: {link: "server -> alice", nth: 1}}
  - register: alice
`);

    assert.deepEqual(failures, []);
    assert.deepEqual(lost, ["server -> alice"]);
  });
});
