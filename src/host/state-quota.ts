import {
  DURABLE_TIMERS_MAX,
  type DurableTimer,
  type StateChange,
  stateBytes,
  timerBytes,
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
  return timers.size === 0 ? undefined : timersExcess(journal.timers(), timers, charsMax);
}

function timersExcess(
  before: readonly DurableTimer[],
  set: ReadonlyMap<string, DurableTimer>,
  charsMax: number,
): string | undefined {
  const after = new Map([...before.map((timer) => [timer.id, timer] as const), ...set]);
  if (after.size > DURABLE_TIMERS_MAX) return `${after.size} timers are more than a bot may set`;
  const charsOf = (timers: Iterable<DurableTimer>) =>
    [...timers].reduce((sum, timer) => sum + timerBytes(timer), 0);
  const chars = charsOf(after.values());
  if (chars <= charsMax || chars <= charsOf(before)) return undefined;
  return `${chars} bytes of timers to be kept are more than ${charsMax}`;
}
