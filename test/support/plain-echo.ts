/**
 * How long the machine makes anybody wait for an answer: two plain processes, of which one asks and the other, which gives way as
 * bots do, answers; each computes as much as a host and a bot do for one message. None of the program's code is in it, so what
 * a bot's answer takes beyond this is the program's. Run as a program, this file is either of the two.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(import.meta.url);

/** As bots have it (src/host/bot-process.ts). */
const NICENESS = 5;

/** What one message takes of a processor that is not too slow: the host, from its question to its answer, and the bot. */
const HOST_MS = 2;
const BOT_MS = 1;

/** Between two questions, so that asking takes little of what it measures. */
const PAUSE_MS = 20;

export class PlainEcho implements Disposable {
  readonly #asking: ChildProcess;

  private constructor(asking: ChildProcess) {
    this.#asking = asking;
  }

  /** Resolves when there are answers. */
  static async start(): Promise<PlainEcho> {
    const asking = fork(PROGRAM, ["ask"]);
    await once(asking, "message");
    return new PlainEcho(asking);
  }

  /** What each answer took since this was called last, in milliseconds. */
  async waits(): Promise<readonly number[]> {
    this.#asking.send("waits");
    const [waits] = await once(this.#asking, "message");
    return waits;
  }

  [Symbol.dispose](): void {
    this.#asking.kill("SIGKILL");
  }
}

async function ask(): Promise<void> {
  const answering = fork(PROGRAM, ["answer"]);
  setPriority(answering.pid ?? 0, NICENESS);
  let waits: number[] = [];
  process.on("message", () => {
    process.send?.(waits);
    waits = [];
  });
  process.on("disconnect", () => process.exit());
  for (let isFirst = true; ; isFirst = false) {
    const beganMs = performance.now();
    compute(HOST_MS / 2);
    answering.send("?");
    await once(answering, "message");
    compute(HOST_MS / 2);
    waits.push(performance.now() - beganMs);
    if (isFirst) process.send?.("ready");
    await pause(PAUSE_MS);
  }
}

function answer(): void {
  process.on("message", () => {
    compute(BOT_MS);
    // Who asks may have been ended meanwhile.
    process.send?.("!", () => {});
  });
  process.on("disconnect", () => process.exit());
}

/** The same work on every machine. */
function compute(ms: number): number {
  let sum = 0;
  for (let i = 0; i < ms * ROUNDS_PER_MS; i++) sum += Math.sqrt(i);
  return sum;
}

const ROUNDS_PER_MS = 500_000;

if (process.argv[1] === PROGRAM) {
  if (process.argv[2] === "ask") await ask();
  else answer();
}
