import { FaultPlan } from "../../net/faults.ts";
import { withFaults } from "../../net/faulty-network.ts";
import type { Clock } from "../../net/network.ts";
import type { ProbedNetwork } from "../../net/probe.ts";
import { Simulation } from "../../net/sim/simulation.ts";
import { systemWorld } from "../../net/system-world.ts";
import type { NetKind } from "./result.ts";

/**
 * Where a scenario plays: a world for each participant by his name, the faults between them, and the one clock
 * that deadlines are on. The runner does not know which kind it has.
 */
export interface Stage {
  readonly net: NetKind;
  readonly network: ProbedNetwork;
  readonly clock: Clock;
  /** Of what happened so far; `undefined` where it cannot repeat. */
  traceHash(): string | undefined;
}

/** Plays on a stage of its own. In simulation nothing happens before or after. */
export async function onStage<T>(
  { net, seed }: { readonly net: NetKind; readonly seed: number },
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  if (net === "sim") {
    const simulation = new Simulation({ seed });
    const { clock } = simulation.world(RUNNER);
    return await simulation.run(() =>
      play({ net, network: simulation, clock, traceHash: () => simulation.traceHash }),
    );
  }
  const world = systemWorld();
  const network = withFaults(world, new FaultPlan(seed));
  return await play({ net, network, clock: world.clock, traceHash: () => undefined });
}

/** No name that a scenario can give: nothing of the runner's is a participant. */
const RUNNER = "(runner)";
