import { type Usage, usageOf } from "./usage.ts";

export interface UsageLimits {
  /** Of resident memory. */
  readonly memoryBytes: number;
  /** Share of one processor over a whole window. */
  readonly cpu: number;
  readonly cpuWindowMs: number;
}

/** A process took more than it may. */
export interface Excess {
  /** In words that end a sentence beginning with "it". */
  readonly reason: string;
  /** How long it has been going on. */
  readonly lastedMs: number;
}

const SAMPLE_MS = 500;

/** What Node.js itself takes, beside the heap that the limit is for. */
const RUNTIME_BYTES = 96 * 1_048_576;

/**
 * Looks now and then at what a process takes, and tells once when it is too much. It runs on real time, as the
 * watchdog does: it is the machine that it guards. The heap has a bound of its own (`walls.ts`); this one is for what lies outside it.
 */
export class UsageWatch {
  readonly #pid: number;
  readonly #limits: UsageLimits;
  readonly #timer: NodeJS.Timeout;
  #samples: { readonly atMs: number; readonly cpuMs: number }[] = [];
  #last: Usage | undefined;

  constructor(pid: number, limits: UsageLimits, onExcess: (excess: Excess) => void) {
    this.#pid = pid;
    this.#limits = limits;
    this.#timer = setInterval(() => {
      const excess = this.#look(performance.now());
      if (excess === undefined) return;
      this.stop();
      onExcess(excess);
    }, SAMPLE_MS);
    this.#timer.unref();
  }

  /** As last seen; of a process that has just started, as it is now. */
  get usage(): Usage | undefined {
    return this.#last ?? usageOf(this.#pid);
  }

  /** Share of one processor over the last seconds. */
  get cpu(): number {
    const [first, last] = [this.#samples.at(-11) ?? this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs) return 0;
    return (last.cpuMs - first.cpuMs) / (last.atMs - first.atMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(nowMs: number): Excess | undefined {
    const usage = usageOf(this.#pid);
    if (usage === undefined) return undefined;
    this.#last = usage;
    this.#samples.push({ atMs: nowMs, cpuMs: usage.cpuMs });
    const bytesMax = this.#limits.memoryBytes + RUNTIME_BYTES;
    if (usage.memoryBytes > bytesMax) {
      const [has, may] = [usage.memoryBytes, bytesMax].map((bytes) => Math.round(bytes / 1_048_576));
      return { reason: `it took ${has} MiB of memory; it may take ${may}`, lastedMs: 0 };
    }
    const [first] = this.#samples;
    const lastedMs = first === undefined ? 0 : nowMs - first.atMs;
    if (first === undefined || lastedMs < this.#limits.cpuWindowMs) return undefined;
    this.#samples.shift();
    const share = (usage.cpuMs - first.cpuMs) / lastedMs;
    if (share <= this.#limits.cpu) return undefined;
    const [has, may] = [share, this.#limits.cpu].map((part) => Math.round(part * 100));
    const seconds = Math.round(lastedMs / 1_000);
    return { reason: `it used ${has} % of a processor for ${seconds} s; it may use ${may} %`, lastedMs };
  }
}
