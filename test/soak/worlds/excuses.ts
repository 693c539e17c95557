/**
 * What a program that crashed may show a second time: its memory of what it had shown is gone. That is so of a message whose
 * sender could not yet know, and of a saved one that the server could not yet forget, when it crashed.
 */
import type { Entry } from "../../../src/scenario/run/ledger.ts";
import type { PossibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import type { SentLog, SentMessage } from "../../../src/scenario/run/sent.ts";
import type { KeptMail } from "./crashing-store.ts";

export interface Memory {
  /** Whose ledger it is. */
  readonly nick: string;
  readonly crashesMs: readonly number[];
  readonly sent: SentLog;
  readonly kept: readonly KeptMail[];
  readonly faults: PossibleFaults;
}

/** The entries without excused repetitions. */
export function withoutRepeats(entries: readonly Entry[], memory: Memory): readonly Entry[] {
  if (memory.crashesMs.length === 0) return entries;
  const others: Entry[] = [];
  /** When each text was shown; of one that was shown again for an excuse, when it was the last time. */
  const shown = new Map<string, number[]>();
  for (const entry of entries) {
    const { seen, atMs } = entry;
    if (seen.kind !== "message") {
      others.push(entry);
      continue;
    }
    const key = JSON.stringify([seen.from, seen.text]);
    const before = shown.get(key) ?? [];
    shown.set(key, before);
    const sent = memory.sent.between(seen.from, memory.nick).filter(({ text }) => text === seen.text);
    const isNew = before.length < sent.filter(({ sentAtMs }) => sentAtMs <= atMs).length;
    // Of equal texts nobody knows which is the copy: whichever may have been shown again excuses one.
    const excuse = isNew ? -1 : before.findIndex((beforeMs) => mayRepeat(sent, beforeMs, entry, memory));
    if (excuse >= 0) {
      before[excuse] = atMs;
    } else {
      others.push(entry);
      before.push(atMs);
    }
  }
  return others;
}

/** @param sent all messages that it can be a copy of. */
function mayRepeat(
  sent: readonly SentMessage[],
  beforeMs: number,
  { atMs }: Entry,
  { nick, crashesMs, kept, faults }: Memory,
): boolean {
  const crashMs = crashesMs.find((crashMs) => crashMs >= beforeMs && crashMs <= atMs);
  if (crashMs === undefined) return false;
  // A copy that was under way arrives as late as the network is.
  const sinceMs = crashMs - faults.latenessMs;
  return sent.some(({ from, text, outcome }) => {
    if (outcome === undefined || outcome.atMs >= sinceMs) return true;
    const copies = kept.filter((mail) => mail.to === nick && mail.from === from && mail.text === text);
    return copies.some(({ removedMs }) => removedMs === undefined || removedMs >= sinceMs);
  });
}
