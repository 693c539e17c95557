import { FaultPlan } from "../../net/faults.ts";
import { withFaults } from "../../net/faulty-network.ts";
import type { Clock, Network } from "../../net/network.ts";
import type { ProbedNetwork } from "../../net/probe.ts";
import { Simulation } from "../../net/sim/simulation.ts";
import { systemWorld } from "../../net/system-world.ts";
import type { TraceEntry } from "../../net/trace.ts";
import { packetKind } from "../../protocol/packet-kind.ts";
import { SERVER_NAME } from "../language/grammar/names.ts";
import type { Recorder } from "./recorder.ts";
import type { NetKind } from "./result.ts";

/**
 * Where a scenario plays: a world for each participant by his name, the faults between them, and the one clock
 * that deadlines are on. The runner does not know which kind it has.
 */
export interface Stage {
  readonly net: NetKind;
  readonly network: ProbedNetwork;
  readonly clock: Clock;
  /** The network without faults, for programs that have sockets of their own; there is none in simulation. */
  readonly bare?: Network;
  /** Sees all that happens. */
  readonly recorder: Recorder;
  /** Of what happened so far; `undefined` where it cannot repeat. */
  traceHash(): string | undefined;
}

/** Plays on a stage of its own. In simulation nothing happens before or after. */
export async function onStage<T>(
  { net, seed, recorder }: { readonly net: NetKind; readonly seed: number; readonly recorder: Recorder },
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const onTrace = (entry: TraceEntry) => recorder.datagram(entry);
  if (net === "sim") {
    const simulation = new Simulation({ seed, kindOf, onTrace });
    const { clock } = simulation.world(RUNNER);
    return await simulation.run(() =>
      play({ net, network: simulation, clock, recorder, traceHash: () => simulation.traceHash }),
    );
  }
  const world = systemWorld();
  const network = withFaults(world, new FaultPlan(seed, kindOf), { onTrace });
  const { clock, network: bare } = world;
  return await play({ net, network, bare, clock, recorder, traceHash: () => undefined });
}

/** Faults name packets by what they are for; the wire has the same words for different things, so it matters who speaks. */
function kindOf(from: string, to: string, bytes: Uint8Array): string {
  return packetKind(bytes, to === SERVER_NAME ? "to-server" : from === SERVER_NAME ? "from-server" : "peer");
}

/** No name that a scenario can give: nothing of the runner's is a participant. */
const RUNNER = "(runner)";
