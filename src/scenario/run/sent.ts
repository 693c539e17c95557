/**
 * Every message that the scenario's clients sent, and what became of it: the other half of the
 * ledger. With it a copy that the network may rightly have made is told from one it may not.
 *
 * The v1 wire has no ids. A message whose acknowledgement was lost is transmitted again, and its
 * recipient cannot know the second from a new one. So up to `attempts` copies of a text are
 * accepted, and no more.
 */
import type { Receipt } from "../../client/api.ts";
import type { Place } from "../language/model.ts";

export interface SentMessage {
  /** The client's name in the scenario. */
  readonly client: string;
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
 * yet be reported delivered or saved; `doubtful`, of a message that was reported failed although it
 * had been transmitted; `repeat`, a retransmission; `unexplained`, one that nobody sent.
 */
export type Copy = "original" | "doubtful" | "repeat" | "unexplained";

export class SentLog {
  readonly #messages: SentMessage[] = [];
  readonly #clientNicks = new Set<string>();

  get messages(): readonly SentMessage[] {
    return this.#messages;
  }

  /** From now on a message from this nickname that is not in the log is `unexplained`. */
  addClient(nick: string): void {
    this.#clientNicks.add(nick);
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
    if (!this.#clientNicks.has(from)) return "original";
    const sent = this.between(from, to).filter((message) => message.text === text);
    const originals = sent.filter((message) => message.outcome?.receipt.kind !== "failed").length;
    const doubtful = sent.filter(
      ({ outcome }) => outcome?.receipt.kind === "failed" && outcome.receipt.attempts > 0,
    ).length;
    if (ordinal <= originals) return "original";
    if (ordinal <= originals + doubtful) return "doubtful";
    return ordinal <= copiesMax(sent) ? "repeat" : "unexplained";
  }
}

/** The most copies that these messages can have put on the wire. */
export function copiesMax(sent: readonly SentMessage[]): number {
  return sent.reduce((sum, { outcome }) => {
    if (outcome === undefined) return Number.POSITIVE_INFINITY;
    const { receipt } = outcome;
    return sum + (receipt.kind === "failed" ? receipt.attempts : Math.max(1, receipt.attempts));
  }, 0);
}
