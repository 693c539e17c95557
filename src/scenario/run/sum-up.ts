import { createHash } from "node:crypto";
import type { Scenario } from "../language/model.ts";
import {
  type NetKind,
  type Outcome,
  type ScenarioResult,
  type ScenarioRun,
  TOLD_WHOLE_MAX,
} from "./result.ts";

/**
 * Makes one result of all runs of a scenario.
 *
 * @param made of each seed and round the attempts, at least one of them all; a gap where it was not run.
 */
export function sumUp(
  scenario: Scenario,
  net: NetKind,
  made: readonly (readonly ScenarioRun[] | undefined)[],
): ScenarioResult {
  const tries = made.filter((attempts) => attempts !== undefined);
  const runs = tries.flat();
  const finals = tries.flatMap((attempts) => attempts.slice(-1));
  const failedFirst = finals.find(({ failures }) => failures.length > 0);
  const told = failedFirst ?? runs.find(({ failures }) => failures.length > 0) ?? runs[0];
  if (told === undefined) throw new TypeError("a scenario without a run has no result");
  const { seed, failures, datagrams, traceFile, note } = told;
  const flaky = tries.some((attempts) => attempts.length > 1);
  return {
    scenario,
    net,
    seed,
    outcome: outcomeOf(finals, flaky),
    failures,
    datagrams,
    traceFile,
    note,
    elapsedMs: sum(runs.map(({ elapsedMs }) => elapsedMs)),
    virtualMs: sum(runs.map(({ virtualMs }) => virtualMs)),
    traceHash:
      runs.length === 1 ? told.traceHash : hashOf(runs.map((run) => [String(run.seed), run.traceHash])),
    runs,
  };
}

/** Of thousands of failures the first few are read; that the others failed, and with which seeds, is enough. */
export function withoutDetails(run: ScenarioRun, failedSoFar: number): ScenarioRun {
  if (run.failures.length === 0 || failedSoFar <= TOLD_WHOLE_MAX) return run;
  return { ...run, failures: run.failures.map((failure) => ({ ...failure, ledgers: [] })), datagrams: [] };
}

/** `undefined` where one of them is. */
export function hashOf(parts: readonly (readonly [string, string | undefined])[]): string | undefined {
  if (parts.some(([, hash]) => hash === undefined)) return undefined;
  const hash = createHash("sha256");
  for (const part of parts) hash.update(JSON.stringify(part));
  return hash.digest("hex").slice(0, 16);
}

/** Worst first. */
function outcomeOf(finals: readonly ScenarioRun[], retried: boolean): Outcome {
  const found = new Set(finals.map(({ outcome }) => outcome));
  for (const outcome of ["internal", "environment", "failed", "interrupted"] as const) {
    if (found.has(outcome)) return outcome;
  }
  if (found.size > 0 && [...found].every((outcome) => outcome === "skipped")) return "skipped";
  return retried ? "flaky" : "passed";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
