import type { Clock } from "../../net/network.ts";
import type { Implementation } from "../language/program-spec.ts";
import type { Ledger } from "../run/ledger.ts";
import { waitFor } from "../run/waiting.ts";
import { type CommandValues, commandLine, shellWord } from "./implementation.ts";
import { type Interpreter, interpreterFor, type Part } from "./interpret.ts";
import { type Exit, type Program, startProgram } from "./program.ts";
import { ScreenReader } from "./screen.ts";

export interface ScreenedOptions {
  readonly implementation: Implementation;
  readonly mode: "server" | "client";
  readonly values: CommandValues;
  /** Everybody else's nicknames. */
  readonly nicks: readonly string[];
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Under which the ledger notes what is seen. */
  readonly nick: string;
}

/** A program that runs, its screen being read into a ledger. */
export class ScreenedProgram {
  readonly #program: Program;
  readonly #screen: ScreenReader;
  readonly #note: Note;

  static async start(options: ScreenedOptions): Promise<ScreenedProgram> {
    const { implementation, mode, values, nicks, clock, ledger, nick } = options;
    const { driver, cwd, profile } = implementation;
    const command = commandLine(implementation, mode, values);
    const note: Note = { exit: undefined, options };
    const interpreter: Interpreter = interpreterFor(driver, nicks, (reason) => ledger.fail(reason));
    const screen = new ScreenReader({ interpreter, clock, onPart: (part) => record(part, options) });
    ledger.record(nick, { kind: "started", command: command.map(shellWord).join(" ") });
    const program = await startProgram({
      command,
      cwd,
      env: driver.env,
      terminal: driver.terminal,
      encoding: profile.encoding,
      onText: (text, stream) => screen.write(text, stream),
      onExit: (exit) => {
        screen.end();
        note.exit = exit;
        ledger.record(nick, { kind: "exit", ...exit });
      },
    });
    return new ScreenedProgram(program, screen, note);
  }

  private constructor(program: Program, screen: ScreenReader, note: Note) {
    this.#program = program;
    this.#screen = screen;
    this.#note = note;
  }

  /** `undefined` while it runs. */
  get exit(): Exit | undefined {
    return this.#note.exit;
  }

  /** Resolves when it has ended, or the time is up. */
  async untilExit(withinMs: number): Promise<void> {
    const { clock, ledger } = this.#note.options;
    await waitFor({
      probe: () => this.exit,
      watch: (changed) => ledger.watch(changed),
      clock,
      withinMs,
    });
  }

  /** When it last wrote something, on the clock. */
  get lastTextMs(): number | undefined {
    return this.#screen.lastTextMs;
  }

  type(line: string): void {
    const { ledger, nick } = this.#note.options;
    ledger.record(nick, { kind: "typed", line });
    this.#screen.typed(line);
    this.#program.type(line);
  }

  endInput(): void {
    this.#program.endInput();
  }

  interrupt(): void {
    const { ledger, nick } = this.#note.options;
    ledger.record(nick, { kind: "typed", line: "Ctrl+C" });
    this.#program.interrupt();
  }

  signal(name: NodeJS.Signals): void {
    this.#program.signal(name);
  }

  /** Ends it with all that it started. */
  end(): Promise<void> {
    return this.#program.end();
  }
}

interface Note {
  exit: Exit | undefined;
  readonly options: ScreenedOptions;
}

function record({ line, shown }: Part, { ledger, nick, clock }: ScreenedOptions): void {
  ledger.record(nick, { kind: "line", text: line, shows: shown?.what, to: shown?.to });
  if (shown?.from === undefined || (shown.what !== "message" && shown.what !== "savedMessage")) return;
  const { from, text = "" } = shown;
  const saved = shown.what === "savedMessage";
  ledger.record(nick, { kind: "message", from, text, saved, sentAtMs: clock.dateMs(), auto: false });
}
