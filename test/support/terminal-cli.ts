/** The real command line on a pseudo-terminal, and what its user sees. */
import "./state-home.ts";
import { fileURLToPath } from "node:url";
import { type IPty, spawn } from "@lydell/node-pty";
import { ROOT } from "./cli.ts";
import { Screen } from "./screen.ts";

const BIN = fileURLToPath(new URL("../../src/cli/bin.ts", import.meta.url));

/** What was not shown by then never will be. */
const DEADLINE_MS = 40_000;

export const KEYS = {
  enter: "\r",
  tab: "\t",
  up: "\u001b[A",
  left: "\u001b[D",
  home: "\u001b[H",
  end: "\u001b[F",
  ctrlC: "\u0003",
  ctrlD: "\u0004",
} as const;

export class TerminalCli implements AsyncDisposable {
  readonly #pty: IPty;
  readonly #name: string;
  readonly #screen: Screen;
  readonly #watchers = new Set<() => void>();
  #raw = "";
  #exitCode: number | undefined;
  #failure: unknown;

  /** Starts it and waits until it shows that. */
  static async start(
    args: readonly string[],
    shown: string,
    options?: { readonly columns?: number },
  ): Promise<TerminalCli> {
    const terminal = new TerminalCli(args, options);
    try {
      await terminal.until(() => terminal.lines.join("").includes(shown), shown);
    } catch (error) {
      await terminal[Symbol.asyncDispose]();
      throw error;
    }
    return terminal;
  }

  private constructor(args: readonly string[], { columns = 60 }: { readonly columns?: number } = {}) {
    this.#name = `udpchat ${args.join(" ")}`;
    this.#screen = new Screen(columns);
    this.#pty = spawn(process.execPath, ["--conditions=source", BIN, ...args], {
      name: "xterm-256color",
      cols: columns,
      rows: 24,
      cwd: ROOT,
      // A person's terminal, wherever the tests run: CI and NO_COLOR would take the colours away.
      env: {
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
        XDG_STATE_HOME: process.env["XDG_STATE_HOME"],
        TERM: "xterm-256color",
      },
    });
    this.#pty.onData((text) => {
      this.#raw += text;
      try {
        this.#screen.write(text);
      } catch (error) {
        this.#failure ??= error;
      }
      this.#notify();
    });
    this.#pty.onExit(({ exitCode }) => {
      this.#exitCode = exitCode;
      this.#notify();
    });
  }

  /** All that was written, with its control sequences. */
  get raw(): string {
    return this.#raw;
  }

  get lines(): string[] {
    return this.#screen.lines;
  }

  get cursor(): Screen["cursor"] {
    return this.#screen.cursor;
  }

  /** One chunk, as a paste would be; keys that are typed come in chunks of their own, after what they made was seen. */
  type(text: string): void {
    this.#pty.write(text);
  }

  /** As closing the window does. */
  hangUp(): void {
    this.#pty.kill("SIGHUP");
  }

  /** Types and waits until the screen's last rows are these. */
  async typing(text: string, ...rows: readonly (string | RegExp)[]): Promise<void> {
    this.type(text);
    await this.shows(...rows);
  }

  /** Resolves when the last rows are these; a row may be a pattern. */
  shows(...rows: readonly (string | RegExp)[]): Promise<void> {
    return this.until(
      () => {
        const last = this.lines.slice(-rows.length);
        return rows.every((row, n) => (typeof row === "string" ? row === last[n] : row.test(last[n] ?? "")));
      },
      `the last rows ${rows.map(String).join("\n")}`,
    );
  }

  /** Resolves to the exit code. */
  async exits(): Promise<number> {
    await this.until(() => this.#exitCode !== undefined, "the end");
    return this.#exitCode ?? Number.NaN;
  }

  until(satisfied: () => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const give = (error: Error | undefined) => {
      clearTimeout(deadline);
      this.#watchers.delete(look);
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = () => {
      if (this.#failure instanceof Error) give(this.#failure);
      else if (satisfied()) give(undefined);
      else if (this.#exitCode !== undefined) give(this.#inVain(what));
    };
    const deadline = setTimeout(() => give(this.#inVain(what)), DEADLINE_MS);
    this.#watchers.add(look);
    look();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exitCode === undefined) this.#pty.kill("SIGKILL");
    await this.until(() => this.#exitCode !== undefined, "the end");
  }

  #inVain(what: string): Error {
    return new Error(`${this.#name}: waited in vain for ${what}; the screen:\n${this.lines.join("\n")}`);
  }

  #notify(): void {
    for (const look of [...this.#watchers]) look();
  }
}
