import { Exchange, type RetransmissionPolicy } from "../protocol/exchange.ts";
import type { Reply } from "../protocol/packets.ts";
import type { StoredMail } from "../store/chat-store.ts";

/**
 * Hands one v1 client the messages that were kept for it: notice, its `ack`, the count and the
 * messages, then a ping. Only when that is answered too are they known to have arrived.
 *
 * v1 has no ids, so an `ack` means whatever was asked last. Our client answers neither ping while a
 * message is missing and asks for the table instead, which the server takes as `restart`.
 *
 * States: noticing → handing over → confirmed; or → unanswered from either.
 */
export class MailDelivery {
  readonly #load: () => readonly StoredMail[];
  readonly #utcOffsetMs: () => number;
  #state: State;

  /** @param load gives what is in the mailbox now. */
  constructor(load: () => readonly StoredMail[], utcOffsetMs: () => number, nowMs: number) {
    this.#load = load;
    this.#utcOffsetMs = utcOffsetMs;
    this.#state = { kind: "noticing", exchange: new Exchange(ANSWER_POLICY, nowMs) };
  }

  /** Messages whose arrival is confirmed; `undefined` until then. */
  get confirmed(): readonly StoredMail[] | undefined {
    return this.#state.kind === "confirmed" ? this.#state.mail : undefined;
  }

  /** True when the client answers no more. */
  get unanswered(): boolean {
    return "exchange" in this.#state && this.#state.exchange.expired;
  }

  /** Begins again; what was handed over and not confirmed will be handed over again. */
  restart(nowMs: number): void {
    this.#state = { kind: "noticing", exchange: new Exchange(ANSWER_POLICY, nowMs) };
  }

  handleAck(nowMs: number): void {
    const state = this.#state;
    if (state.kind === "noticing") {
      const exchange = new Exchange(ANSWER_POLICY, nowMs);
      this.#state = { kind: "handing-over", exchange, mail: this.#load(), sent: false };
    } else if (state.kind === "handing-over") {
      this.#state = { kind: "confirmed", mail: state.mail };
    }
  }

  handleTimeout(nowMs: number): void {
    if ("exchange" in this.#state) this.#state.exchange.handleTimeout(nowMs);
  }

  pollTimeout(): number | undefined {
    return "exchange" in this.#state ? this.#state.exchange.pollTimeout() : undefined;
  }

  /** What to send now, in this order; nothing may come between. */
  pollTransmit(nowMs: number): Reply[] {
    const state = this.#state;
    if (state.kind === "confirmed" || !state.exchange.pollTransmit(nowMs)) return [];
    if (state.kind === "noticing") return [{ kind: "mail-notice" }];
    if (state.sent) return [{ kind: "ping" }];
    state.sent = true;
    const offsetMs = this.#utcOffsetMs();
    return [
      { kind: "mail-count", count: state.mail.length },
      ...state.mail.map(
        ({ from, text, savedAtMs }): Reply => ({
          kind: "mail",
          from,
          text,
          savedAtLocalMs: Math.floor((savedAtMs + offsetMs) / 1_000) * 1_000,
        }),
      ),
      { kind: "ping" },
    ];
  }
}

/** The original waits 4 s for the `ack`, and its client can be 3 s late: sooner, a second notice would confuse it. */
const ANSWER_POLICY: RetransmissionPolicy = { firstWaitMs: 4_000, backoff: 1, attemptsMax: 3 };

type State =
  | { readonly kind: "noticing"; readonly exchange: Exchange }
  | {
      readonly kind: "handing-over";
      readonly exchange: Exchange;
      readonly mail: readonly StoredMail[];
      sent: boolean;
    }
  | { readonly kind: "confirmed"; readonly mail: readonly StoredMail[] };
