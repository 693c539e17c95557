/** A program of somebody else's, over pipes or on a pseudo-terminal, in a process group of its own. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { constants as system } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { messageOf } from "../../host/error-message.ts";
import { findInPath, isProgram } from "../../host/find-in-path.ts";
import { entrustGroup } from "../../host/guardian.ts";

export interface ProgramOptions {
  /** The program and its arguments. Without a slash it is sought in `PATH`, else from the working directory. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Beside those of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it gets a pseudo-terminal, which does not echo what is typed; else pipes. */
  readonly terminal: boolean;
  /** In which it reads and writes: a label of the Encoding Standard. */
  readonly encoding: string;
  /** Portions as they come, cut anywhere but within a character. On a terminal all is `stdout`. */
  readonly onText: (text: string, stream: "stdout" | "stderr") => void;
  /** Called once, after the last text. */
  readonly onExit: (exit: Exit) => void;
}

export interface Exit {
  /** `undefined` when a signal ended it. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface Program {
  readonly pid: number;
  /** Types one line, as a person would: with the Enter key at its end. */
  type(line: string): void;
  /** Ctrl+D on an empty line; in a pipe the end of the input. */
  endInput(): void;
  /** Ctrl+C; in a pipe SIGINT. */
  interrupt(): void;
  /** To it and all that it started in its group. */
  signal(name: NodeJS.Signals): void;
  /** Ends it and its group, and resolves when it has ended: SIGTERM, and after a while SIGKILL. */
  end(): Promise<void>;
}

export type ProgramErrorCode = "NOT_FOUND" | "NOT_EXECUTABLE" | "NO_FOLDER" | "START_FAILED" | "NOT_READY";

/** The program does not start, or does not get as far as it must. The message says what to do. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
  readonly code: ProgramErrorCode;

  constructor(code: ProgramErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A polite program needs less; a rude one is not waited for longer. */
const TERM_MS = 400;

/** So wide that no program breaks a line of its own accord. */
const COLUMNS = 4_000;

