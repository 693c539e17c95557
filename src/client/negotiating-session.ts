import type { Instant } from "../net/network.ts";
import { type Address, sameAddress } from "../protocol/address.ts";
import { answersRegistration } from "../protocol/v1/index.ts";
import { decodeDatagram, isV2 } from "../protocol/v2/index.ts";
import { WireError } from "../protocol/wire-error.ts";
import type { Contact, FailureReason } from "./api.ts";
import type { OutgoingMessage, Session, SessionEvent, SessionTransmit } from "./session.ts";
import type { V1Session } from "./v1/session.ts";
import type { V2Session } from "./v2/session.ts";

/**
 * Speaks v2 where the server does and v1 where it does not, without being told. It begins in v1 with an offer of v2 in words that a v1
 * server does not read. A challenge is the answer of a server that speaks v2; a welcome that of one that does not. The same
 * when the server is replaced by another: messages that are under way go on in the other dialect.
 */
export class NegotiatingSession implements Session {
  readonly #server: Address;
  readonly #newV1: () => V1Session;
  readonly #v2: V2Session;
  #v1: V1Session;
  #active: Session;
  /** Messages that are not finished, for a change of dialect. */
  readonly #messages = new Map<number, OutgoingMessage>();
  /** How to give up a registration that is under way; `undefined` when none is. */
  #cancelRegistration: (() => void) | undefined;

  constructor(server: Address, newV1: () => V1Session, v2: V2Session) {
    this.#server = server;
    this.#newV1 = newV1;
    this.#v2 = v2;
    this.#v1 = newV1();
    this.#active = this.#v1;
  }

  get registered(): boolean {
    return this.#active.registered;
  }

  get contacts(): ReadonlyMap<string, Contact> {
    return this.#active.contacts;
  }

  get busy(): boolean {
    return this.#active.busy;
  }

  get protocol(): 1 | 2 | undefined {
    return this.#active === this.#v2 || this.#active.registered ? this.#active.protocol : undefined;
  }

  register(nowMs: number): () => void {
    this.#cancelRegistration = this.#active.register(nowMs);
    return () => {
      this.#cancelRegistration?.();
      this.#cancelRegistration = undefined;
    };
  }

  deregister(nowMs: number): () => void {
    return this.#active.deregister(nowMs);
  }

  send(message: OutgoingMessage, nowMs: number): void {
    this.#messages.set(message.key, message);
    this.#active.send(message, nowMs);
  }

  fail(key: number, reason: FailureReason, detail: string, nowMs: number): void {
    this.#active.fail(key, reason, detail, nowMs);
  }

  failAll(reason: FailureReason, detail: string, nowMs: number): void {
    this.#active.failAll(reason, detail, nowMs);
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    if (sameAddress(from, this.#server)) this.#chooseDialect(bytes, at.nowMs);
    this.#active.handleDatagram(from, bytes, at);
  }

  handleTimeout(nowMs: number): void {
    this.#active.handleTimeout(nowMs);
  }

  pollTimeout(): number | undefined {
    return this.#active.pollTimeout();
  }

  takeEvents(): readonly SessionEvent[] {
    const events = this.#active.takeEvents();
    for (const event of events) {
      if (event.kind === "receipt") this.#messages.delete(event.key);
      else if (event.kind === "register-ended") this.#cancelRegistration = undefined;
    }
    return events;
  }

  takeTransmits(nowMs: number): readonly SessionTransmit[] {
    return this.#active.takeTransmits(nowMs);
  }

  forgetTurn(): void {
    this.#active.forgetTurn();
  }

  #chooseDialect(bytes: Uint8Array, nowMs: number): void {
    if (this.#active === this.#v1) {
      const cookie = isV2(bytes) ? challengeIn(bytes) : undefined;
      if (cookie !== undefined) this.#goOnInV2(cookie, nowMs);
    } else if (this.#v2.opening && !isV2(bytes) && answersRegistration(bytes)) {
      this.#goOnInV1(nowMs);
    }
  }

  #goOnInV2(cookie: string, nowMs: number): void {
    const wasRegistered = this.#v1.registered;
    this.#v1.stop(nowMs);
    this.#active = this.#v2;
    if (this.#cancelRegistration !== undefined) {
      this.#cancelRegistration = this.#v2.register(nowMs, cookie);
    } else if (wasRegistered) {
      this.#v2.takeOver(cookie, nowMs);
    }
    for (const message of this.#messages.values()) this.#v2.send(message, nowMs);
  }

  /** The answer came to a registration in v1 that this client has not made: it makes one. */
  #goOnInV1(nowMs: number): void {
    this.#v2.stop(nowMs);
    this.#v1 = this.#newV1();
    this.#active = this.#v1;
    const cancel = this.#v1.register();
    if (this.#cancelRegistration !== undefined) this.#cancelRegistration = cancel;
    for (const message of this.#messages.values()) this.#v1.send(message, nowMs);
  }
}

function challengeIn(bytes: Uint8Array): string | undefined {
  for (const packet of decodeDatagram(bytes)) {
    if (!(packet instanceof WireError) && packet.kind === "challenge") return packet.cookie;
  }
  return undefined;
}
