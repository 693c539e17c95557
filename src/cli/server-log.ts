import pino from "pino";
import { formatAddress } from "../protocol/address.ts";
import type { ServerEvent } from "../server/api.ts";
import { logDestination } from "./log-destination.ts";
import type { LogLevel } from "./log-level.ts";
import { colorsOf } from "./terminal-output.ts";

/** Between two lines about the same error. */
const FAULT_GAP_MS = 1_000;

/** Strangers decide how many of these there are, so a second gets no more lines of them than this. */
const STRANGER_LINES_PER_SECOND_MAX = 20;

/** The server's events as structured log lines on stderr: pretty on a terminal, JSON otherwise. */
export class ServerLog {
  readonly #logger: pino.Logger;
  #second = 0;
  #strangerLines = 0;
  readonly #faults = new Map<unknown, { readonly writtenMs: number; leftOut: number }>();

  private constructor(logger: pino.Logger) {
    this.#logger = logger;
  }

  static async open(level: LogLevel): Promise<ServerLog> {
    const options: pino.LoggerOptions = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
    if (!process.stderr.isTTY) return new ServerLog(pino(options, logDestination()));
    const { default: pretty } = await import("pino-pretty");
    const colorize = colorsOf(process.stderr);
    const stream = pretty({
      colorize,
      translateTime: "SYS:HH:MM:ss.l",
      destination: logDestination(),
    });
    return new ServerLog(pino(options, stream));
  }

  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.#logger.info(fields, message);
  }

  write(event: ServerEvent): void {
    switch (event.kind) {
      case "registered": {
        const { nick, outcome } = event;
        this.#logger.info({ nick, address: formatAddress(event.address), outcome }, "registered");
        return;
      }
      case "deregistered":
        this.#logger.info({ nick: event.nick, address: formatAddress(event.address) }, "deregistered");
        return;
      case "vanished":
        this.#logger.info(
          { nick: event.nick, address: formatAddress(event.address) },
          "does not answer any more",
        );
        return;
      case "saved":
        this.#logger.info({ from: event.from, to: event.to }, "message saved");
        return;
      case "mail-delivered":
        this.#logger.info({ to: event.to, count: event.count }, "saved messages delivered");
        return;
      case "refused": {
        const { request, reason, address } = event;
        if (this.#mayWrite())
          this.#logger.info({ request, reason, address: formatAddress(address) }, "refused");
        return;
      }
      case "dropped": {
        const { reason, address } = event;
        if (this.#mayWrite()) this.#logger.debug({ reason, address: formatAddress(address) }, "dropped");
        return;
      }
      case "fault":
        this.#writeFault(event.error);
    }
  }

  /** A disk that is full fails each request: the same error again within a second is counted, not written. */
  #writeFault(error: Error): void {
    const code = "code" in error ? error.code : error.name;
    const nowMs = performance.now();
    const last = this.#faults.get(code);
    if (last !== undefined && nowMs - last.writtenMs < FAULT_GAP_MS) {
      last.leftOut += 1;
      return;
    }
    this.#faults.set(code, { writtenMs: nowMs, leftOut: 0 });
    const again = last === undefined || last.leftOut === 0 ? {} : { leftOut: last.leftOut };
    this.#logger.error({ code, ...again }, error.message);
    this.#logger.debug({ err: error }, "stack of the error above");
  }

  #mayWrite(): boolean {
    const second = Math.floor(performance.now() / 1_000);
    if (second !== this.#second) {
      const leftOut = this.#strangerLines - STRANGER_LINES_PER_SECOND_MAX;
      if (leftOut > 0) this.#logger.warn({ leftOut }, "lines about dropped or refused datagrams left out");
      this.#second = second;
      this.#strangerLines = 0;
    }
    this.#strangerLines += 1;
    return this.#strangerLines <= STRANGER_LINES_PER_SECOND_MAX;
  }
}
