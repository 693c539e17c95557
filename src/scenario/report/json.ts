import type { Outcome, Reporter, RunResult, ScenarioResult } from "../run/result.ts";
import { replayCommand } from "./replay.ts";

/** Reports for programs: one JSON document, written when the run has ended. `version` changes when a field does. */
export function jsonReporter(output: { write(text: string): unknown }): Reporter {
  return (progress) => {
    if (progress.kind === "run-ended")
      output.write(`${JSON.stringify(documentOf(progress.result), undefined, 2)}\n`);
  };
}

function documentOf({
  net,
  seed,
  seeds,
  server,
  traceHash,
  elapsedMs,
  interrupted,
  bailed,
  selected,
  scenarios,
}: RunResult): object {
  const number = (outcome: Outcome) => scenarios.filter((result) => result.outcome === outcome).length;
  return {
    version: 1,
    net,
    seed,
    seeds,
    server,
    traceHash,
    elapsedMs,
    interrupted,
    bailed,
    counts: {
      selected,
      passed: number("passed"),
      failed: number("failed"),
      flaky: number("flaky"),
      environment: number("environment"),
      internal: number("internal"),
      interrupted: number("interrupted"),
      skipped: number("skipped"),
    },
    scenarios: scenarios.map(scenarioOf),
  };
}

function scenarioOf(result: ScenarioResult): object {
  const { scenario, outcome, seed, elapsedMs, virtualMs, traceHash, traceFile, failures, datagrams, note } =
    result;
  return {
    name: scenario.name,
    ...scenario.place,
    tags: scenario.tags,
    outcome,
    note,
    seed,
    elapsedMs,
    virtualMs,
    traceHash,
    traceFile,
    replay: replayCommand(result),
    failures,
    datagrams,
    runs: result.runs.map(({ failures: _, datagrams: __, ...run }) => run),
  };
}
