/**
 * What the parties of v1 say to each other. State machines handle these and never look at bytes; `requests.ts`,
 * `replies.ts` and `peer.ts` turn them into datagrams and back.
 */
import type { Address } from "../address.ts";

/** From a client to the server. */
export type Request =
  /** `offersV2`: the client speaks udpchat/2 as well and would rather. Other servers do not read that far. */
  | { readonly kind: "register"; readonly nick: string; readonly offersV2?: boolean }
  | { readonly kind: "deregister"; readonly nick: string }
  /** Keep this text for somebody who does not answer. */
  | { readonly kind: "save"; readonly to: string; readonly text: string }
  /** Send the table, and whatever else was lost on the way. */
  | { readonly kind: "table" }
  /** Yes to whatever the server asked last: a ping, or the notice that there is mail. */
  | { readonly kind: "ack" };

/** From the server to a client. */
export type Reply =
  | { readonly kind: "registered"; readonly outcome: "new" | "back" }
  | { readonly kind: "nick-in-use" }
  | { readonly kind: "deregistered" }
  | { readonly kind: "saved" }
  /** Nothing was saved: the recipient is there and can be written to. */
  | { readonly kind: "online"; readonly nick: string }
  | { readonly kind: "unknown-nick"; readonly nick: string }
  /** Any other no, in words for people. */
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "ping" }
  | { readonly kind: "mail-notice" }
  | { readonly kind: "mail-count"; readonly count: number }
  | Mail
  /** A table begins; so many rows follow. */
  | { readonly kind: "table"; readonly rows: number }
  | Row;

/** A message that the server kept. */
export interface Mail {
  readonly kind: "mail";
  readonly from: string;
  /** When the server got it: milliseconds since 1970 of the server's local civil time, whole seconds (v1 has no zone). */
  readonly savedAtLocalMs: number;
  readonly text: string;
}

/** One known client, as the table shows it. */
export interface Row {
  readonly kind: "row";
  readonly nick: string;
  readonly address: Address;
  readonly online: boolean;
}

/** From one client to another. */
export type PeerPacket = { readonly kind: "message"; readonly text: string } | { readonly kind: "ack" };
