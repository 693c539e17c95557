import type { ChatClient, ClientEvent, MessageId, Receipt } from "../../../src/client/api.ts";
import { openClient } from "../../../src/client/client.ts";
import { type Identity, identityFrom } from "../../../src/net/keys.ts";
import type { World } from "../../../src/net/network.ts";
import type { Address } from "../../../src/protocol/address.ts";
import { Ledger } from "../../../src/scenario/run/ledger.ts";
import { mortal } from "../../../src/scenario/run/mortal-world.ts";
import type { Observation } from "../../../src/scenario/run/observation.ts";
import type { SentLog } from "../../../src/scenario/run/sent.ts";
import { describeObservation } from "../../../src/scenario/run/wording.ts";
import type { ClientSpec } from "./program.ts";

export interface ParticipantOptions {
  readonly spec: ClientSpec;
  readonly world: World;
  readonly server: Address;
  readonly sent: SentLog;
  /** Told of everything he sees, in words. */
  readonly tell: (line: string) => void;
}

/**
 * A person with a client program that crashes and is started again. What he saw and what he sent he remembers over all
 * of it; the program remembers what a program does.
 */
export class Participant {
  readonly spec: ClientSpec;
  readonly ledger: Ledger;
  /** When his program crashed. */
  readonly crashesMs: number[] = [];
  readonly #options: ParticipantOptions;
  #life: Life | undefined;
  #port = 0;
  /** What a careful program had sent when it crashed, and does not know the end of. */
  #orphans: Written[] = [];
  readonly #identity: Identity;

  constructor(options: ParticipantOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#identity = identityFrom(options.world.random.bytes(32));
    this.ledger = new Ledger(options.spec.name, options.sent, () => options.world.clock.nowMs());
  }

  get name(): string {
    return this.spec.name;
  }

  /** `undefined` while it does not run. */
  get client(): ChatClient | undefined {
    return this.#life?.client;
  }

  /** Messages of the program that runs whose receipt is awaited. */
  get awaited(): number {
    return this.#life?.unsettled.size ?? 0;
  }

  /** Does nothing while it runs. */
  async start(port: "same" | "other"): Promise<void> {
    if (this.#life !== undefined) return;
    const { world, server, sent } = this.#options;
    sent.addClient(this.name);
    const body = mortal(world);
    const bind = port === "same" ? { port: this.#port } : {};
    const protocol = this.spec.dialect === 1 ? 1 : "auto";
    const options = { nick: this.name, server, bind, protocol, identity: this.#identity } as const;
    const client = await openClient(options, body.world);
    const life: Life = { client, die: () => body.die(), dead: false, unsettled: new Set() };
    this.#life = life;
    this.#port = client.address.port;
    client.subscribe((event) => {
      if (life.dead) return;
      this.#note(event);
      if (event.kind === "registered") this.#sendAgain(life);
    });
  }

  async crash(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#end(life);
    this.crashesMs.push(this.#nowMs());
    this.#record({ kind: "closed" });
    life.die();
    await life.client.close();
  }

  /** Resolves to whether it is registered then. A program that does not run does nothing. */
  async register(): Promise<boolean> {
    const life = this.#life;
    if (life === undefined) return false;
    this.#record({ kind: "registering" });
    return await this.#command(life, life.client.register());
  }

  async deregister(): Promise<boolean> {
    const life = this.#life;
    return life !== undefined && (await this.#command(life, life.client.deregister()));
  }

  /** @returns `undefined` when the program does not run or crashes before it knows. */
  async send(to: string, text: string, actionId: number): Promise<Receipt | undefined> {
    const life = this.#life;
    if (life === undefined) return undefined;
    const place = { file: "program", line: actionId, column: 1 };
    const message = { sender: this.name, from: this.name, to, text, place, sentAtMs: this.#nowMs() };
    const finish = this.#options.sent.add(message);
    return await this.#deliver(life, { to, text, finish, id: life.client.newMessageId(to), again: 0 });
  }

  /** What a program that crashed was about, before anything new. */
  #sendAgain(life: Life): void {
    const orphans = this.#orphans;
    this.#orphans = [];
    for (const message of orphans) void this.#deliver(life, { ...message, again: message.again + 1 });
  }

  async #deliver(life: Life, message: Written): Promise<Receipt | undefined> {
    const { to, text, id, finish } = message;
    life.unsettled.add(message);
    const receipt = await life.client.send(to, text, this.spec.careful ? { id } : {});
    if (life.dead) return undefined;
    life.unsettled.delete(message);
    // A v1 recipient may be shown what the crashed programs had transmitted, too.
    finish({ ...receipt, attempts: receipt.attempts + ATTEMPTS_MAX * message.again }, this.#nowMs());
    this.#options.tell(`${this.name}: ${describeObservation({ kind: "receipt", to, text, receipt })}`);
    return receipt;
  }

  async close(): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#end(life);
    await life.client.close();
  }

  #end(life: Life): void {
    life.dead = true;
    this.#life = undefined;
    if (this.spec.careful) this.#orphans = [...this.#orphans, ...life.unsettled];
  }

  async #command(life: Life, command: Promise<unknown>): Promise<boolean> {
    try {
      await command;
      return true;
    } catch (error) {
      if (!life.dead) this.#record({ kind: "error", text: String(error) });
      return false;
    }
  }

  #note(event: ClientEvent): void {
    if (JUDGED.has(event.kind)) this.#record(event);
    else if (event.kind !== "table") this.#options.tell(`${this.name}: ${describeObservation(event)}`);
  }

  #record(seen: Observation): void {
    this.ledger.record(this.name, seen);
    this.#options.tell(`${this.name}: ${describeObservation(seen)}`);
  }

  #nowMs(): number {
    return this.#options.world.clock.nowMs();
  }
}

interface Life {
  readonly client: ChatClient;
  readonly die: () => void;
  /** A dead program says nothing more, and nobody hears what it still does. */
  dead: boolean;
  /** Messages whose receipt is awaited, in the order in which they were sent. */
  readonly unsettled: Set<Written>;
}

/** More than a program makes of one message. */
const ATTEMPTS_MAX = 50;

interface Written {
  readonly to: string;
  readonly text: string;
  readonly id: MessageId;
  readonly finish: (receipt: Receipt, atMs: number) => void;
  /** How often the program crashed since it was first sent. */
  readonly again: number;
}

/** What is judged; the rest would only be long. */
const JUDGED: ReadonlySet<ClientEvent["kind"]> = new Set(["message", "registered", "deregistered", "mail"]);
