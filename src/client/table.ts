import { type Address, formatAddress } from "../protocol/address.ts";
import type { Row } from "../protocol/packets.ts";
import type { Contact } from "./api.ts";

/**
 * The table of clients, put together from v1's rows as they come. Rows are merged: each is true by itself, and a
 * v1 server never takes a nickname out of its table.
 *
 * A table is whole when as many different rows came as were announced. If they do not, the client asks
 * again, and rows that came meanwhile count: under loss every round brings some of what is missing.
 */
export class Table {
  readonly #contacts = new Map<string, Contact>();
  readonly #byAddress = new Map<string, Contact>();
  /** Nicknames whose rows came since the table was last whole; `undefined` when no table is awaited. */
  #fresh: Set<string> | undefined;
  #rowsExpected: number | undefined;
  #changed = false;

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
  }

  /**
   * Takes a row in. One that gives somebody an address at which somebody else is online is not believed: fields of two
   * rows were mixed up on the way, or the other's row is still to come. The table stays incomplete then.
   */
  add({ nick, address, online }: Row): void {
    this.#fresh ??= new Set();
    const holder = this.#byAddress.get(formatAddress(address));
    if (online && holder?.online === true && holder.nick !== nick) return;
    this.#fresh.add(nick);

    const before = this.#contacts.get(nick);
    this.#changed ||=
      before?.online !== online ||
      before.address.host !== address.host ||
      before.address.port !== address.port;
    const contact = { nick, address, online };
    this.#contacts.set(nick, contact);
    this.#index(contact, before);
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
      const hadRows = this.#fresh !== undefined && this.#fresh.size > 0;
      this.#fresh = undefined;
      this.#rowsExpected = undefined;
      this.#changed = false;
      return hadRows;
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
