import { earliest } from "../../protocol/earliest.ts";

/**
 * Notices when the server is lost, and when to ask it for a session again.
 *
 * A server pings who is silent, so a client that hears nothing for three of its intervals knows that something is wrong; so it does
 * when a request was not answered. It then asks again and again, less and less often.
 */
export class ServerLink {
  readonly #jitter: () => number;
  #heartbeatMs = 0;
  #heardMs = Number.NEGATIVE_INFINITY;
  #lost = false;
  /** When to ask for a session; `undefined` when there is one. */
  #reopenMs: number | undefined;
  #rounds = 0;

  /** @param jitter uniform in [0, 1): so that not all clients of a server that was away ask at once. */
  constructor(jitter: () => number) {
    this.#jitter = jitter;
  }

  /** When the server was last heard. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** There is a session. */
  start(heartbeatMs: number, nowMs: number): void {
    this.#heartbeatMs = heartbeatMs;
    this.#heardMs = nowMs;
    this.#lost = false;
    this.#reopenMs = undefined;
    this.#rounds = 0;
  }

  stop(): void {
    this.#lost = false;
    this.#reopenMs = undefined;
  }

  /** Something came from the server. Returns true when it had been lost. */
  handleHeard(nowMs: number): boolean {
    this.#heardMs = nowMs;
    const wasLost = this.#lost;
    this.#lost = false;
    return wasLost;
  }

  /** The server was silent for too long. Returns true when that is news. */
  handleLost(nowMs: number): boolean {
    if (this.#lost) return false;
    this.#lost = true;
    this.#reopenMs ??= nowMs;
    return true;
  }

  /** It was asked for a session in vain. */
  reopenLater(nowMs: number): void {
    const waitMs = Math.min(REOPEN_MS * 2 ** this.#rounds, REOPEN_MS_MAX);
    this.#rounds += 1;
    this.#reopenMs = nowMs + waitMs * (0.5 + this.#jitter());
  }

  /** True when the server has said nothing for three heartbeats. */
  isSilent(nowMs: number): boolean {
    return !this.#lost && nowMs >= this.#heardMs + HEARTBEATS * this.#heartbeatMs;
  }

  /** True once when a session is to be asked for now. */
  pollReopen(nowMs: number): boolean {
    if (this.#reopenMs === undefined || nowMs < this.#reopenMs) return false;
    this.#reopenMs = undefined;
    return true;
  }

  pollTimeout(): number | undefined {
    const silentMs = this.#lost ? undefined : this.#heardMs + HEARTBEATS * this.#heartbeatMs;
    return earliest(silentMs, this.#reopenMs);
  }
}

const HEARTBEATS = 3;

/** Between two rounds of asking; each round lasts some seconds by itself. */
const REOPEN_MS = 1_000;
const REOPEN_MS_MAX = 30_000;
