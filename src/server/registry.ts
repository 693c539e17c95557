import { type Address, formatAddress } from "../protocol/address.ts";
import type { Exchange } from "../protocol/exchange.ts";
import type { StoredClient } from "../store/chat-store.ts";
import type { ServerEntries } from "./server-entries.ts";
import { BATCH_MAX, type V1MailDelivery } from "./v1/mail-delivery.ts";
import type { V2MailDelivery } from "./v2/mail-delivery.ts";
import { type NativeState, nativeState } from "./v2/native-state.ts";

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
  mail: V1MailDelivery | V2MailDelivery | undefined;
  /** Of one that registered in v2 last: the key that owns the nickname, its session, what it knows. */
  native: NativeState | undefined;
  /** Gives the order in which nicknames became known. */
  readonly slot: number;
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
  /** What it wants saved, while the recipients are asked whether they are there; by what tells one request from another. */
  readonly saving: Set<string>;
  /** The latest text kept for it as sender, to recognise a repeat of the request. */
  latestSave: { readonly to: string; readonly text: string; readonly when: SavedWhen } | undefined;
}

/** In this run, or in an earlier one, of which only the date is known. */
export type SavedWhen = { readonly nowMs: number } | { readonly dateMs: number };

export type Presence = "online" | "vanished" | "offline";

/** True when everybody is shown that it is online. */
export function isShown({ presence, announced }: Client): boolean {
  return presence === "online" && announced;
}

/** All nicknames the server knows, found by nickname and by the address they last registered from. */
export class Registry {
  readonly #byNick = new Map<string, Client>();
  readonly #byAddress = new Map<string, Client>();
  readonly #bySession = new Map<string, Client>();
  readonly #online = new Set<Client>();
  /** Those of `#online`, by what they speak. */
  readonly #onlineIn = { 1: new Set<Client>(), 2: new Set<Client>() };
  /** In the order of their slots. */
  #slots: Client[] = [];
  #nextSlot = 1;

  get size(): number {
    return this.#byNick.size;
  }

  get entries(): Pick<ServerEntries, "nicknames" | "addresses" | "sessions"> {
    return { nicknames: this.#byNick.size, addresses: this.#byAddress.size, sessions: this.#bySession.size };
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

  onlineIn(dialect: 1 | 2): ReadonlySet<Client> {
    return this.#onlineIn[dialect];
  }

  /** Whose session it is. */
  bySession(session: string): Client | undefined {
    return this.#bySession.get(session);
  }

  setPresence(client: Client, presence: Presence): void {
    client.presence = presence;
    this.#sort(client);
  }

  /** Says what it speaks, and in v2 under which session. */
  setNative(client: Client, native: NativeState | undefined): void {
    const former = client.native?.session ?? "";
    if (this.#bySession.get(former) === client) this.#bySession.delete(former);
    client.native = native;
    if (native !== undefined && native.session !== "") this.#bySession.set(native.session, client);
    this.#sort(client);
  }

  /** Those known, in the order in which they became known, from a slot on. */
  *from(slot: number): Iterable<Client> {
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#slots[middle]?.slot ?? 0) < slot) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.#slots.length; index++) {
      const client = this.#slots[index];
      if (client !== undefined) yield client;
    }
  }

  all(): Iterable<Client> {
    return this.#byNick.values();
  }

  /** Adds one that is not known yet. */
  add({ nick, address, online, native }: StoredClient): Client {
    const client: Client = {
      native: undefined,
      slot: this.#nextSlot++,
      nick,
      address,
      // Who has a session has not said goodbye: it only was not heard when this was kept, and may be there.
      presence: online ? "online" : native !== undefined && native.session !== "" ? "vanished" : "offline",
      outcome: "new",
      announced: online,
      mail: undefined,
      mailBatchMax: BATCH_MAX,
      probe: undefined,
      questions: [],
      newcomer: undefined,
      tableSentMs: Number.NEGATIVE_INFINITY,
      heardMs: Number.NEGATIVE_INFINITY,
      saving: new Set(),
      latestSave: undefined,
    };
    this.#byNick.set(nick, client);
    this.#byAddress.set(formatAddress(address), client);
    this.#slots.push(client);
    this.setNative(client, native && nativeState(native));
    return client;
  }

  remove(client: Client): void {
    this.#byNick.delete(client.nick);
    this.#slots = this.#slots.filter((other) => other !== client);
    this.setNative(client, undefined);
    this.setPresence(client, "offline");
    this.#forgetAddress(client);
  }

  move(client: Client, address: Address): void {
    this.#forgetAddress(client);
    client.address = address;
    this.#byAddress.set(formatAddress(address), client);
  }

  #sort(client: Client): void {
    const isOnline = client.presence === "online";
    const put = (set: Set<Client>, belongs: boolean) => {
      if (belongs) set.add(client);
      else set.delete(client);
    };
    put(this.#online, isOnline);
    put(this.#onlineIn[1], isOnline && client.native === undefined);
    put(this.#onlineIn[2], isOnline && client.native !== undefined);
  }

  #forgetAddress(client: Client): void {
    const key = formatAddress(client.address);
    if (this.#byAddress.get(key) === client) this.#byAddress.delete(key);
  }
}
