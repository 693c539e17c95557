/**
 * What holds in every run, asked or not:
 *
 * - a message that was reported delivered or saved reaches its recipient exactly once, at the latest when he is back;
 * - the messages of one sender reach a recipient in the order in which they were sent;
 * - nothing reaches a client that has deregistered.
 *
 * Senders are the scenario's clients and bots, recipients its clients. "Once" means what v1 can promise: a copy is
 * accepted where the receipt says that the text was transmitted more often (see sent.ts). Whoever is not back at the
 * end has nothing to complain of.
 *
 * What comes in the name of a client from whose port a step sent `raw` datagrams is not judged.
 *
 * Loss, delay and partitions excuse nothing else. Where the scenario's rules, at any time of it, let the network
 *
 * - `duplicate` datagrams: each transmission may come twice. And a copy of an acknowledgement, the recipient's or the
 *   server's, may be taken for that of the next message, for it names none: a message need not come that was sent while
 *   such a copy could still be under way.
 * - `reorder` datagrams: saved messages, which are a datagram each, may come in any order; with `duplicate` so may
 *   messages as above. And one that comes late, when all are handed over again, may be counted
 *   for another: each may come twice, and of several for one recipient none must have come.
 * - `corrupt` them, and somebody may speak v1: texts are not judged, for v1 has no checksum. Between speakers of v2 it
 *   excuses nothing.
 */

import { counted } from "../counted.ts";
import type { InvariantName } from "../language/model.ts";
import type { Place } from "../language/place.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { PossibleFaults } from "./possible-faults.ts";
import type { SentLog, SentMessage } from "./sent.ts";
import { describeReceipt, formatMs, inQuotes } from "./wording.ts";

export interface Violation {
  readonly invariant: InvariantName;
  readonly place: Place;
  readonly expected: string;
  readonly found: readonly string[];
  /** Those who saw it, by their names in the scenario. */
  readonly witnesses: readonly string[];
}

export interface Evidence {
  readonly scenario: Place;
  readonly ledgers: readonly Ledger[];
  readonly sent: SentLog;
  /** When the server lost what it kept, or now if it is away: what was saved by then is excused. */
  readonly mailLostAtMs: number | undefined;
  readonly faults: PossibleFaults;
}

/** All that is broken, missing messages aside. */
export function violations(evidence: Evidence): readonly Violation[] {
  return [
    ...evidence.ledgers.flatMap((ledger) => afterDeregistration(ledger, evidence)),
    ...(evidence.faults.corrupt
      ? []
      : pairs(evidence).flatMap((pair) => [...surplus(pair, evidence), ...disorder(pair, evidence)])),
  ];
}

/** Messages that were reported delivered or saved and that have not reached a recipient who is there. */
export function missing(evidence: Evidence): readonly Violation[] {
  if (evidence.faults.corrupt) return [];
  return pairs(evidence).flatMap((pair) => gaps(pair, evidence));
}

/** All messages from one nickname to another. */
interface Pair {
  readonly from: string;
  readonly to: string;
  readonly sent: readonly SentMessage[];
  /** In the order of their coming. */
  readonly received: readonly Entry[];
  readonly recipients: readonly string[];
  readonly scenario: Place;
}

function pairs({ ledgers, sent, scenario }: Evidence): readonly Pair[] {
  const recipients = nicksOf(ledgers);
  const senders = [...new Set([...recipients, ...sent.senders])].filter((nick) => !sent.forgers.has(nick));
  return senders.flatMap((from) =>
    recipients.map((to) => {
      const holders = ledgers.filter(({ entries }) => entries.some(({ nick }) => nick === to));
      return {
        from,
        to,
        sent: sent.between(from, to),
        received: holders
          .flatMap(({ entries }) => entries)
          .filter(({ nick, seen }) => nick === to && seen.kind === "message" && seen.from === from)
          .sort((a, b) => a.atMs - b.atMs),
        recipients: holders.map(({ client }) => client),
        scenario,
      };
    }),
  );
}

/** A client has a nickname from the moment it registers, well or not. */
function nicksOf(ledgers: readonly Ledger[]): readonly string[] {
  return [...new Set(ledgers.flatMap(({ entries }) => entries.map(({ nick }) => nick)))];
}

function surplus(pair: Pair, evidence: Evidence): Violation[] {
  const { from, to, sent, received, recipients, scenario } = pair;
  return textsOf(received).flatMap((text) => {
    const copies = received.filter((entry) => textOf(entry) === text);
    const causes = sent.filter((message) => message.text === text);
    if (copies.length <= evidence.sent.copiesMax(causes)) return [];
    const times = copies.map(({ atMs }) => formatMs(atMs)).join(", ");
    const [cause] = causes;
    return [
      {
        invariant: "once" as const,
        place: cause?.place ?? scenario,
        expected:
          cause === undefined
            ? `${to} gets from ${from} only what ${from} sent`
            : `${inQuotes(text)} from ${from} reaches ${to} exactly once for each time it is sent`,
        found: [`it came ${counted(copies.length, "time")}, at ${times}`, ...causes.map(story)],
        witnesses: recipients,
      },
    ];
  });
}

