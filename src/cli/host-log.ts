import { styleText } from "node:util";
import pino from "pino";
import { printable } from "../client/interactive/printable.ts";
import type { LogRecord } from "../host/log-record.ts";
import { fieldsText } from "./bot-log.ts";
import { logDestination } from "./log-destination.ts";
import type { LogLevel } from "./log-level.ts";
import { colorsOf, printNote } from "./terminal-output.ts";

/** A host's log on stderr: lines for people on a terminal, JSON otherwise. */
export class HostLog {
  readonly #logger: pino.Logger;
  readonly #isForPeople: boolean;
  readonly #color: boolean;

  constructor(level: LogLevel) {
    this.#isForPeople = process.stderr.isTTY === true;
    this.#color = colorsOf(process.stderr);
    const options: pino.LoggerOptions = { level, base: null, timestamp: false };
    this.#logger = pino(options, logDestination());
  }

  write(record: LogRecord): void {
    if (!this.#logger.isLevelEnabled(record.level)) return;
    if (this.#isForPeople) {
      for (const line of recordLines(record, this.#color)) printNote(line);
      return;
    }
    const { atMs, level, bot, kind, message, fields } = record;
    this.#logger[level]({ time: new Date(atMs).toISOString(), bot, kind, ...fields }, message);
  }
}

/** A record for people: one line, and the author's line at fault where there is one. */
export function recordLines(
  { atMs, level, bot, message, fields, kind }: LogRecord,
  color: boolean,
): readonly string[] {
  const stamp = new Date(atMs).toISOString().slice(11, 23);
  const own = kind === "log" ? fieldsText(fields) : "";
  const { place, codeFrame } = fields as { readonly place?: unknown; readonly codeFrame?: unknown };
  const where = typeof place === "string" ? `  ${place}` : "";
  const style = LEVEL_STYLES[level];
  const plain = level.padEnd(5);
  const shown = color && style !== undefined ? styleText(style, plain, { validateStream: false }) : plain;
  const head = `${stamp} ${shown} ${printable(`${bot ?? "host"}: ${message}${own}${where}`)}`;
  const frame =
    typeof codeFrame === "string" ? codeFrame.split("\n").map((line) => printable(`    ${line}`)) : [];
  return [head, ...frame];
}

const LEVEL_STYLES: Readonly<Partial<Record<LogRecord["level"], Parameters<typeof styleText>[0]>>> = {
  debug: "dim",
  warn: "yellow",
  error: "red",
};
