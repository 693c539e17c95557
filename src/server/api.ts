/** What users of the server see. The state machine is `server.ts`, the thing that runs it `start-server.ts`. */
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { ChatStore } from "../store/chat-store.ts";

import type { V1Policy } from "./gate.ts";
import type { ServerLimits } from "./limits.ts";

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
  | { readonly kind: "refused"; readonly request: string; readonly reason: string; readonly address: Address }
  | { readonly kind: "dropped"; readonly reason: string; readonly address: Address }
  | { readonly kind: "fault"; readonly error: Error };

export interface RunningServer extends AsyncDisposable {
  readonly address: Address;
  /** Stops answering and frees the port. What was acknowledged stays in the store. */
  close(): Promise<void>;
}
