/**
 * The only things of the runner's that the inside of the sandbox has. Strings and numbers cross, nothing else; and where it is often,
 * as what a call returns: with one argument vm2 takes a microsecond longer than with none.
 */
import type { BotStart } from "../../bot/ports.ts";
import type { FromBot, Handed } from "../pipe/messages.ts";
import { enteredText } from "../pipe/whereabouts.ts";

interface RunnerGlobals {
  /** Takes messages, a line of JSON each. */
  __send?(lines: string): void;
  /** The frame that is handed in, as JSON. */
  __take?(): string;
  /** Has the runner ask what was {@link entered}. It is known from then on, even if nothing more leaves the process. */
  __enter?(): void;
  /** `file:line:column` in the author's files for a place in the bundle, or an empty string when it is none of his. */
  __locate?(line: number, column: number): string;
  /** The next date of a cron pattern, nothing when there is none, or in words why the pattern is none. */
  __nextCron?(pattern: string, timeZone: string, afterMs: number): number | string | undefined;
  /** The bot's nickname, seed and first date, and what it starts with, as JSON. */
  __start?: string;
}

/** As they are before the author's script runs, which may replace them. */
const { parse, stringify } = JSON;

const globals = globalThis as RunnerGlobals;
const { __send, __take, __enter, __locate, __nextCron, __start } = globals;
if (!__send || !__take || !__enter || !__locate || !__nextCron || __start === undefined)
  throw new Error("this runs in a bot's sandbox only");
delete globals.__send;
delete globals.__take;
delete globals.__enter;
delete globals.__locate;
delete globals.__nextCron;
delete globals.__start;

export const start = parse(__start) as {
  readonly nick: string;
  readonly seed: string;
  readonly dateMs: number;
  readonly start: BotStart;
};

export const locate: (line: number, column: number) => string = __locate;

/** The handler that runs, as `enteredText` puts it; empty for other code of the author's, `undefined` before any of his runs. */
let handler: string | undefined;

export function entered(): string {
  return handler ?? "";
}

function enter(text: string): void {
  handler = text;
  __enter?.();
}

/** Code of the author's is about to run that is no handler. */
export function enterUnnamed(): void {
  if (handler === undefined) enter("");
}

/** What was told since `collect` began; `undefined` outside of it. */
let told: string | undefined;

/** How much is collected: what is told without end has to get to those who stop that. */
const TOLD_CHARS_MAX = 65_536;

export function tell(message: FromBot): void {
  if (message.type === "handling") enter(enteredText(message.event, message.handler));
  const json = stringify(message);
  if (told === undefined) {
    __send?.(json);
    return;
  }
  told = told === "" ? json : `${told}\n${json}`;
  if (told.length < TOLD_CHARS_MAX) return;
  __send?.(told);
  told = "";
}

/** Calls, and returns what is told meanwhile, a line each: to cross the sandbox's wall takes longer than most handlers. */
export function collect(call: () => void): string {
  told = "";
  handler = undefined;
  try {
    call();
    return told;
  } finally {
    told = undefined;
  }
}

/** What the host hands in. */
export function takeHanded(): Handed {
  return parse(__take?.() ?? "") as Handed;
}

/** @throws {TypeError} when the pattern or the time zone is none. */
export function nextCron(pattern: string, timeZone: string, afterMs: number): number | undefined {
  const next = __nextCron?.(String(pattern), String(timeZone), afterMs);
  if (typeof next === "string") throw new TypeError(next);
  return next;
}
