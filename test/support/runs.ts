/** Results of runs, as reporters and exit codes see them, without running anything. */
import type { Scenario } from "../../src/scenario/language/model.ts";
import type {
  Failure,
  Progress,
  Reporter,
  RunOutcome,
  RunResult,
  ScenarioRun,
} from "../../src/scenario/run/result.ts";
import { sumUp } from "../../src/scenario/run/sum-up.ts";

export interface Made {
  readonly scenario: Scenario;
  /** Of each seed and round the attempts. */
  readonly tries: readonly (readonly ScenarioRun[])[];
}

export function runOf(outcome: RunOutcome, fields: Partial<ScenarioRun> = {}): ScenarioRun {
  return {
    seed: 7,
    round: 1,
    attempt: 1,
    outcome,
    failures: [],
    datagrams: [],
    elapsedMs: 12,
    virtualMs: 345,
    traceHash: "0123456789abcdef",
    traceFile: undefined,
    ...fields,
  };
}

export function failedRun(
  failure: Partial<Failure> & Pick<Failure, "place">,
  fields: Partial<ScenarioRun> = {},
) {
  const whole: Failure = {
    kind: "expectation",
    step: "expect at bob: a message",
    expected: "a message",
    found: ["no message at all"],
    ledgers: [],
    ...failure,
  };
  return runOf("failed", { failures: [whole], ...fields });
}

export function resultOf(made: readonly Made[], fields: Partial<RunResult> = {}): RunResult {
  return {
    net: "sim",
    seed: 7,
    seeds: undefined,
    server: undefined,
    scenarios: made.map(({ scenario, tries }) => sumUp(scenario, "sim", tries)),
    selected: made.length,
    traceHash: "fedcba9876543210",
    elapsedMs: 1_234,
    interrupted: false,
    bailed: false,
    ...fields,
  };
}

/** Tells a reporter of a run as the runner would. */
export function tell(reporter: Reporter, result: RunResult): void {
  const { net, seed, seeds, server, selected, scenarios } = result;
  const runs = scenarios.reduce((sum, one) => sum + one.runs.length, 0);
  const story: Progress[] = [{ kind: "run-started", net, seed, seeds, server, selected, runs }];
  for (const one of scenarios) {
    const { scenario } = one;
    story.push({ kind: "scenario-started", scenario });
    story.push({ kind: "step-started", job: 0, scenario, label: "register alice", number: 1, of: 2 });
    for (const run of one.runs) {
      story.push({ kind: "attempt-ended", job: 0, scenario, run, retried: false });
    }
    story.push({ kind: "scenario-ended", result: one });
  }
  story.push({ kind: "run-ended", result });
  for (const progress of story) reporter(progress);
}
