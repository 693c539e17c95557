import type { Simulation } from "../../../src/net/sim/simulation.ts";
import type { SentLog } from "../../../src/scenario/run/sent.ts";
import type { Participant } from "./participant.ts";
import type { SoakServer } from "./soak-server.ts";

/** A world and those who take part in it. */
export interface Stage {
  readonly sim: Simulation;
  readonly server: SoakServer;
  readonly participants: readonly Participant[];
  readonly sent: SentLog;
  /** Notes a fault. */
  readonly count: (kind: string) => void;
  /** Notes what happens, in words. */
  readonly tell: (line: string) => void;
}
