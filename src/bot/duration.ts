type Unit = "ms" | "s" | "m" | "h" | "d";

/** A length of time: `"250ms"`, `"10s"`, `"5m"`, `"2h"`, `"7d"`, or a number of milliseconds. */
export type Duration = number | `${number}${Unit}`;

/** How often something may happen: `"5/min"`, `"1/10s"`, `"100/day"`. */
export type Limit =
  `${number}/${"s" | "sec" | "m" | "min" | "h" | "hour" | "d" | "day" | `${number}${Unit}`}`;

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
};

/** @returns milliseconds. @throws {TypeError} when it is no duration. */
export function readDuration(duration: Duration): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? [];
  const ms = typeof duration === "number" ? duration : Number(number) * (UNIT_MS[unit] ?? Number.NaN);
  if (!Number.isFinite(ms) || ms < 0) {
    throw new TypeError(
      `${JSON.stringify(duration)} is no duration; write one such as "250ms", "10s", "5m", "2h" or "7d"`,
    );
  }
  return ms;
}

/**
 * Reads a length of time that a person wrote, as `10m`.
 *
 * @returns milliseconds, or `undefined` when it is none.
 */
export function parseDuration(text: string): number | undefined {
  try {
    return readDuration(text.trim().toLowerCase() as Duration);
  } catch {
    return undefined;
  }
}

/** @throws {TypeError} when it is no limit. */
export function readLimit(limit: Limit): { readonly count: number; readonly perMs: number } {
  const [, count, times, unit = ""] =
    /^(\d+)\/(\d+(?:\.\d+)?)?(ms|s|sec|m|min|h|hour|d|day)$/.exec(String(limit)) ?? [];
  if (count === undefined || Number(count) < 1) {
    throw new TypeError(`${JSON.stringify(limit)} is no limit; write one such as "5/min" or "1/10s"`);
  }
  return { count: Number(count), perMs: Number(times ?? 1) * (UNIT_MS[unit] ?? Number.NaN) };
}

/** In words for people: `12 s`, `3 min`, `2 h`. */
export function inWords(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.ceil(ms / 1_000))} s`;
  return ms < 5_400_000 ? `${Math.ceil(ms / 60_000)} min` : `${Math.ceil(ms / 3_600_000)} h`;
}
