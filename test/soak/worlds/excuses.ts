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
  const shown = new Map<string, { readonly count: number; readonly atMs: number }>();
  for (const entry of entries) {
    const { seen, atMs } = entry;
    if (seen.kind !== "message") {
      others.push(entry);
      continue;
    }
    const key = JSON.stringify([seen.from, seen.text]);
    const before = shown.get(key);
    const sent = memory.sent.between(seen.from, memory.nick).filter(({ text }) => text === seen.text);
    const isNew = (before?.count ?? 0) < sent.filter(({ sentAtMs }) => sentAtMs <= atMs).length;
    const isKept = before === undefined || isNew || !mayRepeat(sent, before.atMs, entry, memory);
    if (isKept) others.push(entry);
    shown.set(key, { count: (before?.count ?? 0) + (isKept ? 1 : 0), atMs });
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
