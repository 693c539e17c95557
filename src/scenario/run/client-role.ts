import { type ChatClient, ClientError, type Receipt } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import type { Identity } from "../../net/keys.ts";
import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { ClientCommand } from "../language/actions.ts";
import type { Place } from "../language/place.ts";
import { Ledger } from "./ledger.ts";
import { type Life, mortal } from "./mortal-world.ts";
import type { CommandEnd, Participant } from "./participant.ts";
import { roleIdentity } from "./role-identity.ts";
import type { SentLog } from "./sent.ts";

/**
 * One of our own clients, in this process. Its port is opened at its first `register`, `deregister` or `send`; from then on
 * all it sees is in its ledger. Under another nickname, and after it was ended, it is a new client on a new port, with the
 * same ledger.
 */
export class ClientRole implements Participant {
  readonly name: string;
  readonly isEvidence = true;
  readonly ledger: Ledger;
  readonly #world: World;
  readonly #protocol: "auto" | 1 | 2;
  readonly #serverAddress: () => Promise<Address>;
  readonly #sent: SentLog;
  readonly #nowMs: () => number;
  /** Its own for as long as the scenario lasts: it comes back as who it was. */
  readonly #identity: Identity;
  #running: Running | undefined;
  #lastNick: string;
  #open: ChatClient | undefined;
  #pendingSends = 0;

  constructor(options: {
    readonly name: string;
    readonly world: World;
    readonly protocol: "auto" | 1 | 2;
    readonly serverAddress: () => Promise<Address>;
    readonly sent: SentLog;
    /** Time since the scenario began. */
    readonly nowMs: () => number;
  }) {
    this.name = options.name;
    this.#lastNick = options.name;
    this.#world = options.world;
    this.#protocol = options.protocol;
    this.#identity = roleIdentity(options.name);
    this.#serverAddress = options.serverAddress;
    this.#sent = options.sent;
    this.#nowMs = options.nowMs;
    this.ledger = new Ledger(options.name, options.sent, options.nowMs);
  }

  get pendingSends(): number {
    return this.#pendingSends;
  }

  /** Who stands still does nothing before long. */
  get busy(): boolean {
    return (this.#open?.busy ?? false) && this.#running?.paused !== true;
  }

  async address(): Promise<Address> {
    return (await this.#as(this.#lastNick)).address;
  }

  /** @throws NetworkError when the port cannot be opened. */
  async register(nick: string, signal: AbortSignal): Promise<CommandEnd> {
    const client = await this.#as(nick);
    this.ledger.record(nick, { kind: "registering" });
    return await this.#command(client.register({ signal }), nick, signal);
  }

  async deregister(signal: AbortSignal): Promise<CommandEnd> {
    const client = await this.#as(this.#lastNick);
    return await this.#command(client.deregister({ signal }), client.nick, signal);
  }

  async send(to: string, text: string, place: Place, signal: AbortSignal): Promise<Receipt> {
    this.#pendingSends += 1;
    try {
      const client = await this.#as(this.#lastNick);
      const { nick } = client;
      const sentAtMs = this.#nowMs();
      const finish = this.#sent.add({ sender: this.name, from: nick, to, text, place, sentAtMs });
      const receipt = await client.send(to, text, { signal });
      finish(receipt, this.#nowMs());
      this.ledger.record(nick, { kind: "receipt", to, text, receipt });
      return receipt;
    } finally {
      this.#pendingSends -= 1;
    }
  }

  input(): Promise<string> {
    return Promise.resolve("it is no program that one types into: only a client with `process` is");
  }

  async sendRaw(to: Address, bytes: Uint8Array): Promise<void> {
    await this.#as(this.#lastNick);
    this.#sent.addForger(this.#lastNick);
    this.#running?.life.send(to, bytes);
  }

  async control(command: ClientCommand, signal: AbortSignal): Promise<string | undefined> {
    const running = this.#running;
    if (command === "start") {
      if (running !== undefined) return "it runs already";
      await this.#as(this.#lastNick);
      return undefined;
    }
    if (running === undefined) return "it does not run";
    switch (command) {
      case "stop": {
        if (running.paused) return "it stands still";
        const client = await running.opened;
        if (client.registered) await this.#command(client.deregister({ signal }), client.nick, signal);
        await this.close();
        return undefined;
      }
      case "kill":
        running.life.die();
        await this.close();
        return undefined;
      case "pause":
        if (running.paused) return "it stands still already";
        running.paused = true;
        running.life.pause();
        return undefined;
      case "resume":
        if (!running.paused) return "it does not stand still";
        running.paused = false;
        running.life.resume();
        return undefined;
    }
  }

  async close(): Promise<void> {
    const last = this.#running;
    this.#running = undefined;
    this.#open = undefined;
    if (last === undefined) return;
    const client = await last.opened.catch(() => undefined);
    if (client === undefined) return;
    last.life.resume();
    await client.close();
    this.ledger.record(last.nick, { kind: "closed" });
  }

  async #as(nick: string): Promise<ChatClient> {
    if (this.#running?.nick !== nick) {
      const closing = this.close();
      const life = mortal(this.#world);
      const opened = closing.then(() => this.#begin(nick, life));
      this.#lastNick = nick;
      this.#running = { nick, life, opened, paused: false };
    }
    return await this.#running.opened;
  }

  async #begin(nick: string, life: Life): Promise<ChatClient> {
    this.#sent.addClient(nick);
    const server = await this.#serverAddress();
    const client = await openClient(
      { nick, server, protocol: this.#protocol, identity: this.#identity },
      life.world,
    );
    client.subscribe((event) => this.ledger.record(nick, event));
    this.#open = client;
    return client;
  }

  async #command(command: Promise<unknown>, nick: string, signal: AbortSignal): Promise<CommandEnd> {
    try {
      await command;
      return { kind: "ok", detail: "" };
    } catch (error) {
      if (signal.aborted || !(error instanceof ClientError)) throw error;
      const detail = `${error.code}: ${error.message}`;
      this.ledger.record(nick, { kind: "error", text: detail });
      return { kind: END_OF[error.code], detail };
    }
  }
}

interface Running {
  readonly nick: string;
  readonly life: Life;
  readonly opened: Promise<ChatClient>;
  paused: boolean;
}

const END_OF = {
  REFUSED: "refused",
  NICK_IN_USE: "refused",
  NICK_OWNED: "refused",
  SERVER_NOT_RESPONDING: "timeout",
  NOT_REGISTERED: "failed",
  BUSY: "failed",
  CLOSED: "failed",
} as const;
