import type { ClientEvent, Receipt } from "../../client/api.ts";
import type { ProgramSeen } from "../foreign/seen.ts";

/** What the client told, and what the runner did with it: the latter only so that the ledger reads as a story. */
export type Observation =
  | ClientEvent
  | ProgramSeen
  | { readonly kind: "error"; readonly text: string }
  | { readonly kind: "registering" }
  | { readonly kind: "closed" }
  | { readonly kind: "receipt"; readonly to: string; readonly text: string; readonly receipt: Receipt };
