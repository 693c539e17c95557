import { randomBytes } from "node:crypto";
import { checkedDelayMs } from "./delay.ts";
import { DueQueue } from "./due-queue.ts";
import type { Clock, Random, Timer, World } from "./network.ts";
import { UdpNetwork } from "./udp.ts";

/** The world as it is: UDP, the system's clock, and randomness fit for keys. */
export function systemWorld(): World {
  return { network: new UdpNetwork(), clock: new SystemClock(), random: new SystemRandom() };
}

/** `setTimeout` takes no longer delay (it would fire at once); a longer one is kept in stretches. */
const STRETCH_MS_MAX = 2 ** 31 - 1;

/**
 * Calls in the order of the deadlines, as the simulated clock does. `setTimeout` for each would not: it fires up to a
 * millisecond early, and who then waits on is overtaken.
 */
class SystemClock implements Clock {
  readonly #calls = new DueQueue<() => void>();
  #wakeUp: { readonly dueMs: number; readonly cancel: () => void } | undefined;

  nowMs(): number {
    return performance.now();
  }

  dateMs(): number {
    return Date.now();
  }

  utcOffsetMs(): number {
    return -60_000 * new Date().getTimezoneOffset();
  }

  schedule(delayMs: number, call: () => void): Timer {
    const entry = this.#calls.push(this.nowMs() + checkedDelayMs(delayMs), call);
    this.#setWakeUp();
    return {
      cancel: () => {
        this.#calls.remove(entry);
        // A timeout that is left for nothing would keep the process alive.
        if (this.#calls.size === 0) this.#clearWakeUp();
      },
    };
  }

  hold(): () => void {
    return () => {};
  }

  #setWakeUp(): void {
    const dueMs = this.#calls.nextDueMs;
    if (dueMs === undefined || (this.#wakeUp !== undefined && this.#wakeUp.dueMs <= dueMs)) return;
    this.#clearWakeUp();
    const delayMs = Math.min(Math.ceil(dueMs - this.nowMs()), STRETCH_MS_MAX);
    if (delayMs > 0) {
      const timeout = setTimeout(this.#onWakeUp, delayMs);
      this.#wakeUp = { dueMs, cancel: () => clearTimeout(timeout) };
    } else {
      // `setTimeout` would make a whole millisecond of it.
      const immediate = setImmediate(this.#onWakeUp);
      this.#wakeUp = { dueMs, cancel: () => clearImmediate(immediate) };
    }
  }

  #clearWakeUp(): void {
    this.#wakeUp?.cancel();
    this.#wakeUp = undefined;
  }

  readonly #onWakeUp = (): void => {
    this.#wakeUp = undefined;
    const nowMs = this.nowMs();
    try {
      for (let call = this.#calls.pop(nowMs); call !== undefined; call = this.#calls.pop(nowMs)) call();
    } finally {
      // Also when a call throws: the others are still owed.
      this.#setWakeUp();
    }
  };
}

class SystemRandom implements Random {
  /** Fetched ahead: every retransmission draws a number, and asking the system for each would cost more than the rest. */
  #ahead = Buffer.alloc(0);
  #used = 0;

  next(): number {
    if (this.#used === this.#ahead.length) {
      this.#ahead = randomBytes(NUMBER_BYTES * NUMBERS_AHEAD);
      this.#used = 0;
    }
    const number = this.#ahead.readUIntBE(this.#used, NUMBER_BYTES) / 2 ** (8 * NUMBER_BYTES);
    this.#used += NUMBER_BYTES;
    return number;
  }

  bytes(count: number): Uint8Array {
    return randomBytes(count);
  }
}

const NUMBER_BYTES = 6;
const NUMBERS_AHEAD = 256;
