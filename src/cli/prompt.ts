import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from "node:readline";

/** Typed lines on a terminal, below lines that arrive meanwhile. */
export class Prompt {
  readonly #readline: Interface;
  readonly #output: NodeJS.WriteStream;
  #closed = false;

  constructor(
    input: NodeJS.ReadStream,
    output: NodeJS.WriteStream,
    handlers: {
      readonly onLine: (line: string) => void;
      /** Ctrl+C, Ctrl+D or the end of the terminal. */
      readonly onClose: () => void;
    },
  ) {
    this.#output = output;
    this.#readline = createInterface({ input, output, prompt: ">>> ", terminal: true, historySize: 1_000 });
    this.#readline.on("line", (line) => {
      handlers.onLine(line);
      if (!this.#closed) this.#readline.prompt();
    });
    this.#readline.on("close", () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#erase();
      handlers.onClose();
    });
    this.#readline.prompt();
  }

  /** Puts a line above what is being typed, which stays as it is. */
  printAbove(line: string): void {
    if (this.#closed) {
      this.#output.write(`${line}\n`);
      return;
    }
    this.#erase();
    this.#output.write(`${line}\n`);
    this.#readline.prompt(true);
  }

  /** Gives the terminal back. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#erase();
    this.#readline.close();
  }

  /** Takes away prompt and typed text, which may fill several rows with the cursor in any of them. */
  #erase(): void {
    cursorTo(this.#output, 0);
    moveCursor(this.#output, 0, -this.#readline.getCursorPos().rows);
    clearScreenDown(this.#output);
    // Else readline goes up by the rows that it believes to be there when it draws again.
    Object.assign(this.#readline, { prevRows: 0 });
  }
}
