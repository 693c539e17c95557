import { printable } from "../client/interactive/printable.ts";
import type { BotEvent, BotFault } from "../host/bot-event.ts";
import { recordOf } from "../host/log-record.ts";
import { formatPlace } from "../host/source-place.ts";

/** A bot's events as lines for people. */
export class BotLog {
  readonly #nick: string;
  readonly #print: (line: string) => void;

  constructor(nick: string, print: (line: string) => void) {
    this.#nick = nick;
    this.#print = print;
  }

  /** @param dateMs milliseconds since 1970. */
  write(event: BotEvent, dateMs: number): void {
    const stamp = new Date(dateMs).toISOString();
    for (const line of linesOf(event)) this.#print(`${stamp} ${this.#nick} ${printable(line)}`);
  }
}

function linesOf(event: BotEvent): readonly string[] {
  switch (event.kind) {
    case "log":
      return [`${event.level}: ${event.message}${fieldsText(event.fields)}`];
    case "handler-failed": {
      const id = event.id === undefined ? "" : ` (the sender was told ${event.id})`;
      return [`error in ${event.handler}${id}`, ...faultLines(event.error)];
    }
    case "sending":
    case "online":
      return [];
    case "sent": {
      const { to, receipt } = event;
      if (receipt.kind !== "failed") return [];
      return [`a message to ${to} was not delivered: ${receipt.detail} (${receipt.reason})`];
    }
    case "hung":
      return [`killed: ${event.handler} did not give way for ${Math.round(event.silentMs)} ms`];
    case "crashed": {
      const lost = event.unfinished.length > 0 ? `; unfinished: ${event.unfinished.join(", ")}` : "";
      return [`crashed: ${event.reason}${lost}`];
    }
    case "restarting":
      return [`starting again in ${Math.round(event.delayMs)} ms (attempt ${event.attempt})`];
    case "restarted":
      return [`runs again (attempt ${event.attempt})`];
    case "failed":
      return [`failed for good: ${event.reason}`];
    case "warning":
      return [`warning: ${event.text}`];
    default:
      return [recordOf(event, "", 0)?.message ?? event.kind];
  }
}

/** What a line of a bot's log has beside its message, after a blank. */
export function fieldsText(fields: Readonly<Record<string, unknown>>): string {
  return Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
}

/** What was thrown, where, and the author's line. */
export function faultLines({ name, message, place, codeFrame }: BotFault): readonly string[] {
  const where = place === undefined ? "" : `${formatPlace(place)}: `;
  return [`  ${where}${name}: ${message}`, ...(codeFrame?.split("\n").map((line) => `  ${line}`) ?? [])];
}
