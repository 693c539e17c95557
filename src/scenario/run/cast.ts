import { NetworkError } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { ServerEvent } from "../../server/api.ts";
import type { ClientSpec, Scenario, ServerSpec } from "../language/model.ts";
import type { Place } from "../language/place.ts";
import { BotRole } from "./bot-role.ts";
import { ClientRole } from "./client-role.ts";
import type { Participant } from "./participant.ts";
import { possibleFaults } from "./possible-faults.ts";
import type { LedgerView } from "./result.ts";
import { SentLog } from "./sent.ts";
import { ServerRole } from "./server-role.ts";
import type { Stage } from "./stage.ts";

/** Everybody who takes part in one scenario, and what they have seen and sent. */
export class Cast implements AsyncDisposable {
  readonly sent: SentLog;
  readonly server: ServerRole;
  readonly clients: ReadonlyMap<string, Participant>;
  readonly #faults: Error[] = [];
  readonly #bots: readonly BotRole[];
  #botsStarted = false;
  #left = false;
  #startingAt: Place | undefined;
  readonly #serverPlace: Place | undefined;

  constructor(scenario: Scenario, stage: Stage, nowMs: () => number) {
    this.sent = new SentLog(possibleFaults(scenario));
    this.#serverPlace = scenario.server?.place;
    this.server = new ServerRole({
      world: stage.network.world("server"),
      persist: scenario.server?.kind === "native" && scenario.server.persist,
      external: externalAddress(scenario.server),
      onEvent: (event) => this.#noteFault(event),
      nowMs,
    });
    const serverAddress = () => this.server.address();
    this.clients = new Map(
      [...scenario.clients].map(([name, spec]) => {
        const world = stage.network.world(name);
        return [name, participantOf(spec, { name, world, serverAddress, sent: this.sent, nowMs })];
      }),
    );
    this.#bots = [...scenario.bots].map(
      ([name, spec]) => new BotRole({ name, spec, world: stage.network.world(name), sent: this.sent, nowMs }),
    );
  }

  /** Whom it started last, by his place in the file. */
  get startingAt(): Place | undefined {
    return this.#startingAt;
  }

  /** What went wrong within our own server: defects, whatever the steps say. */
  get faults(): readonly Error[] {
    return this.#faults;
  }

  /** @throws {TypeError} when the scenario has no such client; the language does not let that happen. */
  client(name: string): Participant {
    const role = this.clients.get(name);
    if (role === undefined) throw new TypeError(`the scenario has no client ${name}`);
    return role;
  }

  /** Where something listens, by its name in links. @throws {TypeError} as `client` does. */
  async addressOf(name: string): Promise<Address> {
    if (name === "server") return await this.server.address();
    const bot = this.#bots.find((role) => role.name === name);
    return await (bot ?? this.client(name)).address();
  }

  /** What programs take part, each once. */
  get implementations(): readonly string[] {
    return [...new Set(["udpchat", ...[...this.clients.values()].map(({ impl }) => impl)])];
  }

  /** Messages of clients and bots whose receipt is awaited. */
  get pendingSends(): number {
    return [...this.clients.values(), ...this.#bots].reduce((sum, { pendingSends }) => sum + pendingSends, 0);
  }

  /** Those who will transmit something before long without being told to, by their names. */
  get busy(): readonly string[] {
    const bots = this.#bots.filter(({ busy }) => busy).map(({ name }) => name);
    const clients = [...this.clients.values()].filter(({ busy }) => busy).map(({ name }) => name);
    return [...(this.server.busy ? ["the server"] : []), ...clients, ...bots];
  }

  /** Starts the server, and with its first start the bots. Their readiness is part of it. */
  async startServer(): Promise<void> {
    this.#startingAt = this.#serverPlace;
    await this.server.start();
    if (this.#botsStarted) return;
    this.#botsStarted = true;
    await this.#startBots();
  }

  /** What the bots' hosts said. */
  botViews(): readonly LedgerView[] {
    return this.#bots.map((bot) => bot.view()).filter((view) => view !== undefined);
  }

  /** Those who speak leave before the one they speak to. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#left = true;
    const speakers = [...this.clients.values()].map((role) => role.close());
    const bots = this.#bots.map((bot) => bot[Symbol.asyncDispose]());
    const ends = [...(await Promise.allSettled([...speakers, ...bots])), await settled(this.server.kill())];
    const errors = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason);
    if (errors.length > 0) throw new AggregateError(errors, "the cast did not leave in order");
  }

  /** One after the other, for processes that start at the same time are ready in any order. */
  async #startBots(): Promise<void> {
    const server = await this.server.address();
    for (const bot of this.#bots) {
      if (this.#left) return;
      this.#startingAt = bot.place;
      await bot.start(server);
    }
  }

  #noteFault(event: ServerEvent): void {
    // What the network does to a server is the scenario's business; what the server does to itself is not.
    if (event.kind !== "fault") return;
    if (event.error instanceof NetworkError && event.error.code !== "RECEIVER_FAILED") return;
    this.#faults.push(event.error);
  }
}

/** The participant that a definition makes: for each kind of client there is one. */
function participantOf(spec: ClientSpec, options: ConstructorParameters<typeof ClientRole>[0]): Participant {
  switch (spec.kind) {
    case "native":
      return new ClientRole(options);
  }
}

function externalAddress(spec: ServerSpec | undefined): Address | undefined {
  return spec?.kind === "external" ? { host: spec.host, port: spec.port } : undefined;
}

async function settled(promise: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [end] = await Promise.allSettled([promise]);
  return end;
}
