import { type Address, formatAddress } from "../protocol/address.ts";
import type { Exchange } from "../protocol/exchange.ts";
import type { StoredClient } from "../store/chat-store.ts";
import { BATCH_MAX, type MailDelivery } from "./mail-delivery.ts";

/** A nickname that the server knows, and what it is doing with its holder. */
export interface Client {
  readonly nick: string;
  /** Of the latest registration. */
  address: Address;
  /** `vanished`: it did not answer; it is back with its next datagram. `offline`: it said goodbye. */
  presence: Presence;
  /** What the latest registration was told, for a repeat of it. */
  outcome: "new" | "back";
  /** False while saved messages are handed over, so that nobody overtakes them with newer ones. */
  announced: boolean;
  mail: MailDelivery | undefined;
  /** Saved messages that it is handed at once. */
  mailBatchMax: number;
  /** A ping whose answer is awaited. */
  probe: Exchange | undefined;
  /** Who wants to know whether it answers. */
  questions: ((alive: boolean, nowMs: number) => void)[];
  /** Who wants the nickname while its holder is probed. */
  newcomer: Address | undefined;
  /** When it was last sent the table. */
  tableSentMs: number;
  /** When it was last heard. */
  heardMs: number;
  /** What it wants saved, while the recipient is asked whether he is there. */
  saving: { readonly to: string; readonly text: string } | undefined;
  /** The latest text kept for it as sender, to recognise a repeat of the request. */
  latestSave: { readonly to: string; readonly text: string; readonly when: SavedWhen } | undefined;
}

/** In this run, or in an earlier one, of which only the date is known. */
export type SavedWhen = { readonly nowMs: number } | { readonly dateMs: number };

export type Presence = "online" | "vanished" | "offline";

/** All nicknames the server knows, found by nickname and by the address they last registered from. */
export class Registry {
  readonly #byNick = new Map<string, Client>();
  readonly #byAddress = new Map<string, Client>();
  readonly #online = new Set<Client>();

  get size(): number {
    return this.#byNick.size;
  }

  byNick(nick: string): Client | undefined {
    return this.#byNick.get(nick);
  }

  /** Whoever registered from there last. */
  byAddress(address: Address): Client | undefined {
    return this.#byAddress.get(formatAddress(address));
  }

  /** Those who are online. */
  get online(): ReadonlySet<Client> {
    return this.#online;
  }

  setPresence(client: Client, presence: Presence): void {
    client.presence = presence;
    if (presence === "online") this.#online.add(client);
    else this.#online.delete(client);
  }

  all(): Iterable<Client> {
    return this.#byNick.values();
  }

  /** Adds one that is not known yet. */
  add({ nick, address, online }: StoredClient): Client {
    const client: Client = {
      nick,
      address,
      presence: online ? "online" : "offline",
      outcome: "new",
      announced: online,
      mail: undefined,
      mailBatchMax: BATCH_MAX,
      probe: undefined,
      questions: [],
      newcomer: undefined,
      tableSentMs: Number.NEGATIVE_INFINITY,
      heardMs: Number.NEGATIVE_INFINITY,
      saving: undefined,
      latestSave: undefined,
    };
    this.#byNick.set(nick, client);
    this.#byAddress.set(formatAddress(address), client);
    if (online) this.#online.add(client);
    return client;
  }

  remove(client: Client): void {
    this.#byNick.delete(client.nick);
    this.#online.delete(client);
    this.#forgetAddress(client);
  }

  move(client: Client, address: Address): void {
    this.#forgetAddress(client);
    client.address = address;
    this.#byAddress.set(formatAddress(address), client);
  }

  #forgetAddress(client: Client): void {
    const key = formatAddress(client.address);
    if (this.#byAddress.get(key) === client) this.#byAddress.delete(key);
  }
}
