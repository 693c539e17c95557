/**
 * Notices when a bot's process no longer gives way, as in a loop without an end.
 *
 * It runs on real time, even where the bot lives in virtual time: it is the machine it guards. When this process itself
 * was held up (suspended, or busy), the silence is its own and the bot is given its time anew.
 */
const PING_MS = 200;
const SILENCE_MS_MAX = 1_000;

/** A tick that comes this late says that this process was held up. */
const LATE_MS = 500;

export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #heardMs = performance.now();
  #tickMs = performance.now();

  /**
   * @param ping Asks the process for a sign of life.
   * @param onSilence Called once, with how long it has been silent.
   */
  constructor(ping: () => void, onSilence: (silentMs: number) => void) {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - this.#tickMs > LATE_MS) this.#heardMs = nowMs;
      this.#tickMs = nowMs;
      const silentMs = nowMs - this.#heardMs;
      if (silentMs < SILENCE_MS_MAX) {
        ping();
      } else {
        this.stop();
        onSilence(Math.round(silentMs));
      }
    }, PING_MS);
  }

  /** A sign of life. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  /** It keeps this process from ending no longer. */
  unref(): void {
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
