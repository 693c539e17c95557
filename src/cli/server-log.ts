import { printable } from "../client/interactive/printable.ts";
import { formatAddress } from "../protocol/address.ts";
import type { ServerEvent } from "../server/api.ts";

/** Strangers decide how many of these there are, so a second gets no more lines of them than this. */
const STRANGER_LINES_PER_SECOND_MAX = 20;

/** The server's events as lines for people. */
export class ServerLog {
  readonly #print: (line: string) => void;
  #second = 0;
  #strangerLines = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** @param dateMs milliseconds since 1970. */
  write(event: ServerEvent, dateMs: number): void {
    const stamp = new Date(dateMs).toISOString();
    const isStrangers = event.kind === "dropped" || event.kind === "refused";
    if (isStrangers && !this.#mayWrite(dateMs, stamp)) return;
    this.#print(`${stamp} ${printable(textOf(event))}`);
  }

  #mayWrite(dateMs: number, stamp: string): boolean {
    const second = Math.floor(dateMs / 1_000);
    if (second !== this.#second) {
      const leftOut = this.#strangerLines - STRANGER_LINES_PER_SECOND_MAX;
      if (leftOut > 0)
        this.#print(`${stamp} ${leftOut} more lines about dropped or refused datagrams left out`);
      this.#second = second;
      this.#strangerLines = 0;
    }
    this.#strangerLines += 1;
    return this.#strangerLines <= STRANGER_LINES_PER_SECOND_MAX;
  }
}

function textOf(event: ServerEvent): string {
  switch (event.kind) {
    case "registered":
      return `${event.nick} registered from ${formatAddress(event.address)} (${event.outcome})`;
    case "deregistered":
      return `${event.nick} deregistered`;
    case "vanished":
      return `${event.nick} at ${formatAddress(event.address)} does not answer any more and counts as offline`;
    case "saved":
      return `a message from ${event.from} is saved for ${event.to}`;
    case "mail-delivered":
      return `${event.to} received ${event.count} saved ${event.count === 1 ? "message" : "messages"}`;
    case "refused":
      return `refused ${event.request} from ${formatAddress(event.address)}: ${event.reason}`;
    case "dropped":
      return `dropped a datagram from ${formatAddress(event.address)}: ${event.reason}`;
    case "fault":
      return `fault: ${event.error.message}`;
  }
}
