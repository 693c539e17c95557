/** Why a datagram was refused. The codes are stable: safe to log, count and match on. */
export type WireErrorCode =
  | "EMPTY"
  | "TOO_LONG"
  | "BAD_CHECKSUM"
  | "NOT_UTF8"
  | "UNKNOWN_TYPE"
  | "MISSING_FIELD"
  | "OUT_OF_PLACE"
  | "TRUNCATED"
  | "NOT_JSON"
  | "BAD_FIELD";

/** The peer sent bytes that are not a packet. Returned, never thrown: hostile input is ordinary input. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
