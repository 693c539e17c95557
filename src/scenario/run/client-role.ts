import { type ChatClient, ClientError, type Receipt } from "../../client/api.ts";
import { openClient } from "../../client/client.ts";
import type { World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";
import type { Place } from "../language/model.ts";
import { Ledger } from "./ledger.ts";
import type { SentLog } from "./sent.ts";

/** How a registration or deregistration ended; with `detail` when not well. */
export interface CommandEnd {
  readonly kind: "ok" | "refused" | "timeout" | "failed";
  readonly detail: string;
}

/**
 * One client of the scenario. Its port is opened at its first `register`, `deregister` or `send`; from then on all it
 * sees is in its ledger. Under another nickname it is a new client on a new port, with the same ledger.
 */
export class ClientRole {
  readonly name: string;
  readonly ledger: Ledger;
  readonly #world: World;
  readonly #serverAddress: () => Promise<Address>;
  readonly #sent: SentLog;
  readonly #nowMs: () => number;
  #client: { readonly nick: string; readonly opened: Promise<ChatClient> } | undefined;
  #open: ChatClient | undefined;
  #pendingSends = 0;

  constructor(options: {
    readonly name: string;
    readonly world: World;
    readonly serverAddress: () => Promise<Address>;
    readonly sent: SentLog;
    /** Time since the scenario began. */
    readonly nowMs: () => number;
  }) {
    this.name = options.name;
    this.#world = options.world;
    this.#serverAddress = options.serverAddress;
    this.#sent = options.sent;
    this.#nowMs = options.nowMs;
    this.ledger = new Ledger(options.name, options.sent, options.nowMs);
  }

  /** Messages on their way whose receipt is awaited: more of them may be transmitted at any time. */
  get pendingSends(): number {
    return this.#pendingSends;
  }

  get busy(): boolean {
    return this.#open?.busy ?? false;
  }

  /** @throws the signal's reason when it aborts; NetworkError when the port cannot be opened. */
  async register(nick: string, signal: AbortSignal): Promise<CommandEnd> {
    const client = await this.#as(nick);
    this.ledger.record(nick, { kind: "registering" });
    return await this.#command(client.register({ signal }), nick, signal);
  }

  async deregister(signal: AbortSignal): Promise<CommandEnd> {
    const client = await this.#as(this.#client?.nick ?? this.name);
    return await this.#command(client.deregister({ signal }), client.nick, signal);
  }

  /** Resolves when there is a receipt; it is in the ledger then, and in the log of what was sent. */
  async send(to: string, text: string, place: Place, signal: AbortSignal): Promise<Receipt> {
    this.#pendingSends += 1;
    try {
      const client = await this.#as(this.#client?.nick ?? this.name);
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

  async close(): Promise<void> {
    const last = this.#client;
    this.#client = undefined;
    if (last === undefined) return;
    const client = await last.opened.catch(() => undefined);
    if (client === undefined) return;
    await client.close();
    this.ledger.record(last.nick, { kind: "closed" });
  }

  async #as(nick: string): Promise<ChatClient> {
    if (this.#client?.nick !== nick) {
      const closing = this.close();
      this.#client = { nick, opened: closing.then(() => this.#begin(nick)) };
    }
    return await this.#client.opened;
  }

  async #begin(nick: string): Promise<ChatClient> {
    this.#sent.addClient(nick);
    const client = await openClient({ nick, server: await this.#serverAddress() }, this.#world);
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

const END_OF = {
  REFUSED: "refused",
  NICK_IN_USE: "refused",
  SERVER_NOT_RESPONDING: "timeout",
  NOT_REGISTERED: "failed",
  BUSY: "failed",
  CLOSED: "failed",
} as const;
