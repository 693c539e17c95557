import { type Address, formatAddress, sameAddress } from "../../protocol/address.ts";
import type { Row } from "../../protocol/v1/packets.ts";
import type { Contact } from "../api.ts";

/**
 * The table of clients, put together from v1's rows as they come. Rows are merged: each is true by itself, and a
 * v1 server seldom takes a nickname out of its table (ours only when it is full); such a one stays here, shown offline.
 *
 * A table is whole when as many different rows came as were announced. If they do not, the client asks
 * again, and rows that came meanwhile count: under loss every round brings some of what is missing.
 *
 * A row is four datagrams that do not say whose they are. Of a table with gaps the rest can look like a row that joins
 * one nickname to another's address; so a row that gives somebody a new address is believed when it comes a second time,
 * or at once with a table of which all rows came in one go.
 */
export class Table {
  readonly #contacts = new Map<string, Contact>();
  readonly #byAddress = new Map<string, Contact>();
  /** Nicknames whose rows came since the table was last whole; `undefined` when no table is awaited. */
  #fresh: Set<string> | undefined;
  #rowsExpected: number | undefined;
  #changed = false;
  /** Rows of the table that is coming in now. */
  #rows: Row[] = [];
  #rowsAnnounced = 0;
  /** New addresses that came once, by nickname. */
  readonly #heardOnce = new Map<string, string>();

  /** By nickname. */
  get contacts(): ReadonlyMap<string, Contact> {
    return this.#contacts;
  }

  /** Who was last seen at that address; of several, whoever is online. */
  nickAt(address: Address): string | undefined {
    return this.#byAddress.get(formatAddress(address))?.nick;
  }

  /** True while something is known to be missing. */
  get incomplete(): boolean {
    return this.#fresh !== undefined && !this.#isWhole();
  }

  /** A table is expected, although nothing of it has come. */
  expect(): void {
    this.#fresh ??= new Set();
  }

  begin(rows: number): void {
    this.#fresh ??= new Set();
    this.#rowsExpected = rows;
    this.#rowsAnnounced = rows;
    this.#rows = [];
  }

  /** Takes a row in, and believes what can be believed by now. */
  add(row: Row): void {
    this.#fresh ??= new Set();
    this.#rows.push(row);
    if (!this.#isDoubtful(row.nick) && !this.#isFirstHeard(row)) this.#believe(row);
    if (this.#rows.length === this.#rowsAnnounced) this.#believeAll(this.#rows);
  }

  /** Overrides the row until its next one comes. */
  markOffline(nick: string): void {
    const contact = this.#contacts.get(nick);
    if (contact === undefined) return;
    const away = { ...contact, online: false };
    this.#contacts.set(nick, away);
    this.#index(away, contact);
  }

  /** True once for each table that became whole, and for changes in one that did not. */
  takeNews({ settled }: { settled: boolean }): boolean {
    if (this.#isWhole()) {
      this.#fresh = undefined;
      this.#rowsExpected = undefined;
      this.#changed = false;
      return true;
    }
    if (!settled || !this.#changed) return false;
    this.#changed = false;
    return true;
  }

  /** Stops waiting for what is missing. */
  giveUp(): void {
    this.#fresh = undefined;
    this.#rowsExpected = undefined;
  }

  /** True for a row with a new address, once. */
  #isFirstHeard({ nick, address }: Row): boolean {
    const known = this.#contacts.get(nick);
    if (known !== undefined && sameAddress(known.address, address)) return false;
    const key = formatAddress(address);
    if (this.#heardOnce.get(nick) === key) return false;
    this.#heardOnce.set(nick, key);
    return true;
  }

  /** A table in one go. It also corrects what was believed before. */
  #believeAll(rows: readonly Row[]): void {
    const byNick = new Map(rows.map((row) => [row.nick, row]));
    const online = rows.filter((row) => row.online).map(({ address }) => formatAddress(address));
    // Who is in it twice shows that the rest of one table was taken together with a part of the next.
    if (byNick.size < rows.length || new Set(online).size < online.length) return;
    const doubtful = rows.filter((row) => this.#isDoubtful(row.nick) && this.#isFirstHeard(row));
    if (doubtful.length > 0) return;
    for (const row of rows) {
      const holder = this.nickAt(row.address);
      if (row.online && holder !== undefined && holder !== row.nick) this.markOffline(holder);
      this.#believe(row);
    }
  }

  /** Where a nickname was lost, the field before it can stand in for it, also in a table of as many rows as announced. */
  #isDoubtful(nick: string): boolean {
    return FIELD.test(nick) && !this.#contacts.has(nick);
  }

  /**
   * A row that gives somebody an address at which somebody else is online is not believed: fields of two
   * rows were mixed up on the way, or the other's row is still to come. The table stays incomplete then.
   */
  #believe({ nick, address, online }: Row): void {
    this.#fresh ??= new Set();
    this.#heardOnce.delete(nick);
    const holder = this.#byAddress.get(formatAddress(address));
    if (online && holder?.online === true && holder.nick !== nick) return;
    this.#fresh.add(nick);

    const before = this.#contacts.get(nick);
    this.#changed ||=
      before?.online !== online ||
      before.address.host !== address.host ||
      before.address.port !== address.port;
    const contact: Contact = { nick, address, online, protocol: 1 };
    this.#contacts.set(nick, contact);
    this.#index(contact, before);
  }

  #index(contact: Contact, before: Contact | undefined): void {
    if (before !== undefined) {
      const formerKey = formatAddress(before.address);
      if (this.#byAddress.get(formerKey)?.nick === contact.nick) this.#byAddress.delete(formerKey);
    }
    const key = formatAddress(contact.address);
    if (contact.online || this.#byAddress.get(key)?.online !== true) this.#byAddress.set(key, contact);
  }

  #isWhole(): boolean {
    return (
      this.#fresh !== undefined && this.#rowsExpected !== undefined && this.#fresh.size >= this.#rowsExpected
    );
  }
}

/** What may be a nickname, and may be a count, a port or a flag. */
const FIELD = /^(?:\d+|yes|no)$/;
