import type { RunResult } from "../scenario/index.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/**
 * What `udpchat test` exits with after a run. Of several that apply, the one that casts most doubt on the rest: 5, then 4,
 * then 1, then 7. An interrupted run is a failed one.
 */
export function testExitCode(
  { scenarios, interrupted }: RunResult,
  { failOnFlaky }: { readonly failOnFlaky: boolean },
): ExitCode {
  const outcomes = new Set(scenarios.map(({ outcome }) => outcome));
  if (outcomes.has("internal")) return EXIT.internal;
  if (outcomes.has("environment")) return EXIT.environment;
  if (interrupted || outcomes.has("failed")) return EXIT.failed;
  return failOnFlaky && outcomes.has("flaky") ? EXIT.flaky : EXIT.ok;
}
