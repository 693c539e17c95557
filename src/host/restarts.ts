import type { Clock, Random } from "../net/network.ts";

/** When a bot that crashed is started again, and when it is given up. */
export interface RestartPolicy {
  /** Before the first restart; doubled for each further one. Default 250 ms. */
  readonly backoffMs?: number;
  /** Default 60 s. */
  readonly backoffMsMax?: number;
  /** A bot that lived so long is taken for sound, and counting begins anew. Default 30 s. */
  readonly minUptimeMs?: number;
  /** So many crashes in a row, none of them after `minUptimeMs`, and it has failed. Default 5. */
  readonly maxUnstable?: number;
}

/** Counts the crashes of one bot. */
export class Restarts {
  readonly #policy: Required<RestartPolicy>;
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #random: Pick<Random, "next">;
  #startedMs: number;
  #crashes = 0;

  constructor(
    policy: RestartPolicy,
    { clock, random }: { readonly clock: Pick<Clock, "nowMs">; readonly random: Pick<Random, "next"> },
  ) {
    this.#policy = { backoffMs: 250, backoffMsMax: 60_000, minUptimeMs: 30_000, maxUnstable: 5, ...policy };
    this.#clock = clock;
    this.#random = random;
    this.#startedMs = clock.nowMs();
  }

  /** How many restarts in a row there have been. */
  get attempt(): number {
    return this.#crashes;
  }

  started(): void {
    this.#startedMs = this.#clock.nowMs();
  }

  /**
   * @param excessMs how much of its life went into what it was ended for: a minute of waste is no sound minute
   * @returns how long to wait before the next start; `undefined` when there should be none.
   */
  crashed(excessMs = 0): number | undefined {
    const { backoffMs, backoffMsMax, minUptimeMs, maxUnstable } = this.#policy;
    if (this.#clock.nowMs() - this.#startedMs - excessMs >= minUptimeMs) this.#crashes = 0;
    this.#crashes++;
    if (this.#crashes >= maxUnstable) return undefined;
    const waitMs = Math.min(backoffMsMax, backoffMs * 2 ** (this.#crashes - 1));
    // Bots that crashed for one reason should not all start at once.
    return waitMs * (0.75 + this.#random.next() / 4);
  }
}
