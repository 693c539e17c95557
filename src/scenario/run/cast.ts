import { NetworkError } from "../../net/network.ts";
import type { ServerEvent } from "../../server/api.ts";
import type { Scenario } from "../language/model.ts";
import { ClientRole } from "./client-role.ts";
import { SentLog } from "./sent.ts";
import { ServerRole } from "./server-role.ts";
import type { Stage } from "./stage.ts";

/** Everybody who takes part in one scenario, and what they have seen and sent. */
export class Cast implements AsyncDisposable {
  readonly sent = new SentLog();
  readonly server: ServerRole;
  readonly clients: ReadonlyMap<string, ClientRole>;
  readonly #faults: Error[] = [];
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #bots: AsyncDisposable[] = [];
  #botsStarted = false;

  constructor(scenario: Scenario, stage: Stage, nowMs: () => number) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.server = new ServerRole({
      world: stage.network.world("server"),
      persist: scenario.server?.persist ?? false,
      onEvent: (event) => this.#noteFault(event),
      nowMs,
    });
    this.clients = new Map(
      [...scenario.clients.keys()].map((name) => {
        const world = stage.network.world(name);
        const serverAddress = () => this.server.address();
        return [name, new ClientRole({ name, world, serverAddress, sent: this.sent, nowMs })];
      }),
    );
  }

  /** What went wrong within our own server: defects, whatever the steps say. */
  get faults(): readonly Error[] {
    return this.#faults;
  }

  /** @throws {TypeError} when the scenario has no such client; the language does not let that happen. */
  client(name: string): ClientRole {
    const role = this.clients.get(name);
    if (role === undefined) throw new TypeError(`the scenario has no client ${name}`);
    return role;
  }

  get pendingSends(): number {
    return [...this.clients.values()].reduce((sum, { pendingSends }) => sum + pendingSends, 0);
  }

  /** Starts the server, and with its first start the bots. Their readiness is part of it. */
  async startServer(): Promise<void> {
    await this.server.start();
    if (this.#botsStarted) return;
    this.#botsStarted = true;
    await this.#startBots();
  }

  /** Those who speak leave before the one they speak to. */
  async [Symbol.asyncDispose](): Promise<void> {
    const speakers = [...this.clients.values()].map((role) => role.close());
    const bots = this.#bots.map((bot) => bot[Symbol.asyncDispose]());
    const ends = [...(await Promise.allSettled([...speakers, ...bots])), await settled(this.server.kill())];
    const errors = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason);
    if (errors.length > 0) throw new AggregateError(errors, "the cast did not leave in order");
  }

  async #startBots(): Promise<void> {
    if (this.#scenario.bots.size > 0) throw new TypeError(`bots cannot be started yet on ${this.#stage.net}`);
  }

  #noteFault(event: ServerEvent): void {
    // What the network does to a server is the scenario's business; what the server does to itself is not.
    if (event.kind !== "fault") return;
    if (event.error instanceof NetworkError && event.error.code !== "RECEIVER_FAILED") return;
    this.#faults.push(event.error);
  }
}

async function settled(promise: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [end] = await Promise.allSettled([promise]);
  return end;
}
