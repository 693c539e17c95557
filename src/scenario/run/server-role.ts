import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { RunningServer, ServerEvent } from "../../server/api.ts";
import { startServer } from "../../server/start-server.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import { mortal } from "./mortal-world.ts";

/** The scenario's server: one address for the whole scenario, whether somebody listens there or not. */
export class ServerRole {
  readonly #world: World;
  readonly #persist: boolean;
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #nowMs: () => number;
  #address: Promise<Address> | undefined;
  #store = new MemoryStore();
  #running: { readonly server: RunningServer; readonly die: () => void } | undefined;
  #forgotAtMs: number | undefined;

  constructor(options: {
    readonly world: World;
    /** Whether its data outlives it. */
    readonly persist: boolean;
    readonly onEvent: (event: ServerEvent) => void;
    /** Time since the scenario began. */
    readonly nowMs: () => number;
  }) {
    this.#nowMs = options.nowMs;
    this.#world = options.world;
    this.#persist = options.persist;
    this.#onEvent = options.onEvent;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  get busy(): boolean {
    return this.#running?.server.busy ?? false;
  }

  /** When it last lost what it had promised to keep. */
  get forgotAtMs(): number | undefined {
    return this.#forgotAtMs;
  }

  /** Where it is or will be. Before its first start a free port is looked up and kept for it. */
  address(): Promise<Address> {
    this.#address ??= freeAddress(this.#world);
    return this.#address;
  }

  /** @throws {NetworkError} when the port cannot be opened. */
  async start(): Promise<void> {
    const { host, port } = this.#address === undefined ? FREE : await this.#address;
    const { world, die } = mortal(this.#world);
    const server = await startServer({ host, port, world, store: this.#store, onEvent: this.#onEvent });
    this.#address = Promise.resolve(server.address);
    this.#running = { server, die };
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    await running.server.close();
    if (this.#persist) return;
    this.#store = new MemoryStore();
    this.#forgotAtMs = this.#nowMs();
  }

  /** Ends it as a power cut would: from this moment it hears, says and does nothing. */
  async kill(): Promise<void> {
    this.#running?.die();
    await this.stop();
  }
}

const FREE: Address = { host: "127.0.0.1", port: 0 };

async function freeAddress(world: World): Promise<Address> {
  const endpoint = await world.network.bind({ ...FREE, onDatagrams: () => {} });
  await endpoint.close();
  return endpoint.address;
}
