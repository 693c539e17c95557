import type { Exchange } from "../../protocol/exchange.ts";
import {
  PATIENT_ATTEMPTS_MAX,
  type RoundTripEstimate,
  SERVER_ATTEMPTS_MAX,
} from "../../protocol/round-trip.ts";
import type { ClientPacket } from "../../protocol/v2/index.ts";

/** A request to the server. What it says is made anew for each transmission, for the session may be another by then. */
export interface ServerRequest {
  readonly packet: (session: string) => ClientPacket;
  readonly onTransmit?: () => void;
  /** Up to this its waits double. Default: as of any request. */
  readonly waitMaxMs?: number;
  /** The last wait is over without an answer. */
  readonly onExpire: (nowMs: number) => void;
}

interface Pending extends ServerRequest {
  exchange: Exchange;
  beganMs: number;
}

/**
 * Requests to a v2 server, any number at once: each reply says what it answers. Without a session they wait for the next
 * one, and begin again with it.
 */
export class ServerExchanges {
  readonly #roundTrip: RoundTripEstimate;
  readonly #jitter: () => number;
  readonly #pending = new Map<string, Pending>();
  #session: string | undefined;
  /** Until then nothing is transmitted: the server has had too much. */
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(roundTrip: RoundTripEstimate, jitter: () => number) {
    this.#roundTrip = roundTrip;
    this.#jitter = jitter;
  }

  get session(): string | undefined {
    return this.#session;
  }

  /** True while an answer is awaited. */
  get busy(): boolean {
    return this.#session !== undefined && this.#pending.size > 0;
  }

  /** The session is over: requests wait for the next. */
  suspend(): void {
    this.#session = undefined;
  }

  resume(session: string, nowMs: number): void {
    this.#session = session;
    this.#beginAnew(nowMs);
  }

  /** The server has not read what came, for it was too much: after a pause all that has no answer is asked anew. */
  pause(nowMs: number): void {
    // What it says within a pause is of what was transmitted before.
    if (nowMs < this.#pausedUntilMs) return;
    this.#pausedUntilMs = nowMs + PAUSE_MS * (1 + PAUSE_JITTER * this.#jitter());
    this.#beginAnew(nowMs);
  }

  #beginAnew(nowMs: number): void {
    for (const pending of this.#pending.values()) {
      pending.exchange = this.#exchange(nowMs, pending);
      pending.beganMs = nowMs;
    }
  }

  /** @param key What its answer will be known by; one that is under way already stays. */
  add(key: string, request: ServerRequest, nowMs: number): void {
    if (this.#pending.has(key)) return;
    this.#pending.set(key, { ...request, exchange: this.#exchange(nowMs, request), beganMs: nowMs });
  }

  drop(key: string): void {
    this.#pending.delete(key);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#pending.clear();
  }

  /** The answer came. False when none was awaited. */
  settle(key: string, nowMs: number): boolean {
    const pending = this.#pending.get(key);
    if (pending === undefined) return false;
    this.#pending.delete(key);
    this.#roundTrip.settle(pending.exchange, nowMs);
    return true;
  }

  /** No session is to be had. */
  expireAll(nowMs: number): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { onExpire } of all) onExpire(nowMs);
  }

  /** @param heardMs when the server was last heard. */
  handleTimeout(nowMs: number, heardMs: number): void {
    if (this.#session === undefined) return;
    for (const [key, pending] of [...this.#pending]) {
      const isThere = heardMs > pending.beganMs;
      pending.exchange.handleTimeout(nowMs, isThere ? PATIENT_ATTEMPTS_MAX : SERVER_ATTEMPTS_MAX);
      if (!pending.exchange.expired) continue;
      this.#pending.delete(key);
      pending.onExpire(nowMs);
    }
  }

  pollTimeout(): number | undefined {
    if (this.#session === undefined) return undefined;
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { exchange } of this.#pending.values()) {
      earliestMs = Math.min(earliestMs, exchange.pollTimeout() ?? this.#pausedUntilMs);
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  /** What to transmit now. */
  pollTransmit(nowMs: number): readonly ClientPacket[] {
    if (this.#session === undefined || this.#pending.size === 0 || nowMs < this.#pausedUntilMs) return [];
    const packets: ClientPacket[] = [];
    for (const { exchange, packet, onTransmit } of this.#pending.values()) {
      if (!exchange.pollTransmit(nowMs)) continue;
      onTransmit?.();
      packets.push(packet(this.#session));
    }
    return packets;
  }

  #exchange(nowMs: number, { waitMaxMs }: ServerRequest): Exchange {
    return this.#roundTrip.begin(this.#jitter(), nowMs, waitMaxMs);
  }
}

/** A server lets through what comes in a second. Up to so much of it is added, so that not all who wait ask at once. */
const PAUSE_MS = 1_000;
const PAUSE_JITTER = 0.2;
