/** What a v1 client sends to the server: one line of text a datagram. */
import type { Request } from "../packets.ts";
import { WireError } from "../wire-error.ts";
import { decodeText, encodeText } from "./text.ts";

/**
 * A line that no v1 server understands. The original answers such a line with the whole table (to
 * everybody), ours with the table to the sender, so it asks for what was lost of a table.
 */
export const TABLE_REQUEST: Uint8Array = encodeText("table");

export function encodeRequest(request: Request): Uint8Array {
  switch (request.kind) {
    case "register":
      return encodeText(`reg ${request.nick}`);
    case "deregister":
      return encodeText(`dereg ${request.nick}`);
    case "save":
      return encodeText(`send ${request.to} ${request.text}`);
    case "ack":
      return encodeText("ack");
  }
}

/** The text of a `send` begins after the one blank that follows the nickname, and is kept to the letter. */
export function decodeRequest(bytes: Uint8Array): Request | WireError {
  const line = decodeText(bytes);
  if (line instanceof WireError) return line;
  if (line.trim() === "ack") return { kind: "ack" };

  const [verb = "", nick] = line.trim().split(/\s+/, 2);
  if (verb !== "reg" && verb !== "dereg" && verb !== "send") {
    return new WireError("UNKNOWN_TYPE", "the line does not begin with reg, dereg or send");
  }
  if (nick === undefined) return new WireError("MISSING_FIELD", `${verb} needs a nickname`);
  if (verb === "reg") return { kind: "register", nick };
  if (verb === "dereg") return { kind: "deregister", nick };
  const nickEnd = line.indexOf(nick, line.indexOf(verb) + verb.length) + nick.length;
  return { kind: "save", to: nick, text: line.slice(nickEnd + 1) };
}
