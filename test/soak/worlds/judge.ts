/**
 * The standing invariants of messages, held against all that was seen and sent in a world.
 *
 * Where one of the two speaks v1 only, they are those of the scenarios, with all that v1 cannot promise excused. Between
 * speakers of v2 nothing is excused but what a crash makes a program forget (see excuses.ts).
 */
import type { Entry } from "../../../src/scenario/run/ledger.ts";
import type { PossibleFaults } from "../../../src/scenario/run/possible-faults.ts";
import type { SentLog, SentMessage } from "../../../src/scenario/run/sent.ts";
import { describeReceipt, formatMs, inQuotes } from "../../../src/scenario/run/wording.ts";
import type { Breach } from "./breach.ts";
import type { KeptMail } from "./crashing-store.ts";
import { withoutRepeats } from "./excuses.ts";
import type { Participant } from "./participant.ts";
import { judgePlain, type Seen } from "./plain.ts";

export interface Testimony {
  readonly participants: readonly Participant[];
  readonly sent: SentLog;
  readonly kept: readonly KeptMail[];
  readonly faults: PossibleFaults;
}

export function judge(testimony: Testimony): readonly Breach[] {
  const { participants, sent, kept, faults } = testimony;
  const seen: Seen = new Map(
    participants.map(({ name, ledger, crashesMs }) => [
      name,
      withoutRepeats(ledger.entries, { nick: name, crashesMs, sent, kept, faults }),
    ]),
  );
  return [
    ...strictPairs(testimony, seen).flatMap(([from, to]) => {
      const received = (seen.get(to) ?? []).filter((entry) => senderOf(entry) === from);
      const pair = { from, to, sent: sent.between(from, to), received };
      return [...surplus(pair), ...lost(pair), ...disorder(pair)];
    }),
    ...judgePlain({
      participants,
      sent,
      faults,
      seen,
      isPlain: (from, to) => !isStrict(testimony, from, to),
    }),
  ];
}

/** Both speak v2; a sender whom nobody knows is nobody's excuse. */
function isStrict({ participants }: Testimony, from: string, to: string): boolean {
  const dialectOf = (nick: string) => participants.find(({ name }) => name === nick)?.spec.dialect;
  return dialectOf(to) === 2 && dialectOf(from) !== 1;
}

function strictPairs(testimony: Testimony, seen: Seen): readonly (readonly [string, string])[] {
  return testimony.participants.flatMap(({ name: to }) => {
    const senders = [
      ...testimony.participants.map(({ name }) => name),
      ...(seen.get(to) ?? []).map(senderOf),
    ];
    return [...new Set(senders)]
      .filter((from) => from !== "" && from !== to && isStrict(testimony, from, to))
      .map((from) => [from, to] as const);
  });
}

interface Pair {
  readonly from: string;
  readonly to: string;
  readonly sent: readonly SentMessage[];
  readonly received: readonly Entry[];
}

function surplus({ from, to, sent, received }: Pair): readonly Breach[] {
  const texts = [...new Set(received.map(textOf))];
  return texts.flatMap((text) => {
    const copies = received.filter((entry) => textOf(entry) === text);
    const causes = sent.filter((message) => message.text === text);
    if (copies.length <= causes.length) return [];
    const times = copies.map(({ atMs }) => formatMs(atMs)).join(", ");
    return [
      {
        rule: "once",
        expected: `${inQuotes(text)} from ${from} is shown to ${to} once for each time it is sent`,
        found: [`it was shown ${copies.length} times, at ${times}`, ...causes.map(story)],
      },
    ];
  });
}

/** All were there in the end, so whatever was saved has been handed over, too. */
function lost({ from, to, sent, received }: Pair): readonly Breach[] {
  const texts = [...new Set(sent.map(({ text }) => text))];
  return texts.flatMap((text) => {
    const causes = sent.filter((message) => message.text === text);
    const owed = causes.filter(({ outcome }) => outcome !== undefined && outcome.receipt.kind !== "failed");
    const shown = received.filter((entry) => textOf(entry) === text).length;
    if (shown >= owed.length) return [];
    return [
      {
        rule: "arrival",
        expected: `${inQuotes(text)} from ${from} is shown to ${to}, as ${from} was told`,
        found: [`it was shown ${shown} times and is owed ${owed.length} times`, ...causes.map(story)],
      },
    ];
  });
}

/**
 * Of what the sender was told had arrived or was kept: what he gave up may come late. Equal texts cannot be told apart.
 */
function disorder({ from, to, sent, received }: Pair): readonly Breach[] {
  const order = new Map(sent.map((message, index) => [message.text, index]));
  const isJudged = (text: string): boolean => {
    const [message, ...others] = sent.filter((one) => one.text === text);
    const { outcome } = message ?? {};
    return others.length === 0 && outcome !== undefined && outcome.receipt.kind !== "failed";
  };
  const firsts = received.filter(
    (entry, at) => received.findIndex((e) => textOf(e) === textOf(entry)) === at,
  );
  const shown = firsts.map(textOf).filter(isJudged);
  const late = shown.findIndex((text, at) => (order.get(text) ?? 0) < (order.get(shown[at - 1] ?? "") ?? -1));
  const [before, after] = [shown[late - 1], shown[late]].map((text) => sent.find((m) => m.text === text));
  if (before === undefined || after === undefined) return [];
  return [
    {
      rule: "order",
      expected: `${to} is shown the messages of ${from} in the order in which they were sent`,
      found: [`${inQuotes(before.text)} came before ${inQuotes(after.text)}`, story(after), story(before)],
    },
  ];
}

/** Nothing reaches who is not registered. */
export function judgeSilence(participants: readonly Participant[]): readonly Breach[] {
  return participants.flatMap(({ name, ledger }) => beforeRegistration(name, ledger.entries));
}

/** Who never asked to be registered since his program started, or has deregistered, gets nothing. */
function beforeRegistration(nick: string, entries: readonly Entry[]): readonly Breach[] {
  let since: string | undefined = "before it registered";
  for (const { atMs, seen } of entries) {
    if (seen.kind === "registering" || seen.kind === "registered") since = undefined;
    else if (seen.kind === "closed") since = "before its new start registered";
    else if (seen.kind === "deregistered") since = "after it had deregistered";
    else if (since !== undefined && (seen.kind === "message" || seen.kind === "mail")) {
      const what = seen.kind === "mail" ? "saved mail" : `${inQuotes(seen.text)} from ${seen.from}`;
      return [
        {
          rule: "silence",
          expected: `nothing reaches ${nick} ${since}`,
          found: [`${what} came at ${formatMs(atMs)}`],
        },
      ];
    }
  }
  return [];
}

function story({ sentAtMs, text, outcome }: SentMessage): string {
  const end =
    outcome === undefined
      ? "without a receipt"
      : `${describeReceipt(outcome.receipt)} at ${formatMs(outcome.atMs)}`;
  return `${inQuotes(text)} was sent at ${formatMs(sentAtMs)}: ${end}`;
}

function senderOf({ seen }: Entry): string {
  return seen.kind === "message" ? seen.from : "";
}

function textOf({ seen }: Entry): string {
  return seen.kind === "message" ? seen.text : "";
}
