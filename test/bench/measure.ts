/** How figures are taken: by counts that are fixed beforehand, so that a slow machine measures the same work. */

/** One figure of the bench, taken anew in every round. */
export interface Row {
  readonly name: string;
  /** What is learned from it, in a few words. */
  readonly tells: string;
  /** Latency of one operation, or operations a second with as many under way. */
  readonly unit: "µs p50" | "per s";
  readonly inFlight: number;
  readonly target?: Target;
  /** Warms up when called first, as all rows are once before the rounds that count. */
  measure(): Promise<number>;
}

/** What the ratio to the raw echo of the same run is to be, or the figure itself. */
export type Target =
  | { readonly atLeast: number }
  | { readonly atMost: number }
  /** So many microseconds more than the echo. */
  | { readonly aboveUsMax: number }
  | { readonly usMax: number };

/** Runs something that says how many milliseconds it took, again and again, one at a time. The median in microseconds. */
export async function medianUs(count: number, operationMs: () => Promise<number>): Promise<number> {
  const durationsMs: number[] = [];
  for (let i = 0; i < count; i++) durationsMs.push(await operationMs());
  return 1_000 * median(durationsMs);
}

export async function elapsedMs(operation: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await operation();
  return performance.now() - startMs;
}

/** Does the operation in so many lanes at once, each starting anew when it is done. Operations a second. */
export async function ratePerS(count: number, lanes: readonly (() => Promise<void>)[]): Promise<number> {
  let left = count;
  const startMs = performance.now();
  await Promise.all(
    lanes.map(async (operation) => {
      while (left-- > 0) await operation();
    }),
  );
  return (1_000 * count) / (performance.now() - startMs);
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
