/** The earliest of several deadlines, in milliseconds; `undefined` when nothing is awaited. */
export function earliest(...deadlinesMs: readonly (number | undefined)[]): number | undefined {
  const earliestMs = Math.min(...deadlinesMs.map((deadlineMs) => deadlineMs ?? Number.POSITIVE_INFINITY));
  return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
}
