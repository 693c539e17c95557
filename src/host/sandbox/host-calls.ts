/** The only things of the runner's that the inside of the sandbox has. Strings and numbers cross, nothing else. */
import type { BotStart } from "../../bot/ports.ts";
import type { FromBot } from "../pipe/messages.ts";

interface RunnerGlobals {
  /** Takes a message as JSON. */
  __send?(json: string): void;
  /** Says that a handler is about to run; it is known from then on, even if nothing more leaves the process. */
  __enter?(event: string, handler: string): void;
  /** `file:line:column` in the author's files for a place in the bundle, or an empty string when it is none of his. */
  __locate?(line: number, column: number): string;
  /** The next date of a cron pattern, nothing when there is none, or in words why the pattern is none. */
  __nextCron?(pattern: string, timeZone: string, afterMs: number): number | string | undefined;
  /** The bot's nickname, seed and first date, and what it starts with, as JSON. */
  __start?: string;
}

const globals = globalThis as RunnerGlobals;
const { __send, __enter, __locate, __nextCron, __start } = globals;
if (!__send || !__enter || !__locate || !__nextCron || __start === undefined)
  throw new Error("this runs in a bot's sandbox only");
delete globals.__send;
delete globals.__enter;
delete globals.__locate;
delete globals.__nextCron;
delete globals.__start;

export const start = JSON.parse(__start) as {
  readonly nick: string;
  readonly seed: string;
  readonly dateMs: number;
  readonly start: BotStart;
};

export const locate: (line: number, column: number) => string = __locate;

export function tell(message: FromBot): void {
  if (message.type === "handling") __enter?.(message.event, message.handler);
  __send?.(JSON.stringify(message));
}

/** @throws {TypeError} when the pattern or the time zone is none. */
export function nextCron(pattern: string, timeZone: string, afterMs: number): number | undefined {
  const next = __nextCron?.(String(pattern), String(timeZone), afterMs);
  if (typeof next === "string") throw new TypeError(next);
  return next;
}
