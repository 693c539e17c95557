import type { Exchange } from "../../protocol/exchange.ts";
import type { RoundTripEstimate } from "../../protocol/round-trip.ts";
import {
  encodeRecord,
  encodeStamped,
  type ServerPacket,
  STAMPED_RECORDS_BYTES_GOAL,
} from "../../protocol/v2/index.ts";
import type { StoredMail } from "../../store/chat-store.ts";

/**
 * Hands one v2 client the messages that were kept for it, oldest first: as many as fit one datagram at a time, which keeps their
 * order. Each is acknowledged by its id, and forgotten only then; what is not acknowledged is transmitted again.
 *
 * The caller asks `pollTransmit` after creating it, after each `handleAck` and at `pollTimeout`, which it reports with `handleTimeout`;
 * and removes from the mailbox what `handleAck` says was acknowledged.
 */
export class V2MailDelivery {
  readonly dialect = 2;
  readonly #load: (countMax: number) => readonly StoredMail[];
  readonly #stamp: string;
  readonly #roundTrip: RoundTripEstimate;
  readonly #jitter: () => number;
  /** Under way, by its number. */
  readonly #batch = new Map<number, ServerPacket>();
  #exchange: Exchange | undefined;
  /** When to begin; `undefined` once it has. */
  #beginAtMs: number | undefined;

  /**
   * @param load gives the oldest messages in the mailbox.
   * @param stamp of the client's session.
   * @param jitter uniform in [0, 1).
   * @param beginAtMs nothing is handed over before.
   */
  constructor(
    load: (countMax: number) => readonly StoredMail[],
    stamp: string,
    roundTrip: RoundTripEstimate,
    jitter: () => number,
    beginAtMs: number,
  ) {
    this.#load = load;
    this.#stamp = stamp;
    this.#roundTrip = roundTrip;
    this.#jitter = jitter;
    this.#beginAtMs = beginAtMs;
  }

  /** True when the client answers no more. */
  get unanswered(): boolean {
    return this.#exchange?.expired === true;
  }

  /** What is under way is transmitted anew, with as much patience as at first. */
  restart(nowMs: number): void {
    if (this.#batch.size > 0) this.#exchange = this.#roundTrip.begin(this.#jitter(), nowMs);
  }

  /** False when no such message is under way. */
  handleAck(mailId: number, nowMs: number): boolean {
    if (!this.#batch.delete(mailId)) return false;
    if (this.#batch.size > 0) return true;
    if (this.#exchange !== undefined) this.#roundTrip.settle(this.#exchange, nowMs);
    this.#exchange = undefined;
    return true;
  }

  handleTimeout(nowMs: number): void {
    this.#exchange?.handleTimeout(nowMs);
  }

  pollTimeout(): number | undefined {
    return this.#exchange?.pollTimeout() ?? this.#beginAtMs;
  }

  /** Datagrams to send now; none when all were acknowledged and the mailbox is empty. */
  pollTransmit(nowMs: number): readonly Uint8Array[] {
    if (this.#beginAtMs !== undefined && nowMs < this.#beginAtMs) return [];
    this.#beginAtMs = undefined;
    if (this.#batch.size === 0) this.#begin(nowMs);
    if (this.#exchange?.pollTransmit(nowMs) !== true) return [];
    return encodeStamped(this.#stamp, [...this.#batch.values()]);
  }

  #begin(nowMs: number): void {
    let sizeBytes = 0;
    for (const mail of this.#load(BATCH_MAX)) {
      const packet = packetOf(mail);
      sizeBytes += encodeRecord(packet).length;
      if (this.#batch.size > 0 && sizeBytes > STAMPED_RECORDS_BYTES_GOAL) break;
      this.#batch.set(mail.id, packet);
    }
    this.restart(nowMs);
  }
}

/** As many of the shortest as fit a datagram. */
const BATCH_MAX = 24;

function packetOf({ id: mailId, from, sentAtMs, messageId: id, auto, text }: StoredMail): ServerPacket {
  return { kind: "mail", mailId, from, sentAtMs, id, auto, text };
}
