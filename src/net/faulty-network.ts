import { type Address, formatAddress } from "../protocol/address.ts";
import { Carrier } from "./carrier.ts";
import { receiverFailed } from "./endpoint-rules.ts";
import type { FaultPlan } from "./faults.ts";
import type { BindOptions, Datagram, Endpoint, Timer, World } from "./network.ts";
import { Parties } from "./parties.ts";
import type { ProbedNetwork } from "./probe.ts";
import { type Party, Trace, type TraceEntry } from "./trace.ts";

/**
 * Lays faults over a real world. Each is decided when a datagram is sent, before the system has it; what is delayed is
 * kept back here. Without a rule for its link, a datagram goes straight out.
 *
 * Fates are as in the simulation, but when things happen is up to the machine: a run need not replay. Faults befall
 * what endpoints bound here send, and on its arrival what strangers send who were introduced; what comes from
 * elsewhere is left alone.
 *
 * @param options.onTrace called with everything that is seen to happen to a datagram, in order.
 */
export function withFaults(
  world: World,
  faults: FaultPlan,
  options: { readonly onTrace?: (entry: TraceEntry) => void } = {},
): ProbedNetwork {
  return new FaultyNetwork(world, faults, new Trace(options.onTrace));
}

class FaultyNetwork implements ProbedNetwork {
  readonly faults: FaultPlan;
  readonly #world: World;
  readonly #trace: Trace;
  readonly #carrier: Carrier;
  readonly #parties = new Parties();
  readonly #endpoints = new Map<string, FaultyEndpoint>();
  readonly #strangers = new Set<string>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  constructor(world: World, faults: FaultPlan, trace: Trace) {
    this.#world = world;
    this.faults = faults;
    this.#trace = trace;
    this.#carrier = new Carrier(faults, trace, 0);
  }

  world(name: string): World {
    const { clock, random, network } = this.#world;
    return {
      clock,
      random,
      network: { bind: (options) => this.#bind(options, name), lookup: (host) => network.lookup(host) },
    };
  }

  introduce(stranger: Party): void {
    this.#parties.enter(stranger);
    this.#strangers.add(formatAddress(stranger.address));
  }

  get inFlight(): number {
    return this.#carrier.inFlight;
  }

  get lastDatagramMs(): number | undefined {
    return this.#trace.lastMs;
  }

  async #bind(options: BindOptions, label: string): Promise<Endpoint> {
    const real = await this.#world.network.bind({
      ...options,
      onDatagrams: (datagrams) => {
        if (!endpoint.open) return;
        const known = datagrams.filter(({ from, bytes }) => {
          const strange = this.#strangers.has(formatAddress(from));
          if (strange) this.#carrier.send(this.#parties.at(from), self, bytes, this.#world.clock.nowMs());
          return !strange;
        });
        if (known.length > 0) endpoint.receive(known);
        if (known.length < datagrams.length) this.#pump();
      },
    });
    const self: Party = { address: real.address, label };
    const key = formatAddress(real.address);
    const endpoint: FaultyEndpoint = new FaultyEndpoint(real, {
      send: (to, bytes) => {
        const copies = this.#carrier.send(self, this.#parties.at(to), bytes, this.#world.clock.nowMs());
        endpoint.underWay += copies;
        if (copies > 0) this.#pump();
      },
      receive: (datagrams) => {
        const atMs = this.#world.clock.nowMs();
        for (const { from, bytes } of datagrams) {
          this.#trace.add({ atMs, kind: "delivered", from: this.#parties.at(from), to: self, bytes });
        }
        options.onDatagrams(datagrams);
      },
      failed: (error) => options.onError?.(receiverFailed(error)),
      closed: () => {
        if (this.#endpoints.get(key) === endpoint) this.#endpoints.delete(key);
      },
    });
    this.#parties.enter(self);
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }

  /** Sends out what is due, and sees to it that the rest is sent when it is. */
  #pump(): void {
    const { clock } = this.#world;
    for (;;) {
      const flight = this.#carrier.pollArrival(clock.nowMs());
      if (flight === undefined) break;
      const { from, to, bytes } = flight;
      const sender = this.#endpoints.get(formatAddress(from.address));
      if (sender !== undefined) sender.leave(to.address, bytes);
      else this.#endpoints.get(formatAddress(to.address))?.arrive({ from: from.address, bytes });
    }
    const dueMs = this.#carrier.pollTimeout() ?? Number.POSITIVE_INFINITY;
    if (dueMs === this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.schedule(dueMs - clock.nowMs(), () => {
      this.#timerDueMs = Number.POSITIVE_INFINITY;
      this.#pump();
    });
  }
}

interface Way {
  readonly send: (to: Address, bytes: Uint8Array) => void;
  readonly receive: (datagrams: readonly Datagram[]) => void;
  readonly failed: (error: unknown) => void;
  readonly closed: () => void;
}

class FaultyEndpoint implements Endpoint {
  readonly address: Address;
  readonly #real: Endpoint;
  readonly #way: Way;
  /** Copies of what was sent here that are still kept back. */
  underWay = 0;
  #closed: Promise<void> | undefined;
  #onAllLeft: () => void = () => {};

  constructor(real: Endpoint, way: Way) {
    this.address = real.address;
    this.#real = real;
    this.#way = way;
  }

  get open(): boolean {
    return this.#closed === undefined;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.open) this.#way.send(to, bytes);
  }

  /** These have arrived. */
  receive(datagrams: readonly Datagram[]): void {
    if (this.open) this.#way.receive(datagrams);
  }

  /** This was kept back on its way here, and now it has arrived. */
  arrive(datagram: Datagram): void {
    try {
      this.receive([datagram]);
    } catch (error) {
      this.#way.failed(error);
    }
  }

  /** A copy's time has come: it goes to the system. */
  leave(to: Address, bytes: Uint8Array): void {
    this.#real.send(to, bytes);
    this.underWay--;
    if (this.underWay === 0) this.#onAllLeft();
  }

  /** Waits for what is kept back: it was sent, and would arrive though the sender has gone. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.underWay > 0) await new Promise<void>((resolve) => (this.#onAllLeft = resolve));
    await this.#real.close();
    this.#way.closed();
  }
}
