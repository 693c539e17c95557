import { type Identity, stampOf } from "../../net/keys.ts";
import type { RoundTripEstimate } from "../../protocol/round-trip.ts";
import type { ServerPacket } from "../../protocol/v2/index.ts";
import type { CommandEnd, SessionEvent } from "../session.ts";
import { Opening } from "./opening.ts";
import { ServerLink } from "./server-link.ts";

/** The server has taken the client in. */
export type Admission = Extract<ServerPacket, { kind: "registered" }>;

export interface MembershipContext {
  /** A session has begun, the first or another. */
  joined(admission: Admission, nowMs: number): void;
  /** The session that there was is no more; another is being asked for. */
  suspended(): void;
  /** No session is to be had for the time being. */
  stranded(nowMs: number): void;
  /** The nickname is somebody else's now. */
  ousted(nowMs: number): void;
  tell(event: SessionEvent): void;
}

/**
 * Registers, when it is told to, and again by itself when the session was lost: after silence, after a restart of the server,
 * after a change of address.
 *
 * States: outside → registering → inside ⇄ rejoining.
 */
export class Membership {
  readonly #context: MembershipContext;
  readonly #opening: Opening;
  readonly #link: ServerLink;
  /** Of the latest session. */
  #stamp: string | undefined;
  #registered = false;
  /** The user waits for the outcome. */
  #registering = false;
  /** Of the registration under way. */
  #cookiesRefused = 0;

  constructor(
    options: {
      readonly nick: string;
      readonly identity: Identity;
      readonly epoch: number;
      readonly roundTrip: RoundTripEstimate;
      readonly jitter: () => number;
    },
    context: MembershipContext,
  ) {
    this.#context = context;
    this.#opening = new Opening(options);
    this.#link = new ServerLink(options.jitter);
  }

  get registered(): boolean {
    return this.#registered;
  }

  /** When the server was last heard. */
  get heardMs(): number {
    return this.#link.heardMs;
  }

  /** True when the server began a datagram with this: it knows the session, or the cookie of a registration under way. */
  isStamp(stamp: string): boolean {
    return stamp === this.#stamp || stamp === this.#opening.stamp;
  }

  /** True while a session is asked for. */
  get opening(): boolean {
    return this.#opening.underWay;
  }

  /** @param cookie one that was got already. Default: asks for one. Returns how to give it up. */
  register(nowMs: number, cookie?: string): () => void {
    this.#registering = true;
    if (cookie === undefined) this.#opening.begin(nowMs);
    else this.#opening.register(cookie, nowMs);
    return () => {
      if (!this.#registering) return;
      this.#registering = false;
      this.#opening.end();
    };
  }

  /** The client was registered in another dialect, and gets its session here. */
  takeOver(cookie: string, nowMs: number): void {
    this.#registered = true;
    this.#opening.register(cookie, nowMs);
  }

  leave(): void {
    this.#registered = false;
    this.#link.stop();
    if (!this.#registering) this.#opening.end();
  }

  /** Something came from the server. */
  handleHeard(nowMs: number): void {
    if (this.#link.handleHeard(nowMs)) this.#context.tell({ kind: "server-back" });
  }

  handleChallenge(cookie: string, nowMs: number): void {
    this.#opening.handleChallenge(cookie, nowMs);
  }

  handleRegistered(admission: Admission, nowMs: number): void {
    // A late copy of the answer to an earlier registration would bring back a session that is over.
    if (!this.#opening.registering) return;
    const { outcome } = admission;
    this.#cookiesRefused = 0;
    this.#opening.answered(nowMs);
    this.#link.start(admission.heartbeatMs, nowMs);
    this.#stamp = stampOf(admission.session);
    this.#registered = true;
    if (this.#registering) this.#context.tell({ kind: "registered", outcome });
    this.#context.joined(admission, nowMs);
    this.#endRegistration({ kind: "registered", outcome });
  }

  handleRefused(code: string, detail: string, nowMs: number): void {
    if (!this.#opening.registering) return;
    if (code === "bad-cookie" && this.#cookiesRefused < COOKIES_REFUSED_MAX) {
      this.#cookiesRefused += 1;
      this.#opening.begin(nowMs);
      return;
    }
    this.#cookiesRefused = 0;
    this.#opening.answered(nowMs);
    const isTaken = code === "nick-in-use" || code === "nick-owned";
    if (this.#registering) {
      this.#endRegistration(isTaken ? { kind: code } : { kind: "refused", detail });
    } else if (isTaken) {
      this.#context.tell({ kind: "notice", text: detail });
      this.#context.ousted(nowMs);
    } else {
      this.#link.reopenLater(nowMs);
    }
  }

  /** The server answers in v1: it does not speak v2. */
  handleV1Answer(): void {
    if (!this.#opening.underWay || !this.#registering) return;
    this.#opening.end();
    const detail = "the server does not speak udpchat/2: use protocol auto or 1";
    this.#endRegistration({ kind: "refused", detail });
  }

  /** The server knows no such session. */
  handleUnknownSession(nowMs: number): void {
    if (!this.#registered || this.#opening.underWay) return;
    this.#context.suspended();
    this.#opening.begin(nowMs);
  }

  /** The server did not answer. */
  handleSilence(nowMs: number): void {
    if (this.#registered && this.#link.handleLost(nowMs)) this.#context.tell({ kind: "server-lost" });
  }

  handleTimeout(nowMs: number): void {
    this.#opening.handleTimeout(nowMs);
    if (this.#opening.expired) this.#handleExpired(nowMs);
    if (!this.#registered) return;
    if (this.#link.isSilent(nowMs)) this.handleSilence(nowMs);
    if (!this.#opening.underWay && this.#link.pollReopen(nowMs)) this.#opening.begin(nowMs);
  }

  pollTimeout(): number | undefined {
    // While a session is asked for already there is nothing else to do.
    return this.#opening.pollTimeout() ?? (this.#registered ? this.#link.pollTimeout() : undefined);
  }

  pollTransmit(nowMs: number): Uint8Array | undefined {
    return this.#opening.pollTransmit(nowMs);
  }

  #handleExpired(nowMs: number): void {
    this.#opening.end();
    this.#endRegistration({ kind: "expired" });
    if (!this.#registered) return;
    this.handleSilence(nowMs);
    this.#link.reopenLater(nowMs);
    this.#context.stranded(nowMs);
  }

  #endRegistration(end: CommandEnd): void {
    if (!this.#registering) return;
    this.#registering = false;
    this.#context.tell({ kind: "register-ended", end });
  }
}

/** A cookie can be too old when it comes back. A server that refuses each one would be asked again without a pause. */
const COOKIES_REFUSED_MAX = 3;
