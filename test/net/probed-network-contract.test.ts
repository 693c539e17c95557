import { FaultPlan } from "../../src/net/faults.ts";
import { withFaults } from "../../src/net/faulty-network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import type { TraceEntry } from "../../src/net/trace.ts";
import { probedNetworkContract } from "./probed-network-contract.ts";

probedNetworkContract("simulation", (seed) => {
  const trace: TraceEntry[] = [];
  const network = new Simulation({ seed, onTrace: (entry) => trace.push(entry) });
  return { network, trace, run: (main) => network.run(main) };
});

probedNetworkContract("laid over another network", (seed) => {
  const trace: TraceEntry[] = [];
  const below = new Simulation({ seed: 99 });
  const network = withFaults(below.world("below"), new FaultPlan(seed), {
    onTrace: (entry) => trace.push(entry),
  });
  return { network, trace, run: (main) => below.run(main) };
});
