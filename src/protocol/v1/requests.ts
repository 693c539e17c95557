/** What a v1 client sends to the server: one line of text a datagram. */

import { WireError } from "../wire-error.ts";
import type { Request } from "./packets.ts";
import { decodeText, encodeText } from "./text.ts";

export function encodeRequest(request: Request): Uint8Array {
  switch (request.kind) {
    case "register":
      return encodeText(request.offersV2 === true ? `reg ${request.nick} ${OFFER}` : `reg ${request.nick}`);
    case "deregister":
      return encodeText(`dereg ${request.nick}`);
    case "save":
      return encodeText(`send ${request.to} ${request.text}`);
    case "table":
      // No v1 server understands it. The original answers such a line with the table, to everybody; ours to the sender.
      return encodeText("table");
    case "ack":
      return encodeText("ack");
  }
}

/** A third word, which the original and those like it do not look at. */
const OFFER = "udpchat/2";

/**
 * True when a line `reg …` offers v2. It has no checksum, and damaged it would be a registration in v1: so one byte of the offer
 * may be wrong, or the blank before it, for no nickname has a slash.
 */
function offersV2(line: string, words: readonly string[]): boolean {
  const [, nick = "", third] = words;
  if (third === undefined) return nick.endsWith(OFFER);
  const isNear = (text: string) => [...OFFER].filter((letter, i) => letter !== text[i]).length <= 1;
  return isNear(line.trim().slice(-OFFER.length)) || isNear(line.slice(-OFFER.length));
}

/** The text of a `send` begins after the one blank that follows the nickname, and is kept to the letter. */
export function decodeRequest(bytes: Uint8Array): Request | WireError {
  const line = decodeText(bytes);
  if (line instanceof WireError) return line;
  const word = line.trim();
  if (word === "ack" || word === "table") return { kind: word };

  const words = word.split(/\s+/, 3);
  const [verb = "", nick] = words;
  if (verb !== "reg" && verb !== "dereg" && verb !== "send") {
    return new WireError("UNKNOWN_TYPE", "the line does not begin with reg, dereg or send");
  }
  if (nick === undefined) return new WireError("MISSING_FIELD", `${verb} needs a nickname`);
  if (verb === "reg")
    return offersV2(line, words) ? { kind: "register", nick, offersV2: true } : { kind: "register", nick };
  if (verb === "dereg") return { kind: "deregister", nick };
  const nickEnd = line.indexOf(nick, line.indexOf(verb) + verb.length) + nick.length;
  return { kind: "save", to: nick, text: line.slice(nickEnd + 1) };
}
