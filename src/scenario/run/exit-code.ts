import type { RunResult } from "./result.ts";

/** What `udpchat test` exits with; the numbers are stable. */
const EXIT_CODES = {
  passed: 0,
  failed: 1,
  invalidScenario: 2,
  /** Wrong usage, or nothing selected. */
  usage: 3,
  /** A port, readiness. */
  environment: 4,
  internal: 5,
  /** With `--fail-on-flaky`: it passed, but not at the first try. 6 is reserved for thresholds. */
  flaky: 7,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What came of a call of `udpchat test`. */
export interface TestOutcome {
  /** A path that does not exist, an option that makes no sense. */
  readonly wrongUsage?: boolean;
  /** Mistakes in scenario files. */
  readonly problems?: number;
  /** What passed only when it was tried again counts as a failure. */
  readonly failOnFlaky?: boolean;
  /** `undefined`: nothing was run. */
  readonly run?: RunResult | undefined;
}

/**
 * Of several that apply, the one that casts most doubt on the rest: 5, then 3 and 2 (what was asked for was not run), then 4,
 * then 1, then 7. An interrupted run is a failed one.
 */
export function exitCodeOf({
  wrongUsage = false,
  problems = 0,
  failOnFlaky = false,
  run,
}: TestOutcome): ExitCode {
  const outcomes = new Set(run?.scenarios.map(({ outcome }) => outcome));
  if (outcomes.has("internal")) return EXIT_CODES.internal;
  if (wrongUsage) return EXIT_CODES.usage;
  if (problems > 0) return EXIT_CODES.invalidScenario;
  if (run === undefined || run.selected === 0) return EXIT_CODES.usage;
  if (outcomes.has("environment")) return EXIT_CODES.environment;
  if (run.interrupted || outcomes.has("failed")) return EXIT_CODES.failed;
  return failOnFlaky && outcomes.has("flaky") ? EXIT_CODES.flaky : EXIT_CODES.passed;
}
