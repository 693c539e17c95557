/** The earliest of several deadlines, in milliseconds; `undefined` when nothing is awaited. */
export function earliest(...deadlinesMs: readonly (number | undefined)[]): number | undefined {
  let earliestMs: number | undefined;
  for (const deadlineMs of deadlinesMs) {
    if (deadlineMs !== undefined && (earliestMs === undefined || deadlineMs < earliestMs))
      earliestMs = deadlineMs;
  }
  return earliestMs;
}
