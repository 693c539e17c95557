import { type Identity, stampOf } from "../../net/keys.ts";
import type { Exchange } from "../../protocol/exchange.ts";
import {
  PATIENT_ATTEMPTS_MAX,
  type RoundTripEstimate,
  SERVER_ATTEMPTS_MAX,
} from "../../protocol/round-trip.ts";
import { encodeRequest } from "../../protocol/v1/index.ts";
import { type ClientPacket, encodePacket, registrationText } from "../../protocol/v2/index.ts";

/**
 * Gets a session from the server: offers to speak v2, in the words of v1 so that any server can read it, is challenged, and
 * registers with the cookie and a signature.
 *
 * States: idle → offering → registering → idle; both transmit until they are answered or `expired`.
 */
export class Opening {
  readonly #nick: string;
  readonly #identity: Identity;
  readonly #epoch: number;
  readonly #roundTrip: RoundTripEstimate;
  readonly #jitter: () => number;
  #state: State = { kind: "idle" };

  constructor(options: {
    readonly nick: string;
    readonly identity: Identity;
    readonly epoch: number;
    readonly roundTrip: RoundTripEstimate;
    /** Uniform in [0, 1). */
    readonly jitter: () => number;
  }) {
    this.#nick = options.nick;
    this.#identity = options.identity;
    this.#epoch = options.epoch;
    this.#roundTrip = options.roundTrip;
    this.#jitter = options.jitter;
  }

  get underWay(): boolean {
    return this.#state.kind !== "idle";
  }

  /** True when the registration was transmitted: only then is a reply to it one. */
  get registering(): boolean {
    return this.#state.kind === "registering";
  }

  /** What the answer to the registration begins with. */
  get stamp(): string | undefined {
    return this.#state.kind === "registering" ? this.#state.stamp : undefined;
  }

  /** True once the last wait is over without an answer. */
  get expired(): boolean {
    return this.#state.kind !== "idle" && this.#state.exchange.expired;
  }

  begin(nowMs: number): void {
    this.#state = { kind: "offering", exchange: this.#exchange(nowMs) };
  }

  /** Of several challenges, as many as offers were transmitted, the first will do. */
  handleChallenge(cookie: string, nowMs: number): void {
    if (this.#state.kind === "offering") this.register(cookie, nowMs);
  }

  /** Goes on with a cookie that is there already. */
  register(cookie: string, nowMs: number): void {
    const packet: ClientPacket = {
      kind: "register",
      nick: this.#nick,
      cookie,
      publicKey: this.#identity.publicKey,
      signature: this.#identity.sign(registrationText(this.#nick, cookie)),
      epoch: this.#epoch,
    };
    const bytes = encodePacket(packet);
    this.#state = { kind: "registering", exchange: this.#exchange(nowMs), bytes, stamp: stampOf(cookie) };
  }

  /** The registration was answered. */
  answered(nowMs: number): void {
    if (this.#state.kind === "registering") this.#roundTrip.settle(this.#state.exchange, nowMs);
    this.end();
  }

  /** It is given up: that says nothing of how long an answer takes. */
  end(): void {
    this.#state = { kind: "idle" };
  }

  handleTimeout(nowMs: number): void {
    // Who has sent a challenge is there.
    if (this.#state.kind === "registering") this.#state.exchange.handleTimeout(nowMs, PATIENT_ATTEMPTS_MAX);
    else if (this.#state.kind === "offering") this.#state.exchange.handleTimeout(nowMs, SERVER_ATTEMPTS_MAX);
  }

  pollTimeout(): number | undefined {
    return this.#state.kind === "idle" ? undefined : this.#state.exchange.pollTimeout();
  }

  pollTransmit(nowMs: number): Uint8Array | undefined {
    const state = this.#state;
    if (state.kind === "idle" || !state.exchange.pollTransmit(nowMs)) return undefined;
    if (state.kind === "registering") return state.bytes;
    return encodeRequest({ kind: "register", nick: this.#nick, offersV2: true });
  }

  #exchange(nowMs: number): Exchange {
    return this.#roundTrip.begin(this.#jitter(), nowMs);
  }
}

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "offering"; readonly exchange: Exchange }
  | {
      readonly kind: "registering";
      readonly exchange: Exchange;
      readonly bytes: Uint8Array;
      readonly stamp: string;
    };
