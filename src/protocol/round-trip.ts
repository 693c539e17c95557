import { Exchange, type RetransmissionPolicy } from "./exchange.ts";

/** Estimates how long to wait for an answer before asking again (RFC 6298 §2), from the exchanges that it times. */
export class RoundTripEstimate {
  #smoothedMs: number | undefined;
  #variationMs = 0;

  /** An exchange that waits as long as is known to be enough. @param jitter, waitMaxMs as of {@link policy} */
  begin(jitter: number, nowMs: number, waitMaxMs?: number): Exchange {
    return new Exchange(this.policy(jitter, waitMaxMs), nowMs);
  }

  /** The answer to an exchange came. Returns how long it took, as {@link Exchange.handleReply} does. */
  settle(exchange: Exchange, nowMs: number): number | undefined {
    const roundTripMs = exchange.handleReply(nowMs);
    // After a retransmission nobody knows which one was answered (Karn's algorithm, RFC 6298 §3).
    if (exchange.attempts === 1 && roundTripMs !== undefined) this.#sample(roundTripMs);
    return roundTripMs;
  }

  /** The retransmission time-out, in milliseconds. */
  get waitMs(): number {
    if (this.#smoothedMs === undefined) return FIRST_WAIT_MS;
    return Math.max(WAIT_MS_MIN, this.#smoothedMs + 4 * this.#variationMs);
  }

  /**
   * How the next request is to be transmitted.
   *
   * @param jitter uniform in [0, 1), so that not all who wait ask at once.
   * @param waitMaxMs up to this waits double.
   */
  policy(jitter: number, waitMaxMs = WAIT_MS_MAX): RetransmissionPolicy {
    return {
      firstWaitMs: this.waitMs * (1 + JITTER * jitter),
      backoff: 2,
      waitMaxMs,
      attemptsMax: ATTEMPTS_MAX,
    };
  }

  #sample(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      this.#variationMs = 0.75 * this.#variationMs + 0.25 * Math.abs(this.#smoothedMs - roundTripMs);
      this.#smoothedMs = 0.875 * this.#smoothedMs + 0.125 * roundTripMs;
    }
  }
}

/** While nothing has been measured. RFC 6298 says 1 s, for networks of its time; the exercise that v1 answers says 500 ms. */
const FIRST_WAIT_MS = 500;

/** Far above what a loaded machine needs to answer, far below what a person notices. RFC 6298 §2.4 says 1 s, for TCP. */
const WAIT_MS_MIN = 50;

/** Waits double up to this, for somebody waits for the outcome. */
const WAIT_MS_MAX = 1_000;

/**
 * The same for a goodbye, after which nothing is to be kept: as many transmissions as of any other request, so that loss is borne
 * as well, in two seconds where the server was near. It may be gone, and a person waits for the prompt.
 */
export const GOODBYE_WAIT_MS_MAX = 200;

const ATTEMPTS_MAX = 6;

/** Transmissions to a server, which has nobody behind it to turn to: where one datagram in five is lost, all are once in 30,000. */
export const SERVER_ATTEMPTS_MAX = 10;

/** Transmissions to somebody who has been heard meanwhile, and so is there: it must be the network that loses them. */
export const PATIENT_ATTEMPTS_MAX = 15;

/** Up to so much of the wait is added. */
const JITTER = 0.2;
