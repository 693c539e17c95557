import { DURABLE_TIMERS_MAX, type StateChange, stateBytes } from "../bot/state.ts";
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
  const timers = new Set<string>();
  for (const change of changes) {
    if (change.kind === "put") last.set(change.key, change.json);
    else if (change.kind === "delete") last.set(change.key, undefined);
    else if (change.kind === "timer") timers.add(change.timer.id);
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
  if (timers.size > 0) {
    for (const { id } of journal.timers()) timers.add(id);
    if (timers.size > DURABLE_TIMERS_MAX) return `${timers.size} timers are more than a bot may set`;
  }
  return undefined;
}
