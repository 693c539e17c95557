import { EXIT } from "./exit-codes.ts";

/** The two streams. Answers go to stdout, all about the answers to stderr. */

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** For programs: on one line, or with an indent for people who look at it, too. */
export function printJson(value: unknown, indent?: number): void {
  printLine(JSON.stringify(value, undefined, indent));
}

export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Whether somebody sits there who types and reads, on a terminal that can place its cursor. */
export function isOnTerminal(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY && process.env["TERM"] !== "dumb";
}

/** Only on a terminal, and as https://no-color.org asks. */
export function colorsOf(stream: Partial<Pick<NodeJS.WriteStream, "isTTY" | "hasColors">>): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true && !process.env["NO_COLOR"];
}

/** How wide a stream is. A terminal that nobody gave a size has 0 columns, and is as wide as any. */
export function columnsOf({ columns }: Partial<Pick<NodeJS.WriteStream, "columns">>): number {
  return columns || COLUMNS_DEFAULT;
}

const COLUMNS_DEFAULT = 80;

/**
 * A reader that goes away (`udpchat test | head -1`) ends the program as it ends other programs, with the exit code of
 * SIGPIPE, not with a stack trace; so does a disk that has no room for its answers.
 */
export function endWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // The terminal was closed. SIGHUP says so, too, and whoever catches that wants to end in order.
      if (error.code === "EIO") return;
      if (error.code === "EPIPE") process.exit(EXIT_CODE_SIGPIPE);
      // Of notes and logs that a full disk does not take nobody can be told, and the rest goes on.
      if (stream === process.stderr) return;
      printNote(`error: what this found cannot be written: ${error.message}`);
      process.exit(EXIT.environment);
    });
  }
}

/** 128 + 13, as shells report a program that a signal ended. */
const EXIT_CODE_SIGPIPE = 141;
