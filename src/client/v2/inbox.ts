import type { PacketId } from "../../protocol/v2/index.ts";

/** Whether a message was received before. `late`: it was not, and a newer one of its sender was. */
export type Novelty = "new" | "late" | "seen";

/**
 * Remembers which messages of each sender were received, so that each is shown once however often and by whichever way
 * it comes.
 *
 * A sender has one message under way at a time and counts upwards, so nearly all is said by the highest number that was
 * received; numbers below it that were not are remembered one by one, the newest of them.
 */
export class Inbox {
  /** By sender, then by his epoch, the latest one last. */
  readonly #senders = new Map<string, Map<number, Received>>();
  /** Takes back what was noted in this turn. */
  #undo: (() => void)[] = [];

  /** True when something of that start of the sender was received before. */
  knows(from: string, epoch: number): boolean {
    return this.#senders.get(from)?.has(epoch) === true;
  }

  novelty(from: string, { epoch, seq }: PacketId): Novelty {
    const received = this.#senders.get(from)?.get(epoch);
    if (received === undefined || seq > received.highest) return "new";
    return received.missing.has(seq) ? "late" : "seen";
  }

  /** The message was received. */
  note(from: string, { epoch, seq }: PacketId): void {
    const received = this.#receivedOf(from, epoch);
    const { highest } = received;
    if (seq <= highest) {
      if (received.missing.delete(seq)) this.#undo.push(() => received.missing.add(seq));
      return;
    }
    received.highest = seq;
    if (seq === highest + 1) {
      this.#undo.push(() => {
        received.highest = highest;
      });
      return;
    }
    const skipped: number[] = [];
    for (let n = Math.max(highest + 1, seq - MISSING_MAX); n < seq; n++) skipped.push(n);
    for (const n of skipped) received.missing.add(n);
    this.#undo.push(() => {
      received.highest = highest;
      for (const n of skipped) received.missing.delete(n);
    });
    for (const oldest of received.missing) {
      if (received.missing.size <= MISSING_MAX) break;
      received.missing.delete(oldest);
    }
  }

  /** The id of a message that was noted, as users see it. */
  idText(from: string, { epoch, seq }: PacketId): string {
    const text = this.#senders.get(from)?.get(epoch)?.epochText ?? epochText(epoch);
    return `${text}-${seq}`;
  }

  /** What was noted in this turn stands. */
  keepTurn(): void {
    if (this.#undo.length > 0) this.#undo = [];
  }

  /** What was noted in this turn was not taken care of, and will come again. */
  forgetTurn(): void {
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
  }

  #receivedOf(from: string, epoch: number): Received {
    const epochs = this.#senders.get(from) ?? new Map<number, Received>();
    this.#senders.set(from, epochs);
    const known = epochs.get(epoch);
    if (known !== undefined) return known;
    const received: Received = { highest: 0, missing: new Set(), epochText: epochText(epoch) };
    epochs.set(epoch, received);
    const [oldest] = epochs.keys();
    if (epochs.size > EPOCHS_MAX && oldest !== undefined) epochs.delete(oldest);
    return received;
  }
}

interface Received {
  highest: number;
  /** Below the highest. */
  readonly missing: Set<number>;
  /** To write a number of that size takes longer than to look here. */
  readonly epochText: string;
}

function epochText(epoch: number): string {
  return epoch.toString(36);
}

/** Starts of one sender's client that are told apart. Datagrams do not live as long as it takes to start it eight times. */
const EPOCHS_MAX = 8;

/** A sender does not begin so many messages before he is done with one, except for those that he gave up. */
const MISSING_MAX = 64;
