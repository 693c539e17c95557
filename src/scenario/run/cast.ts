import { NetworkError } from "../../net/network.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";
import type { ServerEvent } from "../../server/api.ts";
import { ForeignClient } from "../foreign/foreign-client.ts";
import { ForeignServer } from "../foreign/foreign-server.ts";
import { implementationFor, ownPrograms } from "../foreign/under-test.ts";
import type { Step } from "../language/actions.ts";
import type { Showing } from "../language/driver/model.ts";
import { SERVER_NAME } from "../language/grammar/names.ts";
import type { Scenario, ServerSpec } from "../language/model.ts";
import type { Place } from "../language/place.ts";
import { entryOf, isUnbound } from "../language/source-node.ts";
import { everyStepOf } from "../language/walk-steps.ts";
import { BotRole } from "./bot-role.ts";
import { ClientRole } from "./client-role.ts";
import { viewOf } from "./failures.ts";
import { Ledger } from "./ledger.ts";
import type { Participant, ServerParticipant } from "./participant.ts";
import { possibleFaults } from "./possible-faults.ts";
import { changesNetwork, Relays } from "./relays.ts";
import type { Failure, LedgerView } from "./result.ts";
import { SentLog } from "./sent.ts";
import { ServerRole } from "./server-role.ts";
import { SilentServer } from "./silent-server.ts";
import type { Stage } from "./stage.ts";

/** Everybody who takes part in one scenario, and what they have seen and sent. */
export class Cast implements AsyncDisposable {
  readonly sent: SentLog;
  readonly server: ServerParticipant;
  readonly clients: ReadonlyMap<string, Participant>;
  readonly #faults: Error[] = [];
  readonly #bots: readonly BotRole[];
  #botsStarted = false;
  #left = false;
  #startingAt: Place | undefined;
  readonly #serverPlace: Place | undefined;
  /** It may take the server's place. */
  readonly #silence: SilentServer;
  readonly #beginsSilent: boolean;
  /** Between the programs of other people and everybody else, where something may befall what they send. */
  readonly #relays: Relays | undefined;
  readonly #introduceServer: () => Promise<void>;
  /** The server is not the scenario's, and nothing that it does to the network can hide it. */
  readonly #elsewhere: boolean;
  readonly #wasHeard: (name: string) => boolean;

