import type { Instant } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { ClientEvent, Contact, FailureReason, MessageId, Receipt, Registration } from "./api.ts";

/**
 * One nickname's side of the protocol, without socket and clock; there is one for each dialect.
 *
 * The caller reports what happened (`handle*`) or gives a command (`register`, `send`, `deregister`), each
 * with the time; then takes the events, after that what to transmit, and asks when to wake it. Events come before
 * transmissions so that a message is in safe hands before it is acknowledged.
 */
export interface Session {
  readonly registered: boolean;
  readonly contacts: ReadonlyMap<string, Contact>;
  /** See `ChatClient.busy`. */
  readonly busy: boolean;
  /** What is spoken with the server; `undefined` while that is open. */
  readonly protocol: 1 | 2 | undefined;
  /** Ends as a `register-ended` event. Returns how to give it up. */
  register(nowMs: number): () => void;
  /** Ends as a `deregister-ended` event. Returns how to give it up. */
  deregister(nowMs: number): () => void;
  /** Ends as a `receipt` event with the same key. */
  send(message: OutgoingMessage, nowMs: number): void;
  /** Ends a message early. What was transmitted may arrive all the same. */
  fail(key: number, reason: FailureReason, detail: string, nowMs: number): void;
  failAll(reason: FailureReason, detail: string, nowMs: number): void;
  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void;
  /** Acts on passed deadlines. Calling it early or twice does nothing. */
  handleTimeout(nowMs: number): void;
  pollTimeout(): number | undefined;
  takeEvents(): readonly SessionEvent[];
  takeTransmits(nowMs: number): readonly SessionTransmit[];
  /** The events of this turn could not be taken care of: their messages are as good as never received. */
  forgetTurn(): void;
}

export interface OutgoingMessage {
  /** By which the caller knows it. */
  readonly key: number;
  readonly to: string;
  readonly text: string;
  readonly auto: boolean;
  readonly id: MessageId;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly sentAtMs: number;
}

/** How a registration or deregistration ended. */
export type CommandEnd =
  | { readonly kind: "registered"; readonly outcome: Registration["outcome"] }
  | { readonly kind: "deregistered" }
  | { readonly kind: "nick-in-use" }
  | { readonly kind: "nick-owned" }
  | { readonly kind: "refused"; readonly detail: string }
  /** No answer came. */
  | { readonly kind: "expired" };

/** What a session has to tell: to the user, or to the caller of one of its commands. */
export type SessionEvent =
  | ClientEvent
  | { readonly kind: "receipt"; readonly key: number; readonly receipt: Receipt }
  | { readonly kind: "register-ended"; readonly end: CommandEnd }
  | { readonly kind: "deregister-ended"; readonly end: CommandEnd };

export interface SessionTransmit {
  readonly to: Address;
  readonly bytes: Uint8Array;
  /** It acknowledges again what an earlier turn brought. Default false. */
  readonly isRepeat?: boolean;
}
