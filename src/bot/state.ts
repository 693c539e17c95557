/** What of a bot outlives its process, as the runtime in the process and the host tell each other of it. */

import type { DurableTimer, StateChange } from "../store/journal.ts";

export type { DurableTimer, StateChange };

/** What a process starts with. */
export interface Recollection {
  readonly entries: readonly (readonly [key: string, json: string])[];
  readonly timers: readonly DurableTimer[];
}

/** The entries that `bot.store` keeps; the others are the runtime's own. */
export const STORE_PREFIX = "s/";

/** What `bot.store` keeps, by the keys that its author knows. */
export function storeEntries(entries: Recollection["entries"]): Recollection["entries"] {
  return entries
    .filter(([key]) => key.startsWith(STORE_PREFIX))
    .map(([key, json]) => [key.slice(STORE_PREFIX.length), json] as const);
}

/** How long a key may be, in UTF-16 units. */
export const STATE_KEY_CHARS_MAX = 512;

/** How long one value or one timer's data may be as JSON: a change has to fit a frame. */
export const STATE_JSON_CHARS_MAX = 65_536;

/** So many durable timers may wait for one bot. */
export const DURABLE_TIMERS_MAX = 10_000;

/** What one entry counts for, against the quota. */
export function stateBytes(key: string, json: string): number {
  return key.length + json.length;
}

/** Data of timers that counts for nothing: schedules and dialogs set theirs with less, and must not fail for want of room. */
export const TIMER_CHARS_FREE = 64;

/** What one timer counts for, against a quota as large as that of the entries. */
export function timerBytes({ data }: DurableTimer): number {
  return data.length <= TIMER_CHARS_FREE ? 0 : data.length;
}
