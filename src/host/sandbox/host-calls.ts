/** The only things of the runner's that the inside of the sandbox has. Strings and numbers cross, nothing else. */
import type { FromBot } from "../pipe/messages.ts";

interface RunnerGlobals {
  /** Takes a message as JSON; with `flush` 1 it leaves the process before the call returns. */
  __send?(json: string, flush: number): void;
  /** `file:line:column` in the author's files for a place in the bundle, or an empty string when it is none of his. */
  __locate?(line: number, column: number): string;
  /** The bot's nickname, seed and first date, as JSON. */
  __start?: string;
}

const globals = globalThis as RunnerGlobals;
const { __send, __locate, __start } = globals;
if (!__send || !__locate || __start === undefined) throw new Error("this runs in a bot's sandbox only");
delete globals.__send;
delete globals.__locate;
delete globals.__start;

export const start = JSON.parse(__start) as {
  readonly nick: string;
  readonly seed: string;
  readonly dateMs: number;
};

export const locate: (line: number, column: number) => string = __locate;

export function tell(message: FromBot): void {
  __send?.(JSON.stringify(message), message.type === "handling" ? 1 : 0);
}
