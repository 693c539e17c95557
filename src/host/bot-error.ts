import { formatPlace, type SourcePlace } from "./source-place.ts";

export type BotErrorCode =
  /** There is no such script. */
  | "SCRIPT_NOT_FOUND"
  /** The script cannot be bundled: a syntax error, a missing import, a module of Node.js. */
  | "BUILD_FAILED"
  | "BUNDLE_TOO_LARGE"
  /** The script threw, or exports no bot. */
  | "SCRIPT_FAILED"
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
