import { checkedDelayMs } from "../delay.ts";
import { DueQueue } from "../due-queue.ts";
import type { Clock, Timer } from "../network.ts";

/** Virtual time starts here, so that dates in traces and texts are the same in every run: 2026-01-01T00:00:00Z. */
const START_DATE_MS = Date.UTC(2026, 0, 1);

/**
 * The resolution. A sum of such times is exact in floating point, so a deadline is met on the dot and not a rounding
 * error before it.
 */
const TICK_MS = 1 / 8;

/** A clock that stands still until it is moved. Its timers are called by `callNext`, and by nothing else. */
export class VirtualClock implements Clock {
  readonly #timers = new DueQueue<() => void>();
  #nowMs = 0;
  #holds = 0;
  #onReleased: () => void = () => {};

  nowMs(): number {
    return this.#nowMs;
  }

  dateMs(): number {
    return START_DATE_MS + Math.floor(this.#nowMs);
  }

  /** Virtual time is UTC wherever it runs. */
  utcOffsetMs(): number {
    return 0;
  }

  schedule(delayMs: number, call: () => void): Timer {
    const entry = this.#timers.push(this.#nowMs + checkedDelayMs(delayMs), call);
    return { cancel: () => this.#timers.remove(entry) };
  }

  hold(): () => void {
    let held = true;
    this.#holds++;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holds === 0) this.#onReleased();
    };
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  get held(): boolean {
    return this.#holds > 0;
  }

  /** Resolves, in real time, when the last hold is released. */
  released(): Promise<void> {
    return this.#holds === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onReleased = resolve));
  }

  /** When the next timer is due; `undefined` when there is none. */
  get nextDueMs(): number | undefined {
    return this.#timers.nextDueMs;
  }

  /** Moves to the first tick that is not before `nowMs`; never back. */
  advanceTo(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, Math.ceil(nowMs / TICK_MS) * TICK_MS);
  }

  /** Calls one timer that is due now. Returns whether there was one. */
  callNext(): boolean {
    const call = this.#timers.pop(this.#nowMs);
    call?.();
    return call !== undefined;
  }
}
