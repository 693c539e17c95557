/** How often and how patiently something is transmitted until it is answered. */
export interface RetransmissionPolicy {
  /** The wait after the first transmission, in milliseconds. */
  readonly firstWaitMs: number;
  /** Each wait is the one before it times this. 1: equal waits. */
  readonly backoff: number;
  /** No wait grows beyond this, in milliseconds, unless the first one is longer. Default: no bound. */
  readonly waitMaxMs?: number;
  /** Transmissions in all, the first included. */
  readonly attemptsMax: number;
}

/**
 * Carries one request over a network that may lose it or its answer: transmits, waits, transmits
 * again, and gives up after the last wait.
 *
 * Knows no socket and no clock. The caller asks `pollTransmit` after creating it and after each
 * `handleTimeout`, wakes it at `pollTimeout`, and tells `handleReply` when the answer came.
 *
 * States: waiting → answered | expired, both final.
 */
export class Exchange {
  readonly #policy: RetransmissionPolicy;
  #state: State;
  #attempts = 0;
  #transmittedMs: number;

  /** The first transmission is due at once. */
  constructor(policy: RetransmissionPolicy, nowMs: number) {
    this.#policy = policy;
    this.#transmittedMs = nowMs;
    this.#state = { kind: "due" };
  }

  /** Transmissions so far. */
  get attempts(): number {
    return this.#attempts;
  }

  /** True once the last wait is over without an answer. */
  get expired(): boolean {
    return this.#state.kind === "expired";
  }

  /** True when the request is to be transmitted now; asking says that it is being done. */
  pollTransmit(nowMs: number): boolean {
    if (this.#state.kind !== "due") return false;
    const { firstWaitMs, backoff, waitMaxMs = Number.POSITIVE_INFINITY } = this.#policy;
    const waitMs = Math.min(firstWaitMs * backoff ** this.#attempts, Math.max(firstWaitMs, waitMaxMs));
    this.#transmittedMs = nowMs;
    this.#state = { kind: "waiting", deadlineMs: nowMs + waitMs };
    this.#attempts += 1;
    return true;
  }

  /** When to call `handleTimeout`, or `undefined` when nothing is awaited. */
  pollTimeout(): number | undefined {
    return this.#state.kind === "waiting" ? this.#state.deadlineMs : undefined;
  }

  /**
   * Acts on a passed deadline. Calling it early or twice does nothing.
   *
   * @param attemptsMax for a caller who has learnt that there is reason for more patience, or less. Default: as in the policy.
   */
  handleTimeout(nowMs: number, attemptsMax = this.#policy.attemptsMax): void {
    if (this.#state.kind !== "waiting" || nowMs < this.#state.deadlineMs) return;
    this.#state = { kind: this.#attempts < attemptsMax ? "due" : "expired" };
  }

  /**
   * The answer came. Returns how long it took since the latest transmission, in milliseconds, or `undefined`
   * when nothing was awaited any more. After a retransmission that figure can be too small: the answer
   * may be to an earlier one (Karn's algorithm, RFC 6298 §3, would not use it).
   */
  handleReply(nowMs: number): number | undefined {
    if (this.#state.kind === "answered" || this.#state.kind === "expired") return undefined;
    this.#state = { kind: "answered" };
    return nowMs - this.#transmittedMs;
  }
}

type State =
  | { readonly kind: "due" | "answered" | "expired" }
  | { readonly kind: "waiting"; readonly deadlineMs: number };
