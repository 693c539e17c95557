/**
 * The scenarios' own invariants, for messages that go over v1 at one end or both. Beyond what they excuse, v1 cannot promise
 * two things. A row of its table is four datagrams that do not say whose they are, and of rows that the network tore apart a
 * client can join one nickname to another's address. Then a message reaches the wrong recipient, who acknowledges it, or
 * comes under the wrong name. And a saved message has no id: one that is the same to the letter and to the second is taken for
 * a copy that the network made.
 */
import { type Evidence, missing, violations } from "../../../src/scenario/run/invariants.ts";
import { type Entry, Ledger } from "../../../src/scenario/run/ledger.ts";
import type { PossibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import { SentLog } from "../../../src/scenario/run/sent.ts";
import type { Breach } from "./breach.ts";
import type { Participant } from "./participant.ts";

/** What each saw, by nickname. */
export type Seen = ReadonlyMap<string, readonly Entry[]>;

export function judgePlain(testimony: {
  readonly participants: readonly Participant[];
  readonly sent: SentLog;
  readonly faults: PossibleFaults;
  readonly seen: Seen;
  readonly isPlain: (from: string, to: string) => boolean;
}): readonly Breach[] {
  const { participants, sent, faults, seen, isPlain } = testimony;
  if (participants.every(({ spec }) => spec.dialect === 2)) return [];

  const tearsRows = faults.duplicate || faults.reorder;
  const excused = new Set([...(tearsRows ? textsAstray(seen, sent) : []), ...textsSavedTogether(sent)]);
  const plainSent = new SentLog(faults);
  for (const { name } of participants) plainSent.addClient(name);
  for (const { outcome, ...message } of sent.messages) {
    if (!isPlain(message.from, message.to) || excused.has(message.text)) continue;
    const finish = plainSent.add(message);
    if (outcome !== undefined) finish(outcome.receipt, outcome.atMs);
  }
  const ledgers = participants.map(({ name }) => {
    let atMs = 0;
    const ledger = new Ledger(name, plainSent, () => atMs);
    for (const entry of seen.get(name) ?? []) {
      const { kind } = entry.seen;
      if (kind === "message" && (!isPlain(entry.seen.from, name) || excused.has(entry.seen.text))) continue;
      atMs = entry.atMs;
      ledger.record(entry.nick, entry.seen);
    }
    return ledger;
  });
  const place = { file: "program", line: 1, column: 1 };
  const evidence: Evidence = { scenario: place, ledgers, sent: plainSent, mailLostAtMs: undefined, faults };
  return [...violations(evidence), ...missing(evidence)].map(({ invariant: rule, expected, found }) => ({
    rule,
    expected,
    found,
  }));
}

/** Texts that somebody sent and somebody saw, but not from the one to the other. */
function textsAstray(seen: Seen, sent: SentLog): ReadonlySet<string> {
  const astray = new Set<string>();
  for (const [nick, entries] of seen) {
    for (const { seen } of entries) {
      if (seen.kind !== "message") continue;
      const causes = sent.messages.filter(({ text }) => text === seen.text);
      const isStraight = causes.some(({ from, to }) => from === seen.from && to === nick);
      if (causes.length > 0 && !isStraight) astray.add(seen.text);
    }
  }
  return astray;
}

/** Texts that somebody sent twice to the same recipient, and that were saved in the same second. */
function textsSavedTogether({ messages }: SentLog): ReadonlySet<string> {
  const seconds = new Set<string>();
  const together = new Set<string>();
  for (const { from, to, text, outcome } of messages) {
    if (outcome?.receipt.kind !== "saved") continue;
    const second = Math.floor(outcome.atMs / 1_000);
    const isSecond = [second - 1, second, second + 1].some((s) =>
      seconds.has(JSON.stringify([from, to, text, s])),
    );
    if (isSecond) together.add(text);
    seconds.add(JSON.stringify([from, to, text, second]));
  }
  return together;
}
