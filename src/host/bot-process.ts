import { type ChildProcessByStdio, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { setPriority } from "node:os";
import type { Readable, Writable } from "node:stream";
import { giveBackUid, takeUid } from "./bot-uids.ts";
import { entrustProcess, type TakeBack } from "./guardian.ts";
import { encodeFrames, FRAME_FROM_BOT_BYTES_MAX, FrameDecoder } from "./pipe/frames.ts";
import { type FromBot, PING, type ToBot } from "./pipe/messages.ts";
import { readFromBot } from "./pipe/read-from-bot.ts";
import type { Whereabouts } from "./pipe/whereabouts.ts";
import { isSuspended, usageOf } from "./usage.ts";
import type { WalledCommand } from "./walls.ts";
import { Watchdog } from "./watchdog.ts";
import { WhereaboutsFile } from "./whereabouts-file.ts";

/** How a bot's process came to its end. */
export type ProcessEnd =
  | { readonly kind: "killed" }
  | { readonly kind: "silent"; readonly silentMs: number }
  /** As `silent`, by no fault of the bot's: somebody stopped its process with a signal. */
  | { readonly kind: "suspended"; readonly silentMs: number }
  | { readonly kind: "malformed"; readonly detail: string }
  /** It took more of the machine than it may. */
  | { readonly kind: "evicted"; readonly detail: string }
  | { readonly kind: "exited"; readonly detail: string };

export interface BotProcessOptions {
  readonly command: WalledCommand;
  /** Whether this process may end while the bot's is alive; it is ended then, too. Default false. */
  readonly background?: boolean;
  readonly onMessage: (message: FromBot) => void;
  /** Called once, after the last message. */
  readonly onEnd: (end: ProcessEnd) => void;
}

/** As much as Node.js reads at once. A process that writes more waits its turn, so that it cannot keep the host from others. */
const CHUNK_BYTES = 65_536;

/** Bots give way to their host when the processors are short (setpriority(2)), */
const NICENESS = 5;
/** and when memory is short they go first (proc_pid_oom_score_adj(5)): several may take much before anybody looks. */
const OOM_SCORE = 1_000;

/** How much of what a process wrote to its standard error is kept: enough for the reason of its death. */
const STDERR_CHARS_MAX = 4_096;

/** Where this process ends without having closed its bots, a bot in an endless loop would stay behind. */
const alive = new Set<BotProcess>();
process.on("exit", () => {
  for (const bot of alive) bot.kill();
});

/** One process of one bot, spoken to in frames. The first frame that is none ends it. */
export class BotProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #options: BotProcessOptions;
  readonly #decoder = new FrameDecoder<unknown>(FRAME_FROM_BOT_BYTES_MAX, JSON.parse);
  /** What leaves at the end of this turn. */
  #leaving: string[] = [];
  readonly #takeBack: TakeBack | undefined;
  readonly #whereabouts = new WhereaboutsFile();
  #watchdog: Watchdog | undefined;
  readonly #uid: number | undefined;
  #end: ProcessEnd | undefined;
  #stderr = "";

  constructor(options: BotProcessOptions) {
    this.#options = options;
    const { file, args } = options.command;
    this.#uid = takeUid();
    const own = this.#uid === undefined ? [] : [String(this.#uid)];
    // In a group of its own: Ctrl+C is for whoever stands in the foreground, who then ends the bot in good order.
    const child = spawn(file, [...args, ...own], {
      detached: true,
      env: {},
      stdio: ["pipe", "pipe", "pipe", this.#whereabouts.fd ?? "ignore"],
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    this.#child = child;
    alive.add(this);
    // At the end of its input it ends by itself, unless it hangs.
    this.#takeBack = child.pid === undefined ? undefined : entrustProcess(child.pid);
    if (child.pid !== undefined) giveWay(child.pid);
    child.stdout.on("data", (chunk: Buffer) => {
      this.#read(chunk);
      if (chunk.length < CHUNK_BYTES) return;
      child.stdout.pause();
      setImmediate(() => child.stdout.resume());
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARS_MAX);
    });
    if (options.background) {
      child.unref();
      // Sockets are what they are, though their type does not say so.
      for (const stream of [child.stdin, child.stdout, child.stderr])
        if (stream instanceof Socket) stream.unref();
    }
    // A process that has ended does not read; that it has ended is told by `close`.
    child.stdin.on("error", () => {});
    child.on("error", (error) => {
      if (child.pid === undefined) this.#finish({ kind: "exited", detail: error.message });
    });
    child.on("close", (code, signal) => {
      this.#finish(this.#end ?? { kind: "exited", detail: this.#whyExited(code, signal) });
    });
  }

  /** What is sent in one turn leaves together. */
  send(message: ToBot): void {
    if (this.#leaving.length === 0) process.nextTick(() => this.#write());
    this.#leaving.push(JSON.stringify(message));
  }

  /** What it is at, or was at its end; by its own account. */
  get whereabouts(): Whereabouts {
    return this.#whereabouts.read();
  }

  /** From now on the process has to give signs of life. @param isIdle whether it has been handed nothing that it is not done with */
  watch(isIdle?: () => boolean): void {
    this.#watchdog ??= new Watchdog({
      ping: () => this.send(PING),
      onSilence: (silentMs) => {
        const isHeldUp = this.pid !== undefined && isSuspended(this.pid);
        this.#kill({ kind: isHeldUp ? "suspended" : "silent", silentMs });
      },
      cpuMs: () => (this.pid === undefined ? undefined : usageOf(this.pid)?.cpuMs),
      isIdle,
    });
    if (this.#options.background) this.#watchdog.unref();
  }

  kill(): void {
    this.#kill({ kind: "killed" });
  }

  /** Ends it as if it had crashed. */
  crash(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends it for something it said. */
  condemn(detail: string): void {
    this.#kill({ kind: "malformed", detail });
  }

  /** Ends it for what it took of the machine. */
  evict(detail: string): void {
    this.#kill({ kind: "evicted", detail });
  }

  /** `undefined` when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return !alive.has(this);
  }

  #write(): void {
    const frames = encodeFrames(this.#leaving);
    this.#leaving = [];
    if (this.#child.stdin.writable) this.#child.stdin.write(frames);
  }

  #read(chunk: Buffer): void {
    // What was on its way when the process was condemned is not listened to.
    if (this.#end !== undefined) return;
    this.#watchdog?.heard();
    const { frames, fault } = this.#decoder.push(chunk);
    for (const frame of frames) {
      const message = readFromBot(frame);
      if (message === undefined) {
        this.condemn("NOT_A_MESSAGE");
        return;
      }
      this.#options.onMessage(message);
      if (this.#end !== undefined) return;
    }
    if (fault !== undefined) this.condemn(fault);
  }

  #kill(end: ProcessEnd): void {
    this.#end ??= end;
    this.#watchdog?.stop();
    this.#child.kill("SIGKILL");
  }

  #finish(end: ProcessEnd): void {
    // A process that never started may say so twice.
    if (!alive.delete(this)) return;
    giveBackUid(this.#uid);
    this.#takeBack?.();
    this.#watchdog?.stop();
    this.#whereabouts.close();
    this.#end ??= end;
    this.#options.onEnd(this.#end);
  }

  #whyExited(code: number | null, signal: NodeJS.Signals | null): string {
    if (/heap out of memory|Array buffer allocation failed/.test(this.#stderr)) return "it ran out of memory";
    if (signal === "SIGKILL") return "it was ended by SIGKILL, which the system sends when memory is short";
    const how = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
    const lastLine = this.#stderr.trim().split("\n").at(-1);
    return lastLine ? `${how}: ${lastLine}` : how;
  }
}

function giveWay(pid: number): void {
  for (const give of [
    () => setPriority(pid, NICENESS),
    () => writeFileSync(`/proc/${pid}/oom_score_adj`, String(OOM_SCORE)),
  ]) {
    try {
      give();
    } catch {
      // It has ended already, or the system does not let us or has no such thing.
    }
  }
}

/** How it came to its end, in words that follow the bot's name. */
export function reasonOf(end: ProcessEnd): string {
  switch (end.kind) {
    case "killed":
      return "it was stopped";
    case "silent":
      return `it gave no sign of life for ${end.silentMs} ms`;
    case "suspended":
      return `its process was suspended by a signal and did not run for ${end.silentMs} ms`;
    case "malformed":
      return `its process broke the pipe's protocol: ${end.detail}`;
    case "evicted":
    case "exited":
      return end.detail;
  }
}
