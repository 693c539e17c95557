import type { Clock, Timer } from "../../net/network.ts";
import type { Interpreter, Part, Shown } from "./interpret.ts";
import { Rows } from "./rows.ts";

/** A row that has stood unfinished for so long is read as it stands: its end may come with the next one only. */
const UNFINISHED_MS = 150;

/** Typed lines whose echo may still come. */
const ECHOES_MAX = 32;

/**
 * Reads a program's screen: what it writes goes in, lines and what they mean come out.
 *
 * What was typed is not a line: where a program repeats it, the repetition is left out. A row without an end is read when nothing
 * was added to it for a while; if it goes on then, it is read again as a whole, and what it showed before is not told twice.
 */
export class ScreenReader {
  readonly #interpreter: Interpreter;
  readonly #clock: Clock;
  readonly #onPart: (part: Part) => void;
  readonly #rows = { stdout: new Rows(), stderr: new Rows() };
  /** What was told of the row under way. */
  #told: Part[] = [];
  readonly #echoes: string[] = [];
  #timer: Timer | undefined;
  #lastTextMs: number | undefined;

  constructor(options: {
    readonly interpreter: Interpreter;
    readonly clock: Clock;
    readonly onPart: (part: Part) => void;
  }) {
    this.#interpreter = options.interpreter;
    this.#clock = options.clock;
    this.#onPart = options.onPart;
  }

  /** When something was last written, on the clock. */
  get lastTextMs(): number | undefined {
    return this.#lastTextMs;
  }

  typed(line: string): void {
    this.#echoes.push(line.trim());
    if (this.#echoes.length > ECHOES_MAX) this.#echoes.shift();
  }

  write(text: string, stream: "stdout" | "stderr" = "stdout"): void {
    this.#lastTextMs = this.#clock.nowMs();
    for (const row of this.#rows[stream].feed(text)) {
      this.#tell(row);
      this.#told = [];
    }
    this.#timer?.cancel();
    if (this.#rows.stdout.underWay.trim() === "" && this.#rows.stderr.underWay.trim() === "") return;
    this.#timer = this.#clock.schedule(UNFINISHED_MS, () => this.#readUnfinished());
  }

  /** Nothing more will be written. */
  end(): void {
    this.#timer?.cancel();
    this.#readUnfinished();
  }

  #readUnfinished(): void {
    for (const rows of [this.#rows.stdout, this.#rows.stderr]) {
      const row = rows.underWay;
      if (row.trim() !== "") this.#told.push(...this.#tell(row));
    }
  }

  #tell(row: string): readonly Part[] {
    const before = [...this.#told];
    return this.#interpreter.interpret(row).filter((part) => {
      const already = before.findIndex(
        (told) => told.line === part.line || sameShown(told.shown, part.shown),
      );
      if (already !== -1) {
        before.splice(already, 1);
        return false;
      }
      const echo = this.#echoes.indexOf(part.line);
      if (echo !== -1) {
        this.#echoes.splice(0, echo + 1);
        return false;
      }
      this.#onPart(part);
      return true;
    });
  }
}

function sameShown(a: Shown | undefined, b: Shown | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.what === b.what && a.from === b.from && a.to === b.to && a.text === b.text;
}