function gaps({ from, to, sent, received, recipients }: Pair, evidence: Evidence): Violation[] {
  const texts = new Set(sent.map(({ text }) => text));
  return [...texts].flatMap((text) => {
    const owed = sent.filter((message) => message.text === text && isOwed(message, evidence));
    const came = received.filter((entry) => textOf(entry) === text).length;
    const lost = owed[came];
    if (lost === undefined) return [];
    return [
      {
        invariant: "arrival" as const,
        place: lost.place,
        expected: `${inQuotes(text)} from ${from} reaches ${to}, as ${from} was told`,
        found: [
          came === 0
            ? "it never came"
            : `it came ${counted(came, "time")} and is owed ${counted(owed.length, "time")}`,
          ...owed.map(story),
        ],
        witnesses: [...recipients, lost.sender],
      },
    ];
  });
}

/** Must it have arrived by now? What was delivered must; what was saved, once the recipient has registered after that. */
function isOwed(message: SentMessage, evidence: Evidence): boolean {
  const { to, outcome } = message;
  const { ledgers, mailLostAtMs, faults } = evidence;
  if (outcome === undefined || outcome.receipt.kind === "failed") return false;
  if (mayHaveTakenACopy(message, evidence)) return false;
  if (outcome.receipt.kind === "delivered") return true;
  if (mailLostAtMs !== undefined && outcome.atMs <= mailLostAtMs) return false;
  if (faults.reorder && mailFor(to, evidence).length > 1) return false;
  return ledgers.some(({ entries }) => {
    const own = entries.filter(({ nick }) => nick === to);
    const last = own.findLast(({ seen }) => LIFE.has(seen.kind));
    const asked = own.findLast(({ seen }) => seen.kind === "registering");
    return last?.seen.kind === "registered" && asked !== undefined && asked.atMs >= outcome.atMs;
  });
}

function mailFor(to: string, { sent }: Evidence): readonly SentMessage[] {
  return sent.messages.filter((message) => message.to === to && message.outcome?.receipt.kind === "saved");
}

/** Was it sent while a copy of the acknowledgement of an earlier one, from the same party, could still come? */
function mayHaveTakenACopy(message: SentMessage, { sent, faults }: Evidence): boolean {
  if (!faults.duplicate) return false;
  const { from, to, sentAtMs, outcome } = message;
  const before = sent.messages.slice(0, sent.messages.indexOf(message));
  return before.some((earlier) => {
    if (earlier.from !== from || earlier.outcome === undefined) return false;
    const { receipt, atMs } = earlier.outcome;
    const sameParty = outcome?.receipt.kind === "saved" ? receipt.kind === "saved" : earlier.to === to;
    return sameParty && sentAtMs <= atMs + faults.latenessMs;
  });
}

/** What decides whether a client is registered. */
const LIFE: ReadonlySet<string> = new Set(["registered", "registering", "deregistered", "closed"]);

function disorder(pair: Pair, evidence: Evidence): Violation[] {
  const { from, to, sent, received, recipients } = pair;
  const reliable = sent.filter(
    ({ text, outcome }) =>
      outcome !== undefined &&
      outcome.receipt.kind !== "failed" &&
      // Equal texts cannot be told apart.
      sent.filter((other) => other.text === text).length === 1,
  );
  const firsts = reliable
    .map((message) => ({ message, at: received.findIndex((entry) => textOf(entry) === message.text) }))
    .filter(({ message, at }) => {
      const entry = received[at];
      if (entry === undefined) return false;
      return !evidence.faults.reorder || !(isSaved(entry) || mayHaveTakenACopy(message, evidence));
    });
  const late = firsts.findIndex(({ at }, index) => at < (firsts[index - 1]?.at ?? -1));
  const before = firsts[late - 1]?.message;
  const after = firsts[late]?.message;
  if (before === undefined || after === undefined) return [];
  return [
    {
      invariant: "order",
      place: after.place,
      expected: `${to} gets the messages of ${from} in the order in which they were sent`,
      found: [
        `${inQuotes(after.text)} came before ${inQuotes(before.text)}, which was sent earlier`,
        story(before),
        story(after),
      ],
      witnesses: recipients,
    },
  ];
}

function afterDeregistration(ledger: Ledger, { scenario }: Evidence): Violation[] {
  let goneSinceMs: number | undefined;
  for (const { atMs, nick, seen } of ledger.entries) {
    if (seen.kind === "deregistered") goneSinceMs = atMs;
    else if (LIFE.has(seen.kind)) goneSinceMs = undefined;
    else if (goneSinceMs !== undefined && (seen.kind === "message" || seen.kind === "mail")) {
      const what = seen.kind === "message" ? `${inQuotes(seen.text)} from ${seen.from}` : "saved mail";
      return [
        {
          invariant: "silence",
          place: scenario,
          expected: `nothing reaches ${nick} after it has deregistered`,
          found: [`${what} came at ${formatMs(atMs)}, deregistered was ${nick} at ${formatMs(goneSinceMs)}`],
          witnesses: [ledger.client],
        },
      ];
    }
  }
  return [];
}

function story({ sender, sentAtMs, outcome }: SentMessage): string {
  const ending = outcome === undefined ? "without a receipt yet" : describeReceipt(outcome.receipt);
  return `sent by ${sender} at ${formatMs(sentAtMs)}: ${ending}`;
}

function textsOf(received: readonly Entry[]): readonly string[] {
  return [...new Set(received.map(textOf))];
}

function isSaved({ seen }: Entry): boolean {
  return seen.kind === "message" && seen.saved;
}

function textOf({ seen }: Entry): string {
  return seen.kind === "message" ? seen.text : "";
}
