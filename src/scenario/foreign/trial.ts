import type { World } from "../../net/network.ts";
import type { Implementation } from "../language/program-spec.ts";
import { Ledger } from "../run/ledger.ts";
import { SentLog } from "../run/sent.ts";
import { ForeignClient } from "./foreign-client.ts";
import { ForeignServer } from "./foreign-server.ts";

/** A server and as many clients as are asked for, outside of any scenario: for finding out what a program does. */
export class Trial implements AsyncDisposable {
  readonly server: ForeignServer;
  readonly #implementation: Implementation;
  readonly #world: World;
  readonly #nicks: readonly string[];
  readonly #beganMs: number;
  readonly #clients: ForeignClient[] = [];

  /** Starts the server. @throws {ProgramError} when it does not start or is never ready. */
  static async start(implementation: Implementation, world: World, nicks: readonly string[]): Promise<Trial> {
    const trial = new Trial(implementation, world, nicks);
    try {
      await trial.server.start();
    } catch (error) {
      await trial[Symbol.asyncDispose]();
      throw error;
    }
    return trial;
  }

  private constructor(implementation: Implementation, world: World, nicks: readonly string[]) {
    this.#implementation = implementation;
    this.#world = world;
    this.#nicks = nicks;
    this.#beganMs = world.clock.nowMs();
    this.server = new ForeignServer({ implementation, world, ledger: this.#ledger("server") });
  }

  /** @param implementation Default: the server's. */
  client(name: string, implementation: Implementation = this.#implementation): ForeignClient {
    const client = new ForeignClient({
      name,
      implementation,
      nicks: this.#nicks,
      world: this.#world,
      serverAddress: () => this.server.address(),
      ledger: this.#ledger(name),
    });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await this.server.close();
  }

  #ledger(name: string): Ledger {
    return new Ledger(name, new SentLog(), () => this.#world.clock.nowMs() - this.#beganMs);
  }
}
