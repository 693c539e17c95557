import { type Usage, usageOf } from "./usage.ts";

export interface UsageLimits {
  /** Of resident memory. */
  readonly memoryBytes: number;
  /** Share of one processor over a whole window. */
  readonly cpu: number;
}

const SAMPLE_MS = 500;
const CPU_WINDOW_MS = 60_000;

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

  /** @param onExcess called with the reason, in words that end a sentence beginning with "it". */
  constructor(pid: number, limits: UsageLimits, onExcess: (reason: string) => void) {
    this.#pid = pid;
    this.#limits = limits;
    this.#timer = setInterval(() => {
      const reason = this.#look(performance.now());
      if (reason === undefined) return;
      this.stop();
      onExcess(reason);
    }, SAMPLE_MS);
    this.#timer.unref();
  }

  /** As last seen. */
  get usage(): Usage | undefined {
    return this.#last;
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

  #look(nowMs: number): string | undefined {
    const usage = usageOf(this.#pid);
    if (usage === undefined) return undefined;
    this.#last = usage;
    this.#samples.push({ atMs: nowMs, cpuMs: usage.cpuMs });
    const bytesMax = this.#limits.memoryBytes + RUNTIME_BYTES;
    if (usage.memoryBytes > bytesMax) {
      const [has, may] = [usage.memoryBytes, bytesMax].map((bytes) => Math.round(bytes / 1_048_576));
      return `it took ${has} MiB of memory; it may take ${may}`;
    }
    const [first] = this.#samples;
    if (first === undefined || nowMs - first.atMs < CPU_WINDOW_MS) return undefined;
    this.#samples.shift();
    const share = (usage.cpuMs - first.cpuMs) / (nowMs - first.atMs);
    if (share <= this.#limits.cpu) return undefined;
    const [has, may] = [share, this.#limits.cpu].map((part) => Math.round(part * 100));
    return `it used ${has} % of a processor for ${CPU_WINDOW_MS / 1_000} s; it may use ${may} %`;
  }
}
