import { networkInterfaces } from "node:os";
import { FaultPlan } from "../../src/net/faults.ts";
import { withFaults } from "../../src/net/faulty-network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { clockContract } from "./clock-contract.ts";
import { type Ground, networkContract } from "./network-contract.ts";

const loopbackHas6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);
const noIpv6 = loopbackHas6 ? undefined : "this machine has no ::1";

const grounds: Record<string, () => Ground> = {
  "real UDP": () => {
    const world = systemWorld();
    return { world: () => world, run: (main) => main(), noIpv6 };
  },
  simulation: () => {
    const sim = new Simulation();
    return { world: (name) => sim.world(name), run: (main) => sim.run(main), noIpv6: undefined };
  },
  "faults over real UDP": () => {
    const network = withFaults(systemWorld(), new FaultPlan());
    return { world: (name) => network.world(name), run: (main) => main(), noIpv6 };
  },
  "faults over simulation": () => {
    const sim = new Simulation();
    const network = withFaults(sim.world("below"), new FaultPlan());
    return { world: (name) => network.world(name), run: (main) => sim.run(main), noIpv6: undefined };
  },
};

for (const [name, newGround] of Object.entries(grounds)) {
  networkContract(name, newGround);
  clockContract(name, newGround);
}
