import { Exchange, type RetransmissionPolicy } from "../../protocol/exchange.ts";
import { encodeReply } from "../../protocol/v1/index.ts";
import type { Reply } from "../../protocol/v1/packets.ts";
import type { StoredMail } from "../../store/chat-store.ts";

/**
 * Hands one v1 client the messages that were kept for it: notice, its `ack`, the count and the
 * messages, then a ping. A long list comes in batches, each of them so. Only when that is answered too are they known to have arrived.
 *
 * v1 has no ids, so an `ack` means whatever was asked last. Before the ping there is a pause in which
 * further answers to the notice, or copies of one, are not taken for the answer to the ping. Our client does not
 * answer the ping while a message is missing and asks for the table instead, which the server takes as `restart`.
 *
 * States: holding → noticing → handing over → pausing → confirming → confirmed; or → unanswered.
 */
export class V1MailDelivery {
  readonly dialect = 1;
  readonly #load: (countMax: number) => readonly StoredMail[];
  readonly #utcOffsetMs: () => number;
  #state: State;
  #notices = 0;
  #batchMax: number;

  /**
   * @param load gives the oldest messages in the mailbox.
   * @param batchMax how many to hand over at once, as learnt from this client; see {@link BATCH_MAX}.
   * @param noticeAtMs when to begin: for a batch after another {@link COPY_MS} after that one was confirmed.
   */
  constructor(
    load: (countMax: number) => readonly StoredMail[],
    batchMax: number,
    utcOffsetMs: () => number,
    noticeAtMs: number,
  ) {
    this.#load = load;
    this.#batchMax = batchMax;
    this.#utcOffsetMs = utcOffsetMs;
    this.#state = { kind: "holding", untilMs: noticeAtMs };
  }

  /** Messages whose arrival is confirmed; `undefined` until then. */
  get confirmed(): readonly StoredMail[] | undefined {
    return this.#state.kind === "confirmed" ? this.#state.mail : undefined;
  }

  /** True when the client answers no more. */
  get unanswered(): boolean {
    return "exchange" in this.#state && this.#state.exchange.expired;
  }

  /** How many messages to hand over at once next time: few when some were lost, more when all arrived. */
  get batchMax(): number {
    return this.#state.kind === "confirmed" ? Math.min(this.#batchMax * 2, BATCH_MAX) : this.#batchMax;
  }

  /** Begins again; what was handed over and not confirmed will be handed over again. */
  restart(nowMs: number): void {
    const { kind } = this.#state;
    if (kind === "pausing" || kind === "confirming")
      this.#batchMax = Math.max(1, Math.floor(this.#batchMax / 2));
    this.#state = { kind: "noticing", exchange: new Exchange(ANSWER_POLICY, nowMs) };
  }

  handleAck(): void {
    const state = this.#state;
    if (state.kind === "noticing") this.#state = { kind: "handing-over", mail: this.#load(this.#batchMax) };
    else if (state.kind === "confirming") this.#state = { kind: "confirmed", mail: state.mail };
  }

  handleTimeout(nowMs: number): void {
    const state = this.#state;
    if ("exchange" in state) {
      state.exchange.handleTimeout(nowMs);
    } else if (state.kind === "pausing" && nowMs >= state.untilMs) {
      this.#state = { kind: "confirming", mail: state.mail, exchange: new Exchange(ANSWER_POLICY, nowMs) };
    }
  }

  pollTimeout(): number | undefined {
    const state = this.#state;
    return "exchange" in state
      ? state.exchange.pollTimeout()
      : state.kind === "pausing" || state.kind === "holding"
        ? state.untilMs
        : undefined;
  }

  /** Datagrams to send now, in this order; nothing may come between. */
  pollTransmit(nowMs: number): readonly Uint8Array[] {
    return this.#pollReplies(nowMs).flatMap(encodeReply);
  }

  #pollReplies(nowMs: number): Reply[] {
    if (this.#state.kind === "holding" && nowMs >= this.#state.untilMs) {
      this.#state = { kind: "noticing", exchange: new Exchange(ANSWER_POLICY, nowMs) };
    }
    const state = this.#state;
    if (state.kind === "handing-over") {
      const pauseMs = this.#notices > 1 ? LATE_ANSWER_MS : COPY_MS;
      this.#notices = 0;
      this.#state = { kind: "pausing", mail: state.mail, untilMs: nowMs + pauseMs };
      return this.#list(state.mail);
    }
    if (!("exchange" in state) || !state.exchange.pollTransmit(nowMs)) return [];
    if (state.kind === "confirming") return [{ kind: "ping" }];
    this.#notices += 1;
    return [{ kind: "mail-notice" }];
  }

  #list(mail: readonly StoredMail[]): Reply[] {
    const offsetMs = this.#utcOffsetMs();
    return [
      { kind: "mail-count", count: mail.length },
      ...mail.map(({ from, text, savedAtMs }): Reply => {
        const savedAtLocalMs = Math.floor((savedAtMs + offsetMs) / 1_000) * 1_000;
        return { kind: "mail", from, text, savedAtLocalMs };
      }),
    ];
  }
}

/** The original waits 4 s for the `ack`, and its client can be 3 s late: sooner, a second notice would confuse it. */
const ANSWER_POLICY: RetransmissionPolicy = { firstWaitMs: 4_000, backoff: 1, attemptsMax: 3 };

/** Messages handed over at once: as many of the longest as fit the receive buffer that systems give by default. */
export const BATCH_MAX = 64;

/**
 * A copy that the network made of an answer comes after it by as much as ways through the network differ. Taken for
 * the answer to the next question, it would make the server forget what was lost on the way.
 */
export const COPY_MS = 100;

/** When more than one notice was sent, more than one answer may come. */
const LATE_ANSWER_MS = 500;

type State =
  | { readonly kind: "holding"; readonly untilMs: number }
  | { readonly kind: "noticing"; readonly exchange: Exchange }
  | { readonly kind: "handing-over"; readonly mail: readonly StoredMail[] }
  | { readonly kind: "pausing"; readonly mail: readonly StoredMail[]; readonly untilMs: number }
  | { readonly kind: "confirming"; readonly mail: readonly StoredMail[]; readonly exchange: Exchange }
  | { readonly kind: "confirmed"; readonly mail: readonly StoredMail[] };
