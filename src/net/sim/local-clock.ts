import type { Clock, Timer } from "../network.ts";

/** The time as one machine shows it: intervals are everybody's, the civil clock is its own and can be set. */
export class LocalClock implements Clock {
  readonly #shared: Clock;
  #aheadMs = 0;

  constructor(shared: Clock) {
    this.#shared = shared;
  }

  nowMs(): number {
    return this.#shared.nowMs();
  }

  dateMs(): number {
    return this.#shared.dateMs() + this.#aheadMs;
  }

  utcOffsetMs(): number {
    return this.#shared.utcOffsetMs();
  }

  schedule(delayMs: number, call: () => void): Timer {
    return this.#shared.schedule(delayMs, call);
  }

  hold(): () => void {
    return this.#shared.hold();
  }

  /** Sets the civil clock forward, or back where negative. */
  jumpDate(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
