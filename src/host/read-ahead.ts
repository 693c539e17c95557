import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Bundle } from "./bundle.ts";

const HERE = fileURLToPath(import.meta.url);
const PROGRAM = new URL(
  HERE.endsWith(".ts") ? "./read-ahead-thread.ts" : "./read-ahead-thread.js",
  import.meta.url,
);

/** A bot's process reads less than this sooner than another thread. */
const CHARS_MIN = 32_768;

/** A bundle of the greatest size takes half a second and half of this memory. */
const READING_MS_MAX = 10_000;
const MEMORY_MB_MAX = 512;

/** So long the thread is kept for the next one: the second bundle takes it half the time of the first. */
const IDLE_MS = 10_000;

const readings = new WeakMap<Bundle, Promise<string | undefined>>();
let thread: ReadingThread | undefined;

/**
 * What vm2 makes of a large bundle before it runs it: made once here, for all processes that will run it. A process that has just
 * begun takes four times as long, and as much memory as it may have. It is done in a thread, for the scripts are
 * strangers' and the host has others to answer. `undefined` when that is left to the bot's process.
 */
export function readAhead(bundle: Bundle): Promise<string | undefined> {
  if (bundle.code.length < CHARS_MIN) return Promise.resolve(undefined);
  let reading = readings.get(bundle);
  if (reading === undefined) {
    if (thread?.hasEnded !== false) thread = new ReadingThread();
    reading = thread.read(bundle.code);
    readings.set(bundle, reading);
  }
  return reading;
}

/** One thread, which ends when it has had nothing to do for a while, or when something took it too long. */
class ReadingThread {
  readonly #worker = new Worker(PROGRAM, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX } });
  #waiting: ((asRead: string | undefined) => void)[] = [];
  #deadline: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor() {
    this.#worker.unref();
    this.#worker.on("message", (asRead: string | undefined) => {
      this.#waiting.shift()?.(asRead);
      this.#setDeadline();
    });
    // Whatever it was, the bot's process reads for itself.
    this.#worker.on("error", () => this.#end());
    this.#worker.on("exit", () => this.#end());
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  read(code: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(code);
      // What is being read already keeps its deadline.
      if (this.#waiting.length === 1) this.#setDeadline();
    });
  }

  #setDeadline(): void {
    clearTimeout(this.#deadline);
    const isReading = this.#waiting.length > 0;
    this.#deadline = setTimeout(() => this.#end(), isReading ? READING_MS_MAX : IDLE_MS);
    // Nobody is to be kept alive by a thread without work, nor to end before it is done.
    if (isReading) this.#worker.ref();
    else {
      this.#worker.unref();
      this.#deadline.unref();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#deadline);
    void this.#worker.terminate();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }
}
