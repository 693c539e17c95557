import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { exitCodeOf, type TestOutcome } from "../../../src/scenario/run/exit-code.ts";
import type { Outcome, RunResult } from "../../../src/scenario/run/result.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

describe("the exit code", () => {
  const cases: readonly [string, TestOutcome, number][] = [
    ["0 when all passed", { run: run("passed", "passed") }, 0],
    ["1 when one failed", { run: run("passed", "failed") }, 1],
    ["1 when the run was interrupted", { run: { ...run("passed", "interrupted"), interrupted: true } }, 1],
    ["2 when a file has mistakes", { problems: 3 }, 2],
    ["2 also when what could be run failed", { problems: 1, run: run("failed") }, 2],
    ["3 when nothing was selected", { run: run() }, 3],
    ["3 when nothing was run", {}, 3],
    ["3 when a path does not exist", { wrongUsage: true, run: run("failed") }, 3],
    ["4 when the environment did not let it run", { run: run("failed", "environment") }, 4],
    ["0 when one was flaky", { run: run("passed", "flaky") }, 0],
    ["7 when one was flaky and that counts", { run: run("passed", "flaky"), failOnFlaky: true }, 7],
    ["1 when another failed besides", { run: run("failed", "flaky"), failOnFlaky: true }, 1],
    ["5 when the program has a defect, whatever else", { problems: 1, run: run("failed", "internal") }, 5],
  ];
  for (const [name, outcome, code] of cases) {
    it(`is ${name}`, () => {
      assert.equal(exitCodeOf(outcome), code);
    });
  }
});

function run(...outcomes: readonly Outcome[]): RunResult {
  const scenario = scenarioOf(withSteps("  - register: alice"));
  return {
    net: "sim",
    seed: 1,
    selected: outcomes.length,
    traceHash: "",
    elapsedMs: 1,
    seeds: undefined,
    server: undefined,
    interrupted: false,
    bailed: false,
    scenarios: outcomes.map((outcome) => ({
      scenario,
      net: "sim",
      seed: 1,
      outcome,
      failures: [],
      elapsedMs: 1,
      virtualMs: 1,
      traceHash: "",
      traceFile: undefined,
      datagrams: [],
      runs: [],
    })),
  };
}