/** @throws {ProgramError} when it does not start. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const file = findProgram(options);
  return options.terminal ? await startOnTerminal(file, options) : await startOnPipes(file, options);
}

async function startOnPipes(file: string, options: ProgramOptions): Promise<Program> {
  const { command, cwd, onText, onExit } = options;
  const env = { ...process.env, ...options.env };
  const child = spawn(file, command.slice(1), { cwd, env, detached: true, argv0: command[0] });
  const ended = Promise.withResolvers<void>();
  await new Promise<void>((begun, failed) => {
    child.once("spawn", begun);
    child.once("error", (error) => failed(startFailed(command, error)));
  });
  child.on("error", () => {});
  const pid = child.pid ?? 0;
  for (const stream of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder(options.encoding);
    child[stream].on("data", (bytes: Buffer) => onText(decoder.decode(bytes, { stream: true }), stream));
  }
  // A child of it may hold the pipes open for ever, so their end is not waited for without end.
  child.once("exit", (code, signal) => {
    const tell = () => {
      clearTimeout(late);
      child.off("close", tell);
      child.stdout.destroy();
      child.stderr.destroy();
      onExit({ code: code ?? undefined, signal: signal ?? undefined });
      ended.resolve();
    };
    const late = setTimeout(tell, PIPE_END_MS);
    child.once("close", tell);
  });
  // Whoever has ended reads no more; its exit says so.
  child.stdin.on("error", () => {});
  return controls(pid, ended.promise, {
    type: (line) => child.stdin.write(encode(`${line}\n`, options.encoding)),
    endInput: () => child.stdin.end(),
    interrupt: () => signalGroup(pid, "SIGINT"),
  });
}

const PIPE_END_MS = 200;

async function startOnTerminal(file: string, options: ProgramOptions): Promise<Program> {
  const { command, cwd, onText, onExit } = options;
  // Loaded only here: it is native code.
  const { spawn: spawnOnTerminal } = await import("@lydell/node-pty");
  const decoder = new TextDecoder(options.encoding);
  const ended = Promise.withResolvers<void>();
  const pty = (() => {
    try {
      // The shell switches the echo off and becomes the program.
      return spawnOnTerminal(
        "/bin/sh",
        ["-c", 'stty -echo; exec "$@"', command[0] ?? "", file, ...command.slice(1)],
        {
          name: "xterm",
          cols: COLUMNS,
          rows: 50,
          cwd,
          env: { ...process.env, ...options.env, TERM: "xterm" },
          encoding: null,
        },
      );
    } catch (error) {
      throw startFailed(command, error);
    }
  })();
  let over = false;
  // Without an encoding it hands over bytes, whatever its types say.
  pty.onData((bytes: unknown) => {
    onText(bytes instanceof Uint8Array ? decoder.decode(bytes, { stream: true }) : String(bytes), "stdout");
  });
  pty.onExit(({ exitCode, signal = 0 }) => {
    over = true;
    onExit(
      signal === 0 ? { code: exitCode, signal: undefined } : { code: undefined, signal: nameOf(signal) },
    );
    ended.resolve();
  });
  const write = (text: string) => {
    if (!over) pty.write(encode(text, options.encoding) as unknown as string);
  };
  return controls(pty.pid, ended.promise, {
    type: (line) => write(`${line}\r`),
    endInput: () => write("\u0004"),
    interrupt: () => write("\u0003"),
  });
}

function controls(
  pid: number,
  ended: Promise<void>,
  input: Pick<Program, "type" | "endInput" | "interrupt">,
): Program {
  // What it leaves behind in its group goes with it, and all of it with us.
  const takeBack = entrustGroup(pid);
  const gone = ended.then(() => {
    signalGroup(pid, "SIGKILL");
    takeBack();
  });
  return {
    ...input,
    pid,
    signal: (name) => signalGroup(pid, name),
    end: async () => {
      signalGroup(pid, "SIGCONT");
      signalGroup(pid, "SIGTERM");
      const kill = setTimeout(() => signalGroup(pid, "SIGKILL"), TERM_MS);
      await gone;
      clearTimeout(kill);
    },
  };
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Nobody is left there.
  }
}

/** Found before it is started: neither the pseudo-terminal nor the shell in it would tell why it is not. */
function findProgram({ command, cwd, env }: ProgramOptions): string {
  const [name] = command;
  if (name === undefined || name === "") throw new ProgramError("NOT_FOUND", "the command is empty");
  if (!isFolder(cwd)) throw new ProgramError("NO_FOLDER", `there is no folder ${cwd} to start ${name} in`);
  if (name.includes("/")) {
    const file = isAbsolute(name) ? name : resolve(cwd, name);
    if (isProgram(file)) return file;
    const code = isFile(file) ? "NOT_EXECUTABLE" : "NOT_FOUND";
    const advice = code === "NOT_EXECUTABLE" ? `make it executable: chmod +x ${name}` : `sought from ${cwd}`;
    throw new ProgramError(
      code,
      `${name} cannot be started: ${code === "NOT_FOUND" ? "there is no such file" : "it is not executable"}; ${advice}`,
    );
  }
  const found = findInPath(name, env["PATH"], cwd);
  if (found !== undefined) return found;
  const here = isFile(join(cwd, name)) ? `; for the one in ${cwd} write ./${name}` : "";
  throw new ProgramError("NOT_FOUND", `there is no program ${name} in PATH${here}`);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function startFailed(command: readonly string[], error: unknown): ProgramError {
  const reason = messageOf(error);
  return new ProgramError("START_FAILED", `${command[0]} does not start: ${reason}`, { cause: error });
}

/** What an encoding cannot say is said as a question mark. */
function encode(text: string, encoding: string): Buffer {
  if (encoding === "utf-8") return Buffer.from(text, "utf8");
  const codeMax = encoding === "ascii" ? 0x7f : 0xff;
  return Buffer.from(
    [...text].map((character) => ((character.codePointAt(0) ?? 0) <= codeMax ? character : "?")).join(""),
    "latin1",
  );
}

function nameOf(signal: number): string {
  return Object.entries(system.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
}
