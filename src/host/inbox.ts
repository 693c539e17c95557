import type { ReceivedMessage } from "../client/api.ts";
import type { Clock, Timer } from "../net/network.ts";
import type { Rate } from "../protocol/token-bucket.ts";
import type { BotJournal, Delivery, DurableTimer } from "../store/journal.ts";
import { FloodGuard } from "./flood-guard.ts";

export interface InboxOptions {
  readonly nick: string;
  readonly journal: BotJournal;
  readonly clock: Clock;
  readonly flood: Rate;
  /** Hands a delivery to the bot's process. */
  readonly dispatch: (delivery: Delivery) => void;
  /** A sender asks more than he may: so many messages were left out since the last call. `notice`: he is to be told. */
  readonly onFlood: (sender: string, leftOut: number, notice: boolean) => void;
  readonly onDead: (delivery: Delivery, reason: string) => void;
}

/** So many deliveries may be with the process at once; the others wait in the journal. */
const WINDOW = 256;

/** More than that is not acknowledged, so the senders know. */
const WAITING_MAX = 10_000;

/** So many processes may die of a delivery. */
const ATTEMPTS_MAX = 3;

/** A delivery of which a process died is handled alone for so long, so that no other is blamed when it happens again. */
const ALONE_MS = 1_000;

/**
 * Hands one bot its deliveries: what is in the journal, oldest first, as long as there is a process that takes them.
 *
 * A delivery leaves when its handler is done. When the process dies, all that were with it are handed out again, and
 * those that it died of have an attempt counted. A crash of the host itself counts nothing: no delivery can cause it.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #flood: FloodGuard;
  #queue: Delivery[];
  /** With the process, and who sent them. */
  readonly #out = new Map<number, string | undefined>();
  readonly #suspects = new Set<number>();
  /** Since the inbox was made. */
  readonly counts = { received: 0, handled: 0 };
  #isOpen = false;
  #alone: Timer | undefined;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#flood = new FloodGuard(options.flood);
    this.#queue = [...options.journal.waiting()];
    for (const { id, attempts } of this.#queue) if (attempts > 0) this.#suspects.add(id);
  }

  /** Whether a delivery is with the process. */
  isOut(id: number): boolean {
    return this.#out.has(id);
  }

  /** The sender of a delivery that is with the process. */
  senderOf(id: number): string | undefined {
    return this.#out.get(id);
  }

  /**
   * Takes a message into the journal. It is durable, and on its way to the process, after the next commit.
   *
   * @throws {Error} when too many wait: it must not be acknowledged.
   */
  take({ from, text, sentAtMs, saved, auto, id: wireId }: ReceivedMessage): void {
    const { nick, journal, clock, onFlood } = this.#options;
    if (journal.waitingCount >= WAITING_MAX)
      throw new Error(`${WAITING_MAX} messages wait for ${nick} already`);
    const verdict = this.#flood.check(from, clock.nowMs());
    if (verdict.kind !== "fine") {
      if (verdict.leftOut > 0) onFlood(from, verdict.leftOut, verdict.notice);
      return;
    }
    const message = { from, text, sentAtMs: Math.round(sentAtMs), saved, auto, wireId };
    journal.append(message, clock.dateMs(), (error, delivery) => {
      if (error !== undefined) return;
      this.counts.received += 1;
      this.#add(delivery);
    });
  }

  /** A durable timer is due. */
  takeTimer(timer: DurableTimer): void {
    const { journal, clock } = this.#options;
    if (journal.isTimerWaiting(timer)) return;
    journal.appendTimer(timer, clock.dateMs(), (_error, delivery) => this.#add(delivery));
  }

  /** A dead letter that is to be tried again. */
  add(delivery: Delivery): void {
    this.#add(delivery);
  }

  /** There is a process that takes deliveries. */
  open(): void {
    this.#isOpen = true;
    this.#pump();
  }

  /** Hands out nothing more; what is out may still be finished. */
  pause(): void {
    this.#isOpen = false;
  }

  /** A handler is done, and its consumption is in the journal. */
  finished(ids: readonly number[]): void {
    for (const id of ids) {
      if (!this.#out.delete(id)) continue;
      this.counts.handled += 1;
      this.#suspects.delete(id);
    }
    if (this.#out.size === 0) this.#endQuarantine();
    this.#pump();
  }

  /** The process is gone. @param culprits what it died of; none when it was stopped */
  closed(culprits: readonly number[], reason: string): void {
    const { journal, clock, onDead } = this.#options;
    this.#isOpen = false;
    this.#endQuarantine();
    for (const id of culprits) {
      if (!this.#out.has(id)) continue;
      const attempts = journal.countAttempt(id);
      journal.note(id, `attempt ${attempts} failed: ${reason}`, clock.dateMs());
      this.#suspects.add(id);
    }
    this.#out.clear();
    for (const delivery of journal.waiting()) {
      if (delivery.attempts < ATTEMPTS_MAX) continue;
      this.#suspects.delete(delivery.id);
      journal.end(delivery.id, "dead", `given up after ${delivery.attempts} attempts`, clock.dateMs());
      onDead(delivery, reason);
    }
    this.#queue = [...journal.waiting()];
  }

  #add(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.#pump();
  }

  #pump(): void {
    const { journal, clock, dispatch } = this.#options;
    while (this.#isOpen && this.#alone === undefined && this.#out.size < WINDOW) {
      const [next] = this.#queue;
      if (next === undefined) return;
      const isSuspect = this.#suspects.has(next.id);
      if (isSuspect && this.#out.size > 0) return;
      this.#queue.shift();
      this.#out.set(next.id, next.kind === "message" ? next.message.from : undefined);
      if (isSuspect) this.#quarantine();
      journal.note(
        next.id,
        next.attempts === 0 ? "handed out" : `handed out, attempt ${next.attempts + 1}`,
        clock.dateMs(),
      );
      dispatch(next);
    }
  }

  #quarantine(): void {
    this.#alone = this.#options.clock.schedule(ALONE_MS, () => {
      // It had its chance to do harm, and may be waiting for something.
      for (const id of this.#out.keys()) this.#suspects.delete(id);
      this.#alone = undefined;
      this.#pump();
    });
  }

  #endQuarantine(): void {
    this.#alone?.cancel();
    this.#alone = undefined;
  }
}
