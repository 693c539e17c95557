/** What a datagram is for, told from its bytes alone: for traces, faults and statistics. No state machine asks. */
import { decodePeerPacket, decodeRequest } from "./v1/index.ts";
import { decodeDatagram, isV2, type Packet } from "./v2/index.ts";
import { WireError } from "./wire-error.ts";

/**
 * - `register`, `registered`, `refused`: a registration and what comes of it; any other no is `refused` too
 * - `deregister`, `deregistered`
 * - `message`, `ack`: from client to client; `ack` also what a client says to the server's `ping`, `mail-notice` or `mail`
 * - `save`, `saved`, `online`: a text for somebody who does not answer, and what comes of it
 * - `mail-notice`, `mail`: that there are saved messages, and each of them
 * - `table`: the table of clients, asked for, sent or acknowledged, whole or in part; in v1 also the count of saved messages
 * - `ping`: is the client still there?
 * - `other`: anything else
 */
export const PACKET_KINDS = [
  "register",
  "registered",
  "refused",
  "deregister",
  "deregistered",
  "message",
  "ack",
  "save",
  "saved",
  "online",
  "mail-notice",
  "mail",
  "table",
  "ping",
  "other",
] as const;

export type PacketKind = (typeof PACKET_KINDS)[number];

/** Where a datagram goes: v1 has the same words for different things. */
export type Direction = "to-server" | "from-server" | "peer";

/** Of a v2 datagram with several records the first that is something by itself. */
export function packetKind(bytes: Uint8Array, direction: Direction): PacketKind {
  if (isV2(bytes)) return nativeKind(bytes);
  if (direction === "from-server") return replyKind(new TextDecoder().decode(bytes));
  const packet = direction === "peer" ? decodePeerPacket(bytes) : decodeRequest(bytes);
  return packet instanceof WireError ? "other" : packet.kind;
}

function nativeKind(bytes: Uint8Array): PacketKind {
  for (const packet of decodeDatagram(bytes)) {
    if (!(packet instanceof WireError) && packet.kind !== "for") return NATIVE_KINDS[packet.kind];
  }
  return "other";
}

const NATIVE_KINDS: Readonly<Record<Exclude<Packet["kind"], "for">, PacketKind>> = {
  register: "register",
  challenge: "register",
  registered: "registered",
  refused: "refused",
  error: "refused",
  deregister: "deregister",
  bye: "deregistered",
  message: "message",
  ack: "ack",
  "mail-ack": "ack",
  pong: "ack",
  save: "save",
  saved: "saved",
  online: "online",
  mail: "mail",
  ping: "ping",
  table: "table",
  delta: "table",
  "delta-ack": "table",
  sync: "table",
  lookup: "table",
  row: "table",
};

/** Fields of a table and the count of saved messages are words and numbers of their own datagrams. */
function replyKind(text: string): PacketKind {
  const line = text.replaceAll(">>>", "").trim();
  if (line === "ping") return "ping";
  for (const [pattern, kind] of REPLIES) if (pattern.test(line)) return kind;
  if (/^\S{1,64}: \w{3} \w{3} [ \d]\d /.test(text)) return "mail";
  if (line.startsWith("[") && line.endsWith("]")) return "refused";
  return /^\S{1,64}$/.test(line) ? "table" : "other";
}

const REPLIES: readonly (readonly [RegExp, PacketKind])[] = [
  [/^\[Welcome(?:, You are registered\.| back)\]$/, "registered"],
  [/^\[You are Offline\. Bye\.\]$/, "deregistered"],
  [/^\[Messages received by the server and saved\.\]$/, "saved"],
  [/^\[Client \S+ exists(?:\.|!!)\]$/, "online"],
  [/^\[You have messages\.\]$/, "mail-notice"],
];
