import type { FaultPlan } from "./faults.ts";
import type { World } from "./network.ts";
import type { Party } from "./trace.ts";

/**
 * Worlds whose datagrams all pass through one {@link FaultPlan}, under the eyes of whoever runs them. The simulation
 * is one, and `withFaults` makes one of the real network: who tests on it need not know which.
 */
export interface ProbedNetwork {
  /** The faults. They may change at any time; what is under way already keeps its fate. */
  readonly faults: FaultPlan;
  /** The world of one participant. Its endpoints are called `name` in traces and fault rules. */
  world(name: string): World;
  /**
   * Names an address where somebody is who is not bound here: a program of its own, on the real network. What it
   * sends is first seen when it arrives, so that is when its faults befall it.
   */
  introduce(stranger: Party): void;
  /** Datagrams sent and not yet arrived, as far as can be seen: over real UDP those that a delay holds back. */
  readonly inFlight: number;
  /** When a datagram was last sent or arrived, on the worlds' clock; `undefined`: none ever was. */
  readonly lastDatagramMs: number | undefined;
}
