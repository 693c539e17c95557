import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testExitCode } from "../../src/cli/test-exit-code.ts";
import type { Outcome, RunResult } from "../../src/scenario/run/result.ts";
import { scenarioOf, withSteps } from "../support/scenario-text.ts";

describe("the exit code of udpchat test", () => {
  const cases: readonly (readonly [what: string, run: RunResult, failOnFlaky: boolean, code: number])[] = [
    ["0 when all passed", run("passed", "passed"), false, 0],
    ["1 when one failed", run("passed", "failed"), false, 1],
    ["1 when the run was interrupted", { ...run("passed", "interrupted"), interrupted: true }, false, 1],
    ["4 when the environment did not let it run", run("failed", "environment"), false, 4],
    ["0 when one was flaky", run("passed", "flaky"), false, 0],
    ["7 when one was flaky and that counts", run("passed", "flaky"), true, 7],
    ["1 when another failed besides", run("failed", "flaky"), true, 1],
    ["5 when the program has a defect, whatever else", run("failed", "environment", "internal"), false, 5],
  ];
  for (const [what, result, failOnFlaky, code] of cases) {
    it(`is ${what}`, () => {
      assert.equal(testExitCode(result, { failOnFlaky }), code);
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
