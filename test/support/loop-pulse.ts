/**
 * Measures how long this thread computes without giving way: what somebody else's message may have to wait for it. Counted is
 * the thread's processor time, not the clock's: a machine with too much to do, as one that runs tests, stops the clock for nobody,
 * and that is not what is asked.
 */
export class LoopPulse implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #lastMs = cpuMs();
  #longestMs = 0;

  constructor() {
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
  }

  /** The most between two beats so far: the longest turn of the event loop was no longer. */
  get longestMs(): number {
    this.#beat();
    return this.#longestMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const nowMs = cpuMs();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

/** What a turn takes beyond this is seen. */
const BEAT_MS = 5;

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
