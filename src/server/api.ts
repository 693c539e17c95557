/** What users of the server see. The state machine is `chat-server.ts`, the thing that runs it `start-server.ts`. */
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { Request } from "../protocol/v1/packets.ts";
import type { ChatStore } from "../store/chat-store.ts";
import type { V1Policy } from "./gate.ts";
import type { ServerLimits } from "./limits.ts";
import type { ServerCounts } from "./server-counts.ts";
import type { ServerEntries } from "./server-entries.ts";

export interface ServerOptions {
  /** IP address or host name. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: a free port. */
  readonly port?: number;
  readonly world: World;
  /** What survives the server. Default: a `MemoryStore` of its own. Closed with the server. */
  readonly store?: ChatStore;
  /** Who is served in v1. Default `private`: loopback and private networks. */
  readonly v1?: V1Policy;
  /** Bounds other than the defaults. */
  readonly limits?: Partial<ServerLimits>;
  /** Told of everything worth a log line. */
  readonly onEvent?: (event: ServerEvent) => void;
}

/** Why a request was refused. The words are stable: safe to log, count and match on. */
export type RefusalReason =
  | "BAD_NICK"
  | "NICK_IN_USE"
  | "NICK_OWNED"
  | "BAD_COOKIE"
  | "BAD_SIGNATURE"
  | "SERVER_FULL"
  | "NOT_YOURS"
  | "NOT_REGISTERED"
  | "UNKNOWN_NICK"
  | "TEXT_EMPTY"
  | "TEXT_TOO_LONG"
  | "MAILBOX_FULL"
  | "OVERTAKEN";

export type ServerEvent =
  | {
      readonly kind: "registered";
      readonly nick: string;
      readonly address: Address;
      readonly outcome: "new" | "back";
    }
  | { readonly kind: "deregistered"; readonly nick: string; readonly address: Address }
  | { readonly kind: "vanished"; readonly nick: string; readonly address: Address }
  | { readonly kind: "saved"; readonly from: string; readonly to: string }
  | { readonly kind: "mail-delivered"; readonly to: string; readonly count: number }
  | {
      readonly kind: "refused";
      readonly request: Request["kind"];
      readonly reason: RefusalReason;
      readonly address: Address;
    }
  | { readonly kind: "dropped"; readonly reason: string; readonly address: Address }
  | { readonly kind: "fault"; readonly error: Error };

export interface RunningServer extends AsyncDisposable {
  readonly address: Address;
  /** What it has done so far; the object is live. */
  readonly counts: ServerCounts;
  /** Nicknames it knows, and how many of them are online. */
  readonly population: { readonly known: number; readonly online: number };
  /** What it holds in memory; at rest, as much as its nicknames need and a bounded history. */
  readonly entries: ServerEntries;
  /**
   * True while it will transmit something before long without being asked: tables that are due, saved messages whose
   * arrival is not confirmed, pings that are not answered.
   */
  readonly busy: boolean;
  /** Stops answering and frees the port. What was acknowledged stays in the store. */
  close(): Promise<void>;
}
