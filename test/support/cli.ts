/** The real command line as a child process, from source. */
import "./state-home.ts";
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));

/** A child that has not done by then what is waited for never will. */
const DEADLINE_MS = 100_000;
const LOOK_EVERY_MS = 20;

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Options of Node.js itself. */
  readonly nodeOptions?: readonly string[];
  /** The stream that goes to a disk without room. */
  readonly full?: "stdout" | "stderr";
}

/** Runs a command to its end. `input` is all it can read. */
export async function runCli(
  args: readonly string[],
  { input = "", ...options }: StartOptions & { readonly input?: string } = {},
): Promise<Finished> {
  await using child = startCli(args, options);
  child.type(input);
  child.endInput();
  return await child.finished;
}

export function startCli(args: readonly string[], options: StartOptions = {}): RunningCli {
  const { cwd = ROOT, env = {}, nodeOptions = [], full } = options;
  const disk = full === undefined ? undefined : openSync("/dev/full", "w");
  const child = spawn(process.execPath, ["--conditions=source", ...nodeOptions, BIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["pipe", ...(["stdout", "stderr"] as const).map((name) => (name === full ? disk : "pipe"))],
  });
  if (disk !== undefined) closeSync(disk);
  return new RunningCli(child, args.join(" "));
}

/** A server on a free port, and its address. */
export async function startServerCli(): Promise<RunningCli & { readonly server: string }> {
  const child = startCli(["server", "--port", "0"]);
  const [, server = ""] = await child.line(/^udpchat server listening on (\S+)$/m);
  return Object.assign(child, { server });
}

/** A UDP port that was free a moment ago, for commands that do not take 0. */
export async function freePort(): Promise<string> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return String(port);
}

/** A regular expression, or whatever searches a text as one does. */
export interface Pattern<Match> {
  exec(text: string): Match | null;
  toString(): string;
}

export class RunningCli implements AsyncDisposable {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #output = { stdout: "", stderr: "" };
  readonly #watchers = new Set<() => void>();
  #done = false;

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
        this.#output[stream] += chunk;
        this.#notify();
      });
    }
    // A child that ends early closes its input; what it printed tells why.
    child.stdin?.on("error", () => {});
    const { promise, resolve, reject } = Promise.withResolvers<Finished>();
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(this.#told(`did not end within ${DEADLINE_MS} ms`)));
    }, DEADLINE_MS);
    child.on("close", (exitCode) => {
      clearTimeout(deadline);
      this.#done = true;
      this.#notify();
      resolve({ exitCode, ...this.#output });
    });
    this.finished = promise;
    // Whoever waits for it hears of the deadline; nobody has to.
    promise.catch(() => {});
  }

  get stdout(): string {
    return this.#output.stdout;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves to what is found: for what does not show in its output, and has to be looked for. */
  async until<T>(look: () => T | undefined): Promise<T> {
    const endMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#done || performance.now() > endMs)
        throw new Error(this.#told("never did what was looked for"));
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Resolves when a match stands in the output of a stream, also when it came before. */
  line<Match>(pattern: Pattern<Match>, stream: "stdout" | "stderr" = "stdout"): Promise<Match> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => look(true), DEADLINE_MS);
      const look = (late = false) => {
        const match = pattern.exec(this.#output[stream]);
        if (match === null && !late && !this.#done) return;
        clearTimeout(deadline);
        this.#watchers.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(this.#told(`never printed ${pattern}`)));
      };
      this.#watchers.add(look);
      look();
    });
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** As `head` does when it has seen enough. */
  stopReading(): void {
    this.#child.stdout?.destroy();
  }

  kill(signal: NodeJS.Signals): Promise<Finished> {
    this.#child.kill(signal);
    return this.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#done) return;
    // It was ended by the deadline: whoever waited for it has heard of that.
    await this.kill("SIGKILL").catch(() => {});
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  #told(what: string): string {
    return `udpchat ${this.#name} ${what}\nstdout:\n${this.#output.stdout}\nstderr:\n${this.#output.stderr}`;
  }
}
