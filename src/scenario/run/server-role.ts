import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { RunningServer, ServerEvent } from "../../server/api.ts";
import { startServer } from "../../server/start-server.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import type { ServerCommand } from "../language/actions.ts";
import { type Life, mortal } from "./mortal-world.ts";
import type { ServerParticipant } from "./participant.ts";

export interface ServerRoleOptions {
  readonly world: World;
  /** Whether its data outlives it. */
  readonly persist: boolean;
  /** One that runs already and that nobody here starts or ends; `undefined`: one of ours. */
  readonly external: Address | undefined;
  readonly onEvent: (event: ServerEvent) => void;
  /** Time since the scenario began. */
  readonly nowMs: () => number;
}

/** The scenario's server: one address for the whole scenario, whether somebody listens there or not. */
export class ServerRole implements ServerParticipant {
  readonly #options: ServerRoleOptions;
  #address: Promise<Address> | undefined;
  #store = new MemoryStore();
  #running: { readonly server: RunningServer; readonly life: Life; paused: boolean } | undefined;
  #forgotAtMs: number | undefined;

  constructor(options: ServerRoleOptions) {
    this.#options = options;
    if (options.external !== undefined) this.#address = Promise.resolve(options.external);
  }

  get running(): boolean {
    return this.#running !== undefined || this.#options.external !== undefined;
  }

  get busy(): boolean {
    return this.#running !== undefined && !this.#running.paused && this.#running.server.busy;
  }

  /** When it last lost what it had promised to keep. */
  get forgotAtMs(): number | undefined {
    return this.#forgotAtMs;
  }

  /** Where it is or will be. Before its first start a free port is looked up and kept for it. */
  address(): Promise<Address> {
    this.#address ??= freeAddress(this.#options.world);
    return this.#address;
  }

  /** @throws {NetworkError} when the port cannot be opened. */
  async start(): Promise<void> {
    const { world, external, onEvent } = this.#options;
    if (external !== undefined) return;
    const { host, port } = this.#address === undefined ? FREE : await this.#address;
    const life = mortal(world);
    const server = await startServer({ host, port, world: life.world, store: this.#store, onEvent });
    this.#address = Promise.resolve(server.address);
    this.#running = { server, life, paused: false };
  }

  /** Ends it as an operator would. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.life.resume();
    await running.server.close();
    if (this.#options.persist) return;
    this.#store = new MemoryStore();
    this.#forgotAtMs = this.#options.nowMs();
  }

  /** Ends it as a power cut would: from this moment it hears, says and does nothing. */
  async kill(): Promise<void> {
    this.#running?.life.die();
    await this.stop();
  }

  async close(): Promise<void> {
    await this.kill();
  }

  /** Why a command makes no sense now; `undefined` when it does. */
  objection(command: ServerCommand): string | undefined {
    if (this.#options.external !== undefined)
      return "it is not ours to start or end: the scenario names its address";
    if (command === "silence") return undefined;
    if (command === "start") return this.running ? "it runs already" : undefined;
    if (!this.running) return "it does not run";
    const paused = this.#running?.paused === true;
    if (command === "resume") return paused ? undefined : "it does not stand still";
    return paused && command !== "kill" ? "it stands still" : undefined;
  }

  /** It stands still: what is sent to it waits. */
  pause(): void {
    if (this.#running === undefined) return;
    this.#running.paused = true;
    this.#running.life.pause();
  }

  resume(): void {
    if (this.#running === undefined) return;
    this.#running.paused = false;
    this.#running.life.resume();
  }
}

const FREE: Address = { host: "127.0.0.1", port: 0 };

async function freeAddress(world: World): Promise<Address> {
  const endpoint = await world.network.bind({ ...FREE, onDatagrams: () => {} });
  await endpoint.close();
  return endpoint.address;
}
