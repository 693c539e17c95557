import type { Network } from "../../net/network.ts";
import type { ProbedNetwork } from "../../net/probe.ts";
import { openRelay, type Relay } from "../../net/relay.ts";
import type { Address } from "../../protocol/address.ts";
import type { Scenario } from "../language/model.ts";
import { everyStepOf } from "../language/walk-steps.ts";

/** Whether a scenario does something to its network, at the beginning or on the way. */
export function changesNetwork(scenario: Scenario): boolean {
  if (scenario.net.links.length > 0) return true;
  return everyStepOf(scenario).some(({ verb }) => verb === "net" || verb === "fault");
}

/**
 * The relays behind which clients are that have sockets of their own, so that what a scenario does to the network
 * befalls them, too. Each is opened when it is first asked for, and stays until the end: a client that is started
 * again is where it was.
 */
export class Relays implements AsyncDisposable {
  readonly #network: ProbedNetwork;
  readonly #bare: Network;
  readonly #server: () => Promise<Address>;
  readonly #relays = new Map<string, Promise<Relay>>();
  readonly #open: Relay[] = [];

  /** @param bare The network without anybody between. */
  constructor(network: ProbedNetwork, bare: Network, server: () => Promise<Address>) {
    this.#network = network;
    this.#bare = bare;
    this.#server = server;
  }

  /** Datagrams that have come to one and not gone on. */
  get pending(): number {
    return this.#open.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** @throws {NetworkError} when a port cannot be opened. */
  of(client: string): Promise<Relay> {
    const known = this.#relays.get(client);
    if (known !== undefined) return known;
    const opening = this.#begin(client);
    this.#relays.set(client, opening);
    return opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#relays.values());
    await Promise.all(this.#open.map((relay) => relay.close()));
  }

  async #begin(client: string): Promise<Relay> {
    const outside = this.#network.world(client).network;
    const relay = await openRelay({ server: await this.#server(), outside, inside: this.#bare });
    this.#open.push(relay);
    return relay;
  }
}
