import type { BotFault } from "./bot-event.ts";
import { formatPlace, type SourcePlace } from "./source-place.ts";

export type BotErrorCode =
  /** There is no such script. */
  | "SCRIPT_NOT_FOUND"
  /** The script cannot be bundled: a syntax error, a missing import, a module of Node.js. */
  | "BUILD_FAILED"
  | "BUNDLE_TOO_LARGE"
  /** The script threw, or exports no bot. */
  | "SCRIPT_FAILED"
  /** What its owner sets is not what its schema takes. */
  | "SETTINGS_REFUSED"
  /** It needs what its owner has not granted. */
  | "NOT_GRANTED"
  /** It did not become ready in time. */
  | "START_TIMED_OUT"
  /** Its process could not be started, or ended before the bot was ready. */
  | "PROCESS_FAILED";

/** Why a bot did not start. Where its code is at fault, `place` and `codeFrame` show the author's line. */
export class BotError extends Error {
  override readonly name = "BotError";
  readonly code: BotErrorCode;
  readonly place: SourcePlace | undefined;
  readonly codeFrame: string | undefined;

  constructor(
    code: BotErrorCode,
    message: string,
    options: ErrorOptions & {
      readonly place?: SourcePlace | undefined;
      readonly codeFrame?: string | undefined;
    } = {},
  ) {
    super(options.place ? `${formatPlace(options.place)}: ${message}` : message, options);
    this.code = code;
    this.place = options.place;
    this.codeFrame = options.codeFrame;
  }
}

/** What the set-up of a script threw. */
export function startErrorOf(fault: BotFault): BotError {
  const owners = OWNERS.get(fault.name);
  if (owners !== undefined) return new BotError(owners, fault.message);
  const text = fault.name === "Error" ? fault.message : `${fault.name}: ${fault.message}`;
  return new BotError("SCRIPT_FAILED", text, fault);
}

/** By the name of what is thrown, what its owner has to mend and no line of the script shows. */
const OWNERS: ReadonlyMap<string, BotErrorCode> = new Map([
  ["SettingsError", "SETTINGS_REFUSED"],
  ["GrantError", "NOT_GRANTED"],
]);
