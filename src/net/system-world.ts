import { randomBytes } from "node:crypto";
import { checkedDelayMs } from "./delay.ts";
import type { Clock, Random, Timer, World } from "./network.ts";
import { UdpNetwork } from "./udp.ts";

/** The world as it is: UDP, the system's clock, and randomness fit for keys. */
export function systemWorld(): World {
  return { network: new UdpNetwork(), clock: new SystemClock(), random: new SystemRandom() };
}

/** `setTimeout` takes no longer delay (it would fire at once); a longer one is kept in stretches. */
const STRETCH_MS_MAX = 2 ** 31 - 1;

class SystemClock implements Clock {
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
    const dueMs = this.nowMs() + checkedDelayMs(delayMs);
    let timer: NodeJS.Timeout;
    // `setTimeout` counts whole milliseconds of the loop's own clock, so it can fire a little early.
    const wait = (): void => {
      const leftMs = dueMs - this.nowMs();
      if (leftMs <= 0) call();
      else timer = setTimeout(wait, Math.min(Math.ceil(leftMs), STRETCH_MS_MAX));
    };
    timer = setTimeout(wait, Math.min(Math.ceil(dueMs - this.nowMs()), STRETCH_MS_MAX));
    return { cancel: () => clearTimeout(timer) };
  }

  hold(): () => void {
    return () => {};
  }
}

class SystemRandom implements Random {
  next(): number {
    return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  bytes(count: number): Uint8Array {
    return randomBytes(count);
  }
}
