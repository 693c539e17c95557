import type { Address } from "../protocol/address.ts";
import type { FaultPlan } from "./faults.ts";
import type { World } from "./network.ts";

/**
 * Worlds whose datagrams all pass through one {@link FaultPlan}, under the eyes of whoever runs them. The simulation
 * is one, and `withFaults` makes one of the real network: who tests on it need not know which.
 */
export interface ProbedNetwork extends NetworkProbe {
  /** The faults. They may change at any time; what is under way already keeps its fate. */
  readonly faults: FaultPlan;
  /** The world of one participant. Its endpoints are called `name` in traces and fault rules. */
  world(name: string): World;
}

/** Tells whether a network is quiet. */
export interface NetworkProbe {
  /** Datagrams sent and not yet arrived, as far as can be seen: over real UDP those that a delay holds back. */
  readonly inFlight: number;
  /** When the last datagram was sent or arrived, on the worlds' clock; `undefined`: none ever was. */
  readonly lastDatagramMs: number | undefined;
}

/** One thing that happened to one datagram, in the order in which it happened. */
export interface TraceEntry {
  /** On the worlds' clock. */
  readonly atMs: number;
  readonly kind: TraceKind;
  readonly from: Party;
  readonly to: Party;
  /** As sent; of `corrupted` and what comes after it as changed. */
  readonly bytes: Uint8Array;
}

/**
 * `sent` comes first. Then `lost` or `cut` (by a partition) end it, or the rest says what happened on the way,
 * and each copy ends as `delivered` or, where nobody listened, as `unreachable` (in simulation only: the real network
 * does not tell).
 */
export type TraceKind =
  | "sent"
  | "lost"
  | "cut"
  | "duplicated"
  | "reordered"
  | "corrupted"
  | "delivered"
  | "unreachable";

export interface Party {
  readonly address: Address;
  /** The name of the world that the endpoint is bound in; the address as text where it is nobody's. */
  readonly label: string;
}
