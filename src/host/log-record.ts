import type { LogLevel } from "../bot/log.ts";
import type { BotEvent } from "./bot-event.ts";
import { formatPlace } from "./source-place.ts";

/** One line of a host's log, for programs: the same fields on the control socket, in files and in `logs --json`. */
export interface LogRecord {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly level: LogLevel;
  /** `undefined` where it concerns the host as a whole. */
  readonly bot: string | undefined;
  /** What happened, as a stable word: the kind of the event, or `host`. */
  readonly kind: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A bot's event as a record; `undefined` for those that are not worth a line. */
export function recordOf(event: BotEvent, bot: string, atMs: number): LogRecord | undefined {
  const line = lineOf(event);
  return line && { atMs, bot, kind: event.kind, ...line };
}

type Line = Pick<LogRecord, "level" | "message" | "fields">;

function lineOf(event: BotEvent): Line | undefined {
  switch (event.kind) {
    case "log": {
      const { level, message, fields } = event;
      return { level, message, fields };
    }
    case "handler-failed": {
      const { handler, id, error } = event;
      const { name, message, stack, place, codeFrame } = error;
      const where = place === undefined ? undefined : formatPlace(place);
      return {
        level: "error",
        message: `${handler} failed: ${name}: ${message}`,
        fields: { handler, id, error: name, place: where, codeFrame, stack },
      };
    }
    case "sending":
      return undefined;
    case "sent": {
      const { to, receipt } = event;
      if (receipt.kind !== "failed")
        return {
          level: "debug",
          message: `sent to ${to}: ${receipt.kind}`,
          fields: { to, receipt: receipt.kind },
        };
      const { reason, detail } = receipt;
      return {
        level: "warn",
        message: `a message to ${to} was not delivered: ${detail}`,
        fields: { to, reason },
      };
    }
    case "hung": {
      const { handler, silentMs } = event;
      return {
        level: "error",
        message: `killed: ${handler} did not give way for ${Math.round(silentMs)} ms`,
        fields: { handler, silentMs },
      };
    }
    case "crashed": {
      const { reason, unfinished } = event;
      return { level: "error", message: `crashed: ${reason}`, fields: { reason, unfinished } };
    }
    case "restarting": {
      const { attempt, delayMs } = event;
      return {
        level: "info",
        message: `starts again in ${Math.round(delayMs)} ms`,
        fields: { attempt, delayMs },
      };
    }
    case "restarted":
      return { level: "info", message: "runs again", fields: { attempt: event.attempt } };
    case "failed":
      return {
        level: "error",
        message: `failed for good: ${event.reason}`,
        fields: { reason: event.reason },
      };
    case "warning":
      return { level: "warn", message: event.text, fields: {} };
    default:
      return extraLineOf(event);
  }
}

function extraLineOf(
  event: Extract<
    BotEvent,
    { kind: "dead-letter" | "flooded" | "online" | "standby" | "reloaded" | "log-cut" }
  >,
): Line {
  switch (event.kind) {
    case "dead-letter": {
      const { id, from, reason } = event;
      const message = `gave up ${id} from ${from}: ${reason}; see dead-letters`;
      return { level: "error", message, fields: { id, from, reason } };
    }
    case "flooded":
      return {
        level: "warn",
        message: `${event.from} asks more than he may; ${event.leftOut} messages left out`,
        fields: { from: event.from, leftOut: event.leftOut },
      };
    case "online":
      return {
        level: "info",
        message: `online as ${event.nick}`,
        fields: { nick: event.nick, startMs: event.startMs },
      };
    case "standby":
      return { level: "info", message: `waits: ${event.reason}`, fields: { reason: event.reason } };
    case "reloaded":
      return { level: "info", message: "the new version runs", fields: { tookMs: event.tookMs } };
    case "log-cut":
      return {
        level: "warn",
        message: `${event.leftOut} log lines left out: it may write ${event.perSecond} a second`,
        fields: { leftOut: event.leftOut },
      };
  }
}

/** What became of the journal: it can be written no longer, or (`undefined`) again. */
export function journalNews(trouble: Error | undefined): string {
  return trouble === undefined
    ? "the journal can be written again"
    : `the journal cannot be written, so messages are not acknowledged: ${trouble.message}`;
}
