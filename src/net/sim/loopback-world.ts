import { formatAddress } from "../../protocol/address.ts";
import type { Datagram, World } from "../network.ts";
import { systemWorld } from "../system-world.ts";
import { SimulatedHost } from "./simulated-host.ts";

/**
 * A world in real time whose network is inside this process: nothing is lost, nothing is opened. For tools that want a chat
 * network of their own.
 */
export function loopbackWorld(): World {
  const { clock, random } = systemWorld();
  const arrived = new Map<string, Datagram[]>();
  const host = new SimulatedHost((from, to, bytes) => {
    const key = formatAddress(to);
    const batch = arrived.get(key);
    if (batch !== undefined) {
      batch.push({ from, bytes });
      return;
    }
    arrived.set(key, [{ from, bytes }]);
    // As from a socket, they arrive in a later turn and all together.
    setImmediate(() => {
      const datagrams = arrived.get(key) ?? [];
      arrived.delete(key);
      host.listenerAt(to)?.receive(datagrams);
    });
  });
  return {
    network: { bind: async (options) => host.bind(options), lookup: async (name) => host.lookup(name) },
    clock,
    random,
  };
}
