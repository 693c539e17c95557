import { formatAddress } from "../../protocol/address.ts";
import { Carrier, type Flight } from "../carrier.ts";
import { FaultPlan, type KindOf } from "../faults.ts";
import type { BindOptions, Datagram, World } from "../network.ts";
import { Parties } from "../parties.ts";
import type { ProbedNetwork } from "../probe.ts";
import { SeededRandom } from "../seeded-random.ts";
import { type Party, Trace, type TraceEntry } from "../trace.ts";
import { LocalClock } from "./local-clock.ts";
import { SimulatedHost } from "./simulated-host.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** One-way latency where no rule sets a delay: time must pass, or an endless exchange would stand still. */
export const SIMULATED_LATENCY_MS = 1;

const DAY_MS = 86_400_000;

export interface SimulationOptions {
  /** Any number; the same seed and the same programs give the same run. Default 0. */
  readonly seed?: number;
  /** Tells kinds of packets apart, for faults. Default: all datagrams are of one kind. */
  readonly kindOf?: KindOf;
  /** Called with everything that happens to a datagram, in order. */
  readonly onTrace?: (entry: TraceEntry) => void;
}

/** A run that cannot go on. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
  /** `DEADLOCK`: nothing is left that could happen; `TIME_LIMIT`: virtual time ran out. */
  readonly code: "DEADLOCK" | "TIME_LIMIT";

  constructor(code: "DEADLOCK" | "TIME_LIMIT", message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A network, clock and dice in one process, where a run replays exactly from its seed.
 *
 * Events (a timer, or all datagrams for one endpoint at one instant) happen one at a time. After each, everything that
 * follows from it without waiting happens first: promises, and one turn of the event loop. Then, unless somebody
 * holds the clock, virtual time leaps to the next event. At the same instant (an eighth of a millisecond) datagrams
 * come before timers.
 *
 * What takes real time and is not on this clock (a file, another process) must hold it, else the run goes on without.
 * Two that hold it at the same instant may let go in either order: such a run need not replay.
 *
 * @example
 * const sim = new Simulation({ seed: 7 });
 * const receipt = await sim.run(async () => {
 *   await using server = await startServer({ world: sim.world("server") });
 *   await using alice = await openClient({ nick: "alice", server: server.address }, sim.world("alice"));
 *   await alice.register();
 * });
 */
export class Simulation implements ProbedNetwork {
  readonly faults: FaultPlan;
  readonly #seed: number;
  readonly #clock = new VirtualClock();
  readonly #trace: Trace;
  readonly #carrier: Carrier;
  readonly #host: SimulatedHost;
  readonly #parties = new Parties();
  readonly #worlds = new Map<string, World & { readonly clock: LocalClock }>();
  /** What has arrived at this instant, by the address of who is to hear it. */
  readonly #arrived = new Map<string, Flight[]>();
  #running = false;

  constructor({ seed = 0, kindOf, onTrace }: SimulationOptions = {}) {
    this.#seed = seed;
    this.faults = new FaultPlan(seed, kindOf);
    this.#trace = new Trace(onTrace);
    this.#carrier = new Carrier(this.faults, this.#trace, SIMULATED_LATENCY_MS);
    this.#host = new SimulatedHost((from, to, bytes) => {
      this.#carrier.send(this.#parties.at(from), this.#parties.at(to), bytes, this.#clock.nowMs());
    });
  }

  /**
   * The world of one participant. Time passes for all alike; each has its own dice, and a civil clock of its own. The
   * same name gives the same world.
   */
  world(name: string): World {
    return this.#worldOf(name);
  }

  /** Sets the civil clock of one participant forward, or back where negative. Timers do not notice. */
  jumpDate(name: string, byMs: number): void {
    this.#worldOf(name).clock.jumpDate(byMs);
  }

  #worldOf(name: string): World & { readonly clock: LocalClock } {
    const known = this.#worlds.get(name);
    if (known !== undefined) return known;
    const world = {
      network: {
        bind: async (options: BindOptions) => {
          const endpoint = this.#host.bind(options);
          this.#parties.enter({ address: endpoint.source, label: name });
          return endpoint;
        },
        lookup: async (host: string) => this.#host.lookup(host),
      },
      clock: new LocalClock(this.#clock),
      random: new SeededRandom(this.#seed, "world", name),
    };
    this.#worlds.set(name, world);
    return world;
  }

  /** Only a name: in a simulation everybody is bound. */
  introduce(stranger: Party): void {
    this.#parties.enter(stranger);
  }

  get inFlight(): number {
    const arrived = [...this.#arrived.values()];
    return arrived.reduce((sum, flights) => sum + flights.length, this.#carrier.inFlight);
  }

  get lastDatagramMs(): number | undefined {
    return this.#trace.lastMs;
  }

  /** Calls that are scheduled and not yet made. */
  get pendingTimers(): number {
    return this.#clock.pendingTimers;
  }

  /** 16 hexadecimal digits over all that happened to datagrams so far: equal for equal runs. */
  get traceHash(): string {
    return this.#trace.hash;
  }

  /**
   * Runs until the promise settles, and settles like it. Time goes on where the last run left it.
   *
   * @param options.maxMs Virtual time that this run may take. Default one day.
   * @throws {SimulationError} `DEADLOCK` or `TIME_LIMIT`.
   * @throws what a timer's call threw.
   * @throws {TypeError} when a run is under way.
   */
  async run<T>(main: Promise<T> | (() => Promise<T>), options: { readonly maxMs?: number } = {}): Promise<T> {
    if (this.#running) throw new TypeError("the simulation runs already");
    this.#running = true;
    try {
      return await this.#runUntilSettled(typeof main === "function" ? main() : main, options.maxMs ?? DAY_MS);
    } finally {
      this.#running = false;
    }
  }

  async #runUntilSettled<T>(main: Promise<T>, maxMs: number): Promise<T> {
    const endMs = this.#clock.nowMs() + maxMs;
    let settled = false;
    const outcome = main.finally(() => {
      settled = true;
    });
    // Awaited only once settled; until then a rejection is not yet anybody's fault.
    outcome.catch(() => {});

    for (;;) {
      await eventLoopTurn();
      if (settled) return await outcome;
      if (this.#clock.held) await Promise.race([this.#clock.released(), outcome]);
      else this.#step(endMs);
    }
  }

  /** Lets the next event happen. */
  #step(endMs: number): void {
    if (this.#deliverBatch()) return;
    const datagramMs = this.#carrier.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const timerMs = this.#clock.nextDueMs ?? Number.POSITIVE_INFINITY;
    const nextMs = Math.min(datagramMs, timerMs);
    if (nextMs === Number.POSITIVE_INFINITY) throw deadlock(this.#clock.nowMs());
    if (nextMs > endMs) throw timeLimit(endMs);

    this.#clock.advanceTo(nextMs);
    const nowMs = this.#clock.nowMs();
    if (datagramMs > nowMs) {
      this.#clock.callNext();
      return;
    }
    for (let flight = this.#carrier.pollArrival(nowMs); flight; flight = this.#carrier.pollArrival(nowMs)) {
      const key = formatAddress(flight.to.address);
      const batch = this.#arrived.get(key);
      if (batch === undefined) this.#arrived.set(key, [flight]);
      else batch.push(flight);
    }
    this.#deliverBatch();
  }

  /** Hands all that arrived for one endpoint to it, or to nobody where it has gone meanwhile. */
  #deliverBatch(): boolean {
    const next = this.#arrived.entries().next().value;
    if (next === undefined) return false;
    const [key, flights] = next;
    this.#arrived.delete(key);

    const [{ to }] = flights as [Flight, ...Flight[]];
    const listener = this.#host.listenerAt(to.address);
    const atMs = this.#clock.nowMs();
    for (const { from, to, bytes } of flights) {
      this.#trace.add({ atMs, kind: listener === undefined ? "unreachable" : "delivered", from, to, bytes });
    }
    listener?.receive(flights.map(({ from, bytes }): Datagram => ({ from: from.address, bytes })));
    return true;
  }
}

/** One turn of the event loop: all promises that can go on have gone on when it ends. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function deadlock(nowMs: number): SimulationError {
  return new SimulationError(
    "DEADLOCK",
    `nothing is left that could happen at ${nowMs} ms of virtual time: no datagram is under way, no timer is ` +
      "scheduled and nobody holds the clock, yet the run waits. What waits for something outside must hold the clock",
  );
}

function timeLimit(endMs: number): SimulationError {
  return new SimulationError("TIME_LIMIT", `the run did not end within ${endMs} ms of virtual time`);
}
