/**
 * Notices when a bot's process no longer gives way, as in a loop without an end.
 *
 * It runs on real time, even where the bot lives in virtual time: it is the machine it guards. When this process itself
 * was held up (suspended, or busy), the silence is its own and the bot is given its time anew. And a bot that was hardly given
 * the processor, on a machine with too much to do, does not hang: it waits for its turn.
 */
const PING_MS = 200;
const SILENCE_MS_MAX = 1_000;

/** A process that has nothing to do is asked as seldom as that: fifty that are asked at each tick take a fifth of a processor. */
const IDLE_PING_MS = 5_000;

/** From here on it is looked at what a silent process does. */
const SUSPICION_MS = 300;

/** A loop takes that much of the processor before its silence is too long; less of it says that it was not its turn. */
const LOOP_CPU_MS = 150;

/** That long it may wait for its turn: a loop has to end within two seconds, however busy the machine is. */
const STARVED_MS_MAX = 1_700;

/** A tick that comes this late says that this process was held up. */
const LATE_MS = 500;

export interface WatchdogOptions {
  /** Asks the process for a sign of life. */
  readonly ping: () => void;
  /** Called once, with how long it has been silent. */
  readonly onSilence: (silentMs: number) => void;
  /** The processor time that the process has taken so far; `undefined` where that is not known. */
  readonly cpuMs?: () => number | undefined;
  /** Whether the process has nothing to do: nothing in it can loop then. Default: it never is. */
  readonly isIdle?: (() => boolean) | undefined;
}

export class Watchdog {
  readonly #timer: NodeJS.Timeout;
  #heardMs = performance.now();
  #tickMs = performance.now();
  #pingMs = Number.NEGATIVE_INFINITY;
  /** A sign of life was asked for, and none has come since. */
  #isAsked = false;
  /** Its processor time when it became suspicious. */
  #suspectCpuMs: number | undefined;

  constructor({ ping, onSilence, cpuMs = () => undefined, isIdle = () => false }: WatchdogOptions) {
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - this.#tickMs > LATE_MS) this.#heardMs = nowMs;
      this.#tickMs = nowMs;
      if (!this.#isAsked && isIdle() && nowMs - this.#pingMs < IDLE_PING_MS) {
        this.#heardMs = nowMs;
        return;
      }
      const silentMs = nowMs - this.#heardMs;
      if (silentMs < SUSPICION_MS) this.#suspectCpuMs = undefined;
      else this.#suspectCpuMs ??= cpuMs();
      if (silentMs < SILENCE_MS_MAX || (silentMs < STARVED_MS_MAX && this.#isStarved(cpuMs()))) {
        this.#isAsked = true;
        this.#pingMs = nowMs;
        ping();
      } else {
        this.stop();
        onSilence(Math.round(silentMs));
      }
    }, PING_MS);
  }

  #isStarved(cpuMs: number | undefined): boolean {
    if (cpuMs === undefined || this.#suspectCpuMs === undefined) return false;
    return cpuMs - this.#suspectCpuMs < LOOP_CPU_MS;
  }

  /** A sign of life. */
  heard(): void {
    this.#heardMs = performance.now();
    this.#isAsked = false;
  }

  /** It keeps this process from ending no longer. */
  unref(): void {
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
