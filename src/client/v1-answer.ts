import { ReplyDecoder } from "../protocol/v1/index.ts";
import { WireError } from "../protocol/wire-error.ts";

/** True when a server answers a registration in v1. Not all that is no v2 does: the first byte of a datagram can be damaged. */
export function isAnswerInV1(bytes: Uint8Array): boolean {
  const reply = new ReplyDecoder().decode(bytes);
  if (reply === undefined || reply instanceof WireError) return false;
  return reply.kind === "registered" || reply.kind === "nick-in-use" || reply.kind === "refused";
}
