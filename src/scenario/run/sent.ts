/**
 * Every message that the scenario's clients and bots sent, and what became of it: the other half of the
 * ledger. With it a copy that the network may rightly have made is told from one it may not.
 *
 * The v1 wire has no ids. A message whose acknowledgement was lost is transmitted again, and its
 * recipient cannot know the second from a new one. So up to `attempts` copies of a text are
 * accepted, and no more; twice as many where the network may copy datagrams, which it does at most once each, and of
 * saved messages where it may reorder them (see invariants.ts).
 */
import type { Receipt } from "../../client/api.ts";
import type { Place } from "../language/place.ts";
import { NO_FAULTS, type PossibleFaults } from "./possible-faults.ts";

export interface SentMessage {
  /** The client's or bot's name in the scenario. */
  readonly sender: string;
  /** The nicknames on the wire. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly place: Place;
  readonly sentAtMs: number;
  /** `undefined` while nobody knows. */
  readonly outcome: { readonly receipt: Receipt; readonly atMs: number } | undefined;
}

/**
 * What the nth copy of a text at its recipient is: `original`, one for each message that was or may
 * yet be reported delivered or saved; `doubtful`, one that may come and need not, of a message that was reported
 * failed although it had been transmitted, or in answer to a copy; `repeat`, made by a retransmission or by the
 * network; `unexplained`, one that nobody sent.
 */
export type Copy = "original" | "doubtful" | "repeat" | "unexplained";

export class SentLog {
  readonly #messages: SentMessage[] = [];
  readonly #senders = new Set<string>();
  readonly #bots = new Set<string>();
  readonly #forgers = new Set<string>();
  readonly #faults: Pick<PossibleFaults, "duplicate" | "reorder">;

  /** @param faults What the network may do. Default: none of it. */
  constructor(faults: Pick<PossibleFaults, "duplicate" | "reorder"> = NO_FAULTS) {
    this.#faults = faults;
  }

  get messages(): readonly SentMessage[] {
    return this.#messages;
  }

  /** From now on a message from this nickname that is not in the log is `unexplained`. */
  addClient(nick: string): void {
    this.#senders.add(nick);
  }

  /** As a client; and what it is told twice it may answer twice. */
  addBot(nick: string): void {
    this.#senders.add(nick);
    this.#bots.add(nick);
  }

  /** Somebody sends datagrams of his own making in this name: nothing that comes from it can be held against anybody. */
  addForger(nick: string): void {
    this.#forgers.add(nick);
  }

  /** The nicknames in whose names datagrams were forged. */
  get forgers(): ReadonlySet<string> {
    return this.#forgers;
  }

  /** The nicknames of those whose messages are all in the log. */
  get senders(): ReadonlySet<string> {
    return this.#senders;
  }

  /** Notes a message on its way. Call the result with its receipt. */
  add(message: Omit<SentMessage, "outcome">): (receipt: Receipt, atMs: number) => void {
    const index = this.#messages.push({ ...message, outcome: undefined }) - 1;
    return (receipt, atMs) => {
      this.#messages[index] = { ...message, outcome: { receipt, atMs } };
    };
  }

  between(from: string, to: string): readonly SentMessage[] {
    return this.#messages.filter((message) => message.from === from && message.to === to);
  }

  /** What the `ordinal`th copy (from 1) of this text at `to` is. */
  classify(from: string, to: string, text: string, ordinal: number): Copy {
    if (!this.#senders.has(from) || this.#forgers.has(from)) return "original";
    const sent = this.between(from, to).filter((message) => message.text === text);
    const reliable = sent.filter((message) => message.outcome?.receipt.kind !== "failed").length;
    const doubtful = sent.filter(
      ({ outcome }) => outcome?.receipt.kind === "failed" && outcome.receipt.attempts > 0,
    ).length;
    const originals = reliable - this.#answersToCopies(from, to, reliable);
    if (ordinal <= originals) return "original";
    if (ordinal <= reliable + doubtful) return "doubtful";
    return ordinal <= this.copiesMax(sent) ? "repeat" : "unexplained";
  }

  /** The most copies of these messages that can have come out of the wire. */
  copiesMax(sent: readonly SentMessage[]): number {
    return sent.reduce((sum, { outcome }) => {
      if (outcome === undefined) return Number.POSITIVE_INFINITY;
      const { receipt } = outcome;
      const transmissions = receipt.kind === "failed" ? receipt.attempts : Math.max(1, receipt.attempts);
      const { duplicate, reorder } = this.#faults;
      const mayDouble = duplicate || (reorder && receipt.kind === "saved");
      return sum + (mayDouble ? 2 * transmissions : transmissions);
    }, 0);
  }

  /** How many of a bot's equal messages to somebody may be answers to copies of what he told it. */
  #answersToCopies(from: string, to: string, equal: number): number {
    if (!this.#bots.has(from) || equal === 0) return 0;
    const told = this.between(to, from);
    return Math.min(this.copiesMax(told) - told.length, equal - 1);
  }
}