  constructor(scenario: Scenario, stage: Stage, nowMs: () => number) {
    this.sent = new SentLog(possibleFaults(scenario));
    this.#serverPlace = scenario.server?.place;
    this.#elsewhere = scenario.server?.kind === "external" && !changesNetwork(scenario);
    this.#wasHeard = (name) => stage.recorder.hasHeard(name);
    this.#beginsSilent = scenario.server?.kind === "silent";
    this.#silence = new SilentServer(stage.network.world(SERVER_NAME), (from, sizeBytes) =>
      this.#noteUnanswered(from, sizeBytes),
    );
    this.server = this.#serverOf(scenario, stage, nowMs);
    this.#introduceServer = async () => {
      const kind = scenario.server?.kind;
      if (kind !== "external" && kind !== "program") return;
      const { host, port } = await this.server.address();
      const ip = await stage.network.world(SERVER_NAME).network.lookup(host);
      stage.network.introduce({ address: { host: ip, port }, label: SERVER_NAME });
    };
    const serverAddress = () => this.server.address();
    if (stage.bare !== undefined && changesNetwork(scenario)) {
      this.#relays = new Relays(stage.network, stage.bare, serverAddress);
    }
    const nicks = nicksIn(scenario);
    let turn = 0;
    this.clients = new Map(
      [...scenario.clients].map(([name, spec]): [string, Participant] => {
        const world = stage.network.world(name);
        if (spec.kind === "native") {
          return [
            name,
            new ClientRole({ name, world, protocol: spec.protocol, serverAddress, sent: this.sent, nowMs }),
          ];
        }
        const implementation = implementationFor(spec, "client", scenario.underTest ?? ownPrograms(), turn++);
        const ledger = new Ledger(name, this.sent, nowMs);
        const relays = this.#relays;
        const relay = relays && (() => relays.of(name));
        return [
          name,
          new ForeignClient({ name, implementation, nicks, world, serverAddress, relay, ledger }),
        ];
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

  /** @throws {TypeError} when there is none of that name. */
  bot(name: string): BotRole {
    const role = this.#bots.find((bot) => bot.name === name);
    if (role === undefined) throw new TypeError(`the scenario has no bot ${name}`);
    return role;
  }

  /** Where something listens, by its name in links. @throws {TypeError} as `client` does. */
  async addressOf(name: string): Promise<Address> {
    if (name === SERVER_NAME) return await this.server.address();
    const bot = this.#bots.find((role) => role.name === name);
    return await (bot ?? this.client(name)).address();
  }

  /** Messages of clients and bots whose receipt is awaited. */
  get pendingSends(): number {
    return [...this.clients.values(), ...this.#bots].reduce((sum, { pendingSends }) => sum + pendingSends, 0);
  }

  /** Those who will transmit something before long without being told to, by their names. */
  get busy(): readonly string[] {
    const bots = this.#bots.filter(({ busy }) => busy).map(({ name }) => name);
    const clients = [...this.clients.values()].filter(({ busy }) => busy).map(({ name }) => name);
    const relays = this.#relays !== undefined && this.#relays.pending > 0 ? ["a relay"] : [];
    return [...(this.server.busy ? ["the server"] : []), ...clients, ...bots, ...relays];
  }

  /**
   * Of a server that runs elsewhere and of which nothing at all was heard: that there is none, which says nothing of the
   * program that the scenario is about. Where the scenario itself may keep datagrams from arriving, nobody can know.
   */
  async absenceOfServer(): Promise<Omit<Failure, "place" | "step"> | undefined> {
    if (!this.#elsewhere || this.#wasHeard(SERVER_NAME) || [...this.clients.values()].some(sawServer)) {
      return undefined;
    }
    const { host, port } = await this.server.address();
    return {
      kind: "environment",
      expected: `a server answers at ${formatAddress({ host, port })}`,
      found: [
        "no datagram came from there at all",
        `Start a server there (\`udpchat server --port ${port}\`), or name the address (UDP) of one that runs.`,
      ],
      ledgers: [],
    };
  }

  /** Starts the server, and with its first start the bots. Their readiness is part of it. */
  async startServer(): Promise<void> {
    this.#startingAt = this.#serverPlace;
    if (this.#beginsSilent && !this.#silence.running) {
      await this.silence();
      return;
    }
    await this.#silence[Symbol.asyncDispose]();
    await this.server.start();
    await this.#introduceServer();
    if (this.#botsStarted) return;
    this.#botsStarted = true;
    await this.#startBots();
  }

  /** From now on the server's port hears everything and answers nothing. */
  async silence(): Promise<void> {
    if (this.server.running) await this.server.kill();
    await this.#silence.start(await this.server.address());
  }

  /** What the bots' hosts said, and a server of somebody else's. */
  otherViews(): readonly LedgerView[] {
    const { ledger } = this.server;
    return [...this.#botViews(), ...(ledger === undefined ? [] : [viewOf(ledger)])];
  }

  #botViews(): readonly LedgerView[] {
    return this.#bots.map((bot) => bot.view()).filter((view) => view !== undefined);
  }

  /** Those who speak leave before the one they speak to. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#left = true;
    const speakers = [...this.clients.values()].map((role) => role.close());
    const bots = this.#bots.map((bot) => bot[Symbol.asyncDispose]());
    const ends = [
      ...(await Promise.allSettled([...speakers, ...bots])),
      await settled(this.#relays?.[Symbol.asyncDispose]() ?? Promise.resolve()),
      await settled(this.#silence[Symbol.asyncDispose]()),
      await settled(this.server.close()),
    ];
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

  #serverOf(scenario: Scenario, stage: Stage, nowMs: () => number): ServerParticipant {
    const { server, underTest } = scenario;
    const world = stage.network.world(SERVER_NAME);
    if (server?.kind === "program") {
      const implementation = implementationFor(server, "server", underTest ?? ownPrograms());
      return new ForeignServer({ implementation, world, ledger: new Ledger(SERVER_NAME, this.sent, nowMs) });
    }
    return new ServerRole({
      world,
      persist: server?.kind === "native" && server.persist,
      external: externalAddress(server),
      onEvent: (event) => this.#noteFault(event),
      nowMs,
    });
  }

  /** Whose it is its port tells; some use another than their command line gives them. */
  #noteUnanswered(from: Address, sizeBytes: number): void {
    const programs = [...this.clients.values()].filter((role) => role instanceof ForeignClient);
    const running = programs.filter(({ running }) => running);
    const owners = running.filter(({ port }) => port === from.port);
    for (const { ledger, name } of owners.length > 0 ? owners : running) {
      ledger.record(name, { kind: "datagram", sizeBytes });
    }
  }

  #noteFault(event: ServerEvent): void {
    // What the network does to a server is the scenario's business; what the server does to itself is not.
    if (event.kind !== "fault") return;
    if (event.error instanceof NetworkError && event.error.code !== "RECEIVER_FAILED") return;
    this.#faults.push(event.error);
  }
}

/** All nicknames that a scenario brings into play, those that clients register `as` included where they are known by now. */
export function nicksIn(scenario: Scenario): readonly string[] {
  const { clients, bots } = scenario;
  const borrowed = everyStepOf(scenario).flatMap((step) =>
    step.verb === "register" && step.as !== undefined && !isAsUnbound(step) ? [step.as] : [],
  );
  return [...new Set([...clients.keys(), ...[...bots.values()].map(({ nick }) => nick), ...borrowed])];
}

/** Until its value is known, something else stands in its place. */
function isAsUnbound({ unbound }: Step): boolean {
  const as = unbound && entryOf(unbound.fields, "as");
  return as !== undefined && isUnbound(as.value);
}

/** A program's datagrams are its own, so of what it heard only its screen tells. */
function sawServer({ ledger }: Participant): boolean {
  return ledger.entries.some(({ seen }) => seen.kind === "line" && FROM_SERVER.has(seen.shows));
}

const FROM_SERVER: ReadonlySet<Showing | undefined> = new Set([
  "registered",
  "refused",
  "deregistered",
  "mail",
  "table",
  "saved",
]);

function externalAddress(spec: ServerSpec | undefined): Address | undefined {
  return spec?.kind === "external" ? { host: spec.host, port: spec.port } : undefined;
}

async function settled(promise: Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [end] = await Promise.allSettled([promise]);
  return end;
}
