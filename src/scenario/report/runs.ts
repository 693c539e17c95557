/** The runs of one scenario, counted and named. */

import { counted } from "../counted.ts";
import type { ScenarioResult, ScenarioRun } from "../run/result.ts";

const NAMED_MAX = 10;

/** Each by its last attempt. */
export function finalRuns({ runs }: ScenarioResult): readonly ScenarioRun[] {
  return runs.filter((_, index) => {
    const next = runs[index + 1];
    return next === undefined || next.attempt === 1;
  });
}

/** Those that failed to the last; of what is only flaky, those that failed at first. */
export function failedRuns(result: ScenarioResult): readonly ScenarioRun[] {
  const failed = finalRuns(result).filter(({ failures }) => failures.length > 0);
  return failed.length > 0 ? failed : result.runs.filter(({ failures }) => failures.length > 0);
}

/** `1000 seeds`, `20 runs`; empty when there was one run of one seed. */
export function describeRuns(result: ScenarioResult): string {
  const finals = finalRuns(result);
  if (finals.length < 2) return "";
  return isSweep(finals) ? counted(finals.length, "seed") : counted(finals.length, "run");
}

/** `seeds 17, 203 and 5 more`, or rounds where there is one seed. */
export function shortList(runs: readonly ScenarioRun[]): string {
  const sweep = isSweep(runs);
  const named = runs.slice(0, NAMED_MAX).map(({ seed, round }) => {
    if (!sweep) return String(round);
    return round > 1 ? `${seed} (round ${round})` : String(seed);
  });
  const rest = runs.length - named.length;
  const word = sweep ? "seed" : "round";
  return `${word}${runs.length === 1 ? "" : "s"} ${named.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function isSweep(runs: readonly ScenarioRun[]): boolean {
  return runs.some(({ seed }) => seed !== runs[0]?.seed) || runs.every(({ round }) => round === 1);
}
