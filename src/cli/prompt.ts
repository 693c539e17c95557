import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import type { Completion } from "../client/interactive/completion.ts";

export interface PromptOptions {
  readonly onLine: (line: string) => void;
  /** Ctrl+C, Ctrl+D or the end of the terminal. */
  readonly onClose: () => void;
  /** What Tab may add to what is typed up to the cursor. Candidates are shown as they are: they have to be safe. */
  readonly complete: (typed: string) => Completion;
}

/**
 * Typed lines on a terminal, below lines that arrive meanwhile.
 *
 * Readline edits, and its own drawing goes nowhere: it loses count of the rows when a text is pasted, and whoever counts
 * on it erases what others wrote. The prompt is drawn here, whole, after each chunk of keys.
 */
export class Prompt {
  readonly #readline: Interface;
  readonly #output: NodeJS.WriteStream;
  readonly #options: PromptOptions;
  /** How far below the prompt's first row the cursor stands. */
  #cursorRow = 0;
  #drawingSoon = false;
  #closed = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, options: PromptOptions) {
    this.#output = output;
    this.#options = options;
    const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
    this.#readline = createInterface({
      input,
      output: Object.defineProperty(unseen, "columns", { get: () => output.columns }),
      prompt: PROMPT,
      terminal: true,
      historySize: 1_000,
      removeHistoryDuplicates: true,
      completer: (typed: string) => this.#completeOrList(typed),
    });
    this.#readline.on("line", (line) => this.#endLine(line));
    const endInput = () => {
      if (this.#shut()) options.onClose();
    };
    this.#readline.on("close", endInput);
    // A terminal that was closed meanwhile fails to be read and to be given back.
    this.#readline.on("error", endInput);
    this.#readline.on("SIGCONT", () => {
      // Whatever was drawn before belongs to the shell now.
      this.#cursorRow = 0;
      this.#readline.prompt(true);
      this.#drawSoon();
    });
    // After readline's own listener, so that the key was dealt with.
    input.on("keypress", (_text, key: { readonly name?: string; readonly ctrl?: boolean }) => {
      if (key.ctrl === true && key.name === "l") this.#clearScreen();
      this.#drawSoon();
    });
    output.on("resize", () => {
      this.#cursorRow = this.#readline.getCursorPos().rows;
      this.#drawSoon();
    });
    this.#draw();
  }

  /** Puts a line above what is being typed, which stays as it is. */
  printAbove(line: string): void {
    if (this.#closed) this.#output.write(`${line}\n`);
    else this.#draw(`${line}\n`);
  }

  /** Gives the terminal back. */
  close(): void {
    if (this.#shut()) this.#readline.close();
  }

  #shut(): boolean {
    if (this.#closed) return false;
    this.#closed = true;
    this.#output.write(this.#erasure());
    return true;
  }

  #endLine(line: string): void {
    this.#output.write(`${this.#erasure()}${PROMPT}${line}\n`);
    this.#options.onLine(line);
    this.#drawSoon();
  }

  /**
   * What all candidates have in common is typed for the user; when that is nothing new, they are listed.
   *
   * @returns what readline may insert, and what it would replace.
   */
  #completeOrList(line: string): [string[], string] {
    const { typed, candidates } = this.#options.complete(line);
    const [first = "", ...others] = candidates;
    if (candidates.length === 0) return [[], typed];
    if (others.length === 0) return [[first.endsWith(" ") ? first : `${first} `], typed];
    const common = others.reduce(commonStart, first);
    if (common.length > typed.length) return [[common], typed];
    this.printAbove(`      ${candidates.join("  ")}`);
    return [[], typed];
  }

  /** Once for all keys that came together: a pasted text is many keys. */
  #drawSoon(): void {
    if (this.#drawingSoon) return;
    this.#drawingSoon = true;
    process.nextTick(() => {
      this.#drawingSoon = false;
      if (!this.#closed) this.#draw();
    });
  }

  /** In one write, so that the eye sees no empty prompt. */
  #draw(above = ""): void {
    const erasure = this.#erasure();
    const cursor = this.#readline.getCursorPos();
    const end = this.#endPosition();
    // A terminal that filled its last column stays there until the next character.
    const wrap = end.cols === 0 ? " " : "";
    const back = up(end.rows - cursor.rows) + column(cursor.cols);
    this.#output.write(`${erasure}${above}${PROMPT}${this.#readline.line}${wrap}${back}`);
    this.#cursorRow = cursor.rows;
  }

  #endPosition(): { readonly rows: number; readonly cols: number } {
    const { cursor, line } = this.#readline;
    Object.assign(this.#readline, { cursor: line.length });
    const end = this.#readline.getCursorPos();
    Object.assign(this.#readline, { cursor });
    return end;
  }

  /** Takes away prompt and typed text, which may fill several rows with the cursor in any of them. */
  #erasure(): string {
    const sequence = `${up(this.#cursorRow)}\r${ERASE_BELOW}`;
    this.#cursorRow = 0;
    return sequence;
  }

  #clearScreen(): void {
    this.#output.write(`${CURSOR_HOME}${ERASE_BELOW}`);
    this.#cursorRow = 0;
  }
}

const PROMPT = ">>> ";

/** Control sequences of ECMA-48. */
const CURSOR_HOME = "\u001b[H";
const ERASE_BELOW = "\u001b[J";

function up(rows: number): string {
  return rows > 0 ? `\u001b[${rows}A` : "";
}

/** @param index from 0. */
function column(index: number): string {
  return `\u001b[${index + 1}G`;
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
