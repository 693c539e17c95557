import { AssertionError } from "node:assert";
import type { Receipt } from "../client/api.ts";
import type { BotEvent } from "../host/bot-event.ts";
import { formatPlace } from "../host/source-place.ts";

/** A line of the bot's log. */
export interface LoggedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What the bot's code threw. */
export interface TestFault {
  /** The route, timer or promise. */
  readonly handler: string;
  readonly name: string;
  readonly message: string;
  /** `file:line:column` in the bot's source. */
  readonly place: string | undefined;
}

/** A failure shows so much of the end of the conversation. */
const LINES_MAX = 40;

/** All that was said and done, in its order, for people who want to know why a test failed. */
export class Conversation {
  readonly log: LoggedLine[] = [];
  readonly faults: TestFault[] = [];
  readonly #lines: string[] = [];
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(text: string): void {
    const [first = "", ...more] = text.split("\n");
    const stamp = `${(this.#nowMs() / 1_000).toFixed(3)}s`.padStart(10);
    this.#lines.push(`${stamp}  ${first}`, ...more.map((line) => `${" ".repeat(12)}${line}`));
  }

  said(from: string, to: string, text: string): void {
    this.add(`${from} → ${to}: ${text}`);
  }

  receipt(to: string, receipt: Receipt): void {
    if (receipt.kind === "failed") this.add(`  did not reach ${to}: ${receipt.detail} (${receipt.reason})`);
  }

  note(event: BotEvent): void {
    switch (event.kind) {
      case "log": {
        const { level, message, fields } = event;
        this.log.push({ level, message, fields });
        this.add(
          `log ${level}: ${message}${Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ""}`,
        );
        return;
      }
      case "handler-failed": {
        const { name, message, place, codeFrame } = event.error;
        const where = place && formatPlace(place);
        this.faults.push({ handler: event.handler, name, message, place: where });
        const frame = codeFrame === undefined ? "" : `\n${codeFrame}`;
        this.add(
          `error in ${event.handler}\n${where === undefined ? "" : `${where}: `}${name}: ${message}${frame}`,
        );
        return;
      }
      case "hung":
        this.add(`the bot hung in ${event.handler}; its process was killed`);
        return;
      case "crashed":
        this.add(`the bot crashed: ${event.reason}`);
        return;
      case "restarted":
        this.add("the bot runs again");
        return;
      case "failed":
        this.add(`the bot failed for good: ${event.reason}`);
        return;
      default:
    }
  }

  /** @param at The function whose caller is at fault. */
  failure(message: string, at: (...args: never[]) => unknown): AssertionError {
    const omitted = this.#lines.length - LINES_MAX;
    const shown = [
      ...(omitted > 0 ? [`${" ".repeat(12)}… ${omitted} lines before`] : []),
      ...this.#lines.slice(-LINES_MAX),
    ];
    const text = shown.length === 0 ? "(nothing was said yet)" : shown.join("\n");
    return new AssertionError({
      message: `${message}\n\nThe conversation so far:\n${text}\n`,
      stackStartFn: at,
    });
  }
}
