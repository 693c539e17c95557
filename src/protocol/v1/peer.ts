/**
 * What v1 clients send to each other. The blank before a message is left over from the original's
 * command line; here it is what tells the message `ack` from an acknowledgement.
 */

import { WireError } from "../wire-error.ts";
import { disguise, reveal } from "./disguise.ts";
import type { PeerPacket } from "./packets.ts";
import { decodeText, encodeText } from "./text.ts";

export function encodePeerPacket(packet: PeerPacket): Uint8Array {
  return encodeText(packet.kind === "ack" ? "ack" : ` ${disguise(packet.text)}`);
}

/** Other implementations may send no blank: then the whole datagram is the text. */
export function decodePeerPacket(bytes: Uint8Array): PeerPacket | WireError {
  const text = decodeText(bytes);
  if (text instanceof WireError) return text;
  if (text === "ack") return { kind: "ack" };
  return { kind: "message", text: reveal(text.startsWith(" ") ? text.slice(1) : text) };
}
