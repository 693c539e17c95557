/**
 * What the parties of udpchat/2 say to each other: one packet is one record of a datagram. State machines handle these
 * and never look at bytes; `encode.ts` and `decode.ts` turn them into records and back. What each means, when it is sent
 * and what answers it is in SPECIFICATION.md.
 */
import type { Address } from "../address.ts";

/** Tells a message from every other of its sender to the same recipient. */
export interface PacketId {
  /** Which start of the sender's client the message is of: a random number below 2^48. */
  readonly epoch: number;
  /** Counts the messages of that start to one recipient, from 1. */
  readonly seq: number;
}

/** From a client to the server. All but `register` name the session that registering gave. */
export type ClientPacket =
  | {
      readonly kind: "register";
      readonly nick: string;
      /** As it came in the challenge. */
      readonly cookie: string;
      /** Ed25519 (RFC 8032), 32 bytes as base64url. */
      readonly publicKey: string;
      /** Over {@link registrationText}, 64 bytes as base64url. */
      readonly signature: string;
      readonly epoch: number;
    }
  | { readonly kind: "deregister"; readonly session: string }
  /** Keep this text for somebody who does not answer. */
  | {
      readonly kind: "save";
      readonly session: string;
      readonly id: PacketId;
      readonly to: string;
      readonly auto: boolean;
      /** Milliseconds since 1970-01-01 UTC by the sender's clock. */
      readonly sentAtMs: number;
      readonly text: string;
      /** The recipient is online and does not answer the sender: keep it all the same and hand it over. */
      readonly insist: boolean;
    }
  | { readonly kind: "mail-ack"; readonly session: string; readonly mailId: number }
  | { readonly kind: "pong"; readonly session: string; readonly haveVersion: number }
  | { readonly kind: "delta-ack"; readonly session: string; readonly version: number }
  /** Send what is missing: changes since that version, or the whole table from that cursor on. */
  | {
      readonly kind: "sync";
      readonly session: string;
      readonly haveVersion: number;
      readonly cursor: number;
    }
  | { readonly kind: "lookup"; readonly session: string; readonly nick: string };

/**
 * From the server to a client. All but `challenge` come after the stamp of what the two share, the session or, in reply to a
 * registration, its cookie: without it anybody who can forge the server's address could speak in its name.
 */
export type ServerPacket =
  | { readonly kind: "challenge"; readonly cookie: string }
  | {
      readonly kind: "registered";
      /** 128 random bits as base64url: whoever knows them is this client. */
      readonly session: string;
      readonly outcome: "new" | "back";
      /** Messages that were kept and now follow. */
      readonly mailCount: number;
      readonly tableVersion: number;
      /** After so much silence, in milliseconds, the server pings. */
      readonly heartbeatMs: number;
    }
  | {
      readonly kind: "refused";
      readonly code: RefusalCode;
      /** In words for people; of `unknown-nick` the nickname. */
      readonly detail: string;
      /** The message that was not kept; `undefined` when it is not about one. */
      readonly about: { readonly to: string; readonly id: PacketId } | undefined;
    }
  /** `tableVersion` is the first in which the recipient is shown as he is now: away, where the table showed him online. */
  | {
      readonly kind: "saved";
      readonly to: string;
      readonly id: PacketId;
      readonly tableVersion: number;
    }
  /** Nothing was saved: the recipient is there, at this address. */
  | { readonly kind: "online"; readonly id: PacketId; readonly row: TableRow }
  | {
      readonly kind: "mail";
      readonly mailId: number;
      readonly from: string;
      readonly sentAtMs: number;
      readonly id: PacketId;
      readonly auto: boolean;
      readonly text: string;
    }
  | { readonly kind: "ping"; readonly tableVersion: number }
  /** A stretch of the whole table as it is in `version`: from `cursor` up to `nextCursor`; 0 when it is the last. */
  | {
      readonly kind: "table";
      readonly version: number;
      readonly cursor: number;
      readonly nextCursor: number;
      readonly rows: readonly TableRow[];
    }
  /** All that changed after version `from`, up to version `to`. */
  | {
      readonly kind: "delta";
      readonly from: number;
      readonly to: number;
      readonly rows: readonly TableRow[];
    }
  | { readonly kind: "row"; readonly row: TableRow }
  | { readonly kind: "bye" }
  | { readonly kind: "error"; readonly code: "unknown-session" };

/** From one client to another. */
export type PeerPacket =
  /** One or more texts; the first has the id, each after it the next `seq`. */
  | {
      readonly kind: "message";
      readonly id: PacketId;
      readonly from: string;
      readonly to: string;
      readonly auto: boolean;
      /** Over {@link introductionText}: says that the epoch is the sender's, to who has not heard of it. */
      readonly signature: string | undefined;
      readonly texts: readonly string[];
    }
  /** Of the last text of a message packet. */
  | { readonly kind: "ack"; readonly id: PacketId };

export type MessagePacket = Extract<PeerPacket, { kind: "message" }>;

/** Begins each datagram in which the server speaks to somebody who has returned a cookie. */
export interface Stamp {
  readonly kind: "for";
  /** 48 bits as base64url. */
  readonly stamp: string;
}

export type Packet = ClientPacket | ServerPacket | PeerPacket | Stamp;

/** Why a request was refused. The codes are stable: safe to log, count and match on. */
export const REFUSAL_CODES = [
  "nick-in-use",
  "nick-owned",
  "bad-nick",
  "bad-cookie",
  "bad-signature",
  "server-full",
  "rate-limited",
  "overtaken",
  "unknown-nick",
  "mailbox-full",
  "text-too-long",
  "storage-failed",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** A known client, or a nickname that the server has forgotten. */
export type TableRow = KnownRow | { readonly nick: string; readonly gone: true };

export interface KnownRow {
  readonly nick: string;
  readonly address: Address;
  readonly online: boolean;
  /** What it speaks. */
  readonly dialect: 1 | 2;
  /** Of the key that owns the nickname; empty when none does. */
  readonly publicKey: string;
}

/** What a registration signs, as UTF-8: a signature made for anything else cannot be passed off as one. */
export function registrationText(nick: string, cookie: string): string {
  return `udpchat/2 register ${nick} ${cookie}`;
}

/** What a sender signs, as UTF-8, to show a recipient that an epoch is his. */
export function introductionText(from: string, to: string, epoch: number): string {
  return `udpchat/2 epoch ${from} ${to} ${epoch}`;
}
