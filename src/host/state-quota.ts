import {
  DURABLE_TIMERS_MAX,
  type DurableTimer,
  type StateChange,
  stateBytes,
  TIMER_CHARS_FREE,
} from "../bot/state.ts";
import type { BotJournal } from "../store/journal.ts";

/**
 * Says by how much a commit would go beyond what a bot may keep; `undefined` when it would not. Its own process refuses that
 * before, so one that tries is not the one that it was.
 */
export function quotaExcess(
  journal: BotJournal,
  changes: readonly StateChange[],
  charsMax: number,
): string | undefined {
  if (changes.length === 0) return undefined;
  const last = new Map<string, string | undefined>();
  const timers = new Map<string, DurableTimer>();
  for (const change of changes) {
    if (change.kind === "put") last.set(change.key, change.json);
    else if (change.kind === "delete") last.set(change.key, undefined);
    else if (change.kind === "timer") timers.set(change.timer.id, change.timer);
  }
  let chars = journal.storeChars;
  for (const [key, json] of last) {
    const before = journal.entry(key);
    if (before !== undefined) chars -= stateBytes(key, before);
    if (json !== undefined) chars += stateBytes(key, json);
  }
  // Where the quota has become smaller, what makes room is welcome.
  if (chars > charsMax && chars > journal.storeChars) {
    return `${chars} bytes to be kept are more than ${charsMax}`;
  }
  return timersExcess(journal, [...timers.values()], charsMax);
}

function timersExcess(
  journal: BotJournal,
  set: readonly DurableTimer[],
  charsMax: number,
): string | undefined {
  const before = set.map(({ id }) => journal.timer(id));
  const count = journal.timerCount + before.filter((timer) => timer === undefined).length;
  if (set.length > 0 && count > DURABLE_TIMERS_MAX) return `${count} timers are more than a bot may set`;
  const chars = charsOf(set) - charsOf(before.filter((timer) => timer !== undefined));
  const total = journal.timerChars + chars;
  // What counts for nothing in its process is counted here.
  const totalMax = charsMax + DURABLE_TIMERS_MAX * TIMER_CHARS_FREE;
  if (chars <= 0 || total <= totalMax) return undefined;
  return `${total} bytes of timers to be kept are more than ${totalMax}`;
}

function charsOf(timers: readonly DurableTimer[]): number {
  return timers.reduce((sum, { data }) => sum + data.length, 0);
}
