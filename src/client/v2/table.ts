import { type Address, formatAddress, sameAddress } from "../../protocol/address.ts";
import { TABLE_STRETCH_DATAGRAMS_MAX } from "../../protocol/limits.ts";
import type { ServerPacket, TableRow } from "../../protocol/v2/index.ts";
import type { Contact } from "../api.ts";

/**
 * The table of clients, put together from versions. Each row is known as it was in some version, and an older one never
 * replaces it, in whatever order they arrive.
 *
 * Changes come by themselves. What is missing before them, and at first the whole table, is asked for: `pollSync` says with what.
 */
export class VersionedTable {
  readonly #own: string;
  readonly #contacts = new Map<string, Contact>();
  readonly #byAddress = new Map<string, Contact>();
  /** In which version a row was as it is known. */
  readonly #versions = new Map<string, number>();
  /** All changes up to this version are known; 0 when the whole table is not. */
  #have = 0;
  /** The newest version heard of. */
  #newest = 0;
  /** Of a whole table that is coming in: where it has got to, and the oldest version of its stretches. */
  #pass: Pass = { cursor: 0, version: Number.POSITIVE_INFINITY, seen: new Set() };
  #stretchesLeft = 0;
  #changed = false;

  /** @param own The nickname of the client itself, which is not in its table. */
  constructor(own: string) {
    this.#own = own;
  }

  /** By nickname. */
  get contacts(): ReadonlyMap<string, Contact> {
    return this.#contacts;
  }

  get have(): number {
    return this.#have;
  }

  /** True while something is known to be missing. */
  get incomplete(): boolean {
    return this.#have === 0 || this.#have < this.#newest;
  }

  /** Who was last seen at that address; of several, whoever is online. */
  nickAt(address: Address): string | undefined {
    return this.#byAddress.get(formatAddress(address))?.nick;
  }

  /** A server that may know another table has taken the client in. What is known is shown until it is replaced. */
  restart(version: number): void {
    this.#versions.clear();
    this.#changed = true;
    this.#have = 0;
    this.#newest = version;
    this.#beginPass();
  }

  /** The server's table has got to this version. */
  handleVersion(version: number): void {
    this.#newest = Math.max(this.#newest, version);
  }

  handleDelta({ from, to, rows }: Extract<ServerPacket, { kind: "delta" }>): void {
    this.handleVersion(to);
    for (const row of rows) this.#put(row, to);
    if (this.#have > 0 && from <= this.#have) this.#have = Math.max(this.#have, to);
  }

  /** A stretch of the whole table. Returns whether it brought the client on. */
  handleStretch({ version, cursor, nextCursor, rows }: Extract<ServerPacket, { kind: "table" }>): boolean {
    this.handleVersion(version);
    for (const row of rows) this.#put(row, version);
    if (cursor !== this.#pass.cursor) return false;
    for (const { nick } of rows) this.#pass.seen.add(nick);
    this.#pass.version = Math.min(this.#pass.version, version);
    this.#pass.cursor = nextCursor;
    this.#stretchesLeft -= 1;
    if (nextCursor === 0) this.#endPass();
    return true;
  }

  /** A row by itself, as it was when the server sent it. */
  handleRow(row: TableRow): void {
    this.#put(row, this.#versions.get(row.nick) ?? 0);
  }

  /** He is away, or was in this version; what older versions say does not count. */
  markOffline(nick: string, version: number): void {
    const contact = this.#contacts.get(nick);
    if (contact === undefined || (this.#versions.get(nick) ?? 0) >= version) return;
    this.#versions.set(nick, version);
    this.#set({ ...contact, online: false });
  }

  /** What to ask the server for, to get what is missing. */
  pollSync(): { readonly haveVersion: number; readonly cursor: number } {
    this.#stretchesLeft = TABLE_STRETCH_DATAGRAMS_MAX;
    return { haveVersion: this.#have, cursor: this.#have === 0 ? this.#pass.cursor : 0 };
  }

  /** True when the server has sent all that it sends at once. */
  get answered(): boolean {
    return this.#stretchesLeft <= 0;
  }

  /** True once after each change, and once for each table that became whole, also where nobody else is in it. */
  takeNews(): boolean {
    if (!this.#changed || this.#have === 0) return false;
    this.#changed = false;
    return true;
  }

  #beginPass(): void {
    this.#pass = { cursor: 0, version: Number.POSITIVE_INFINITY, seen: new Set() };
  }

  #endPass(): void {
    const { version, seen } = this.#pass;
    for (const nick of [...this.#contacts.keys()]) {
      if (!seen.has(nick) && (this.#versions.get(nick) ?? 0) <= version)
        this.#put({ nick, gone: true }, version);
    }
    this.#have = Math.max(this.#have, version);
    this.#beginPass();
  }

  #put(row: TableRow, version: number): void {
    if (row.nick === this.#own || (this.#versions.get(row.nick) ?? 0) > version) return;
    this.#versions.set(row.nick, version);
    const before = this.#contacts.get(row.nick);
    if ("gone" in row) {
      this.#forgetVersions();
      if (before === undefined) return;
      this.#contacts.delete(row.nick);
      this.#forgetAddress(before);
      this.#changed = true;
      return;
    }
    const { nick, address, online, dialect, publicKey } = row;
    this.#set({ nick, address, online, protocol: dialect, ...(publicKey !== "" && { publicKey }) });
  }

  /**
   * Of nicknames that the server has forgotten the versions are kept for a while, for an older row may be under way; not of all
   * that there ever were.
   */
  #forgetVersions(): void {
    if (this.#versions.size <= 2 * this.#contacts.size + GONE_MAX) return;
    for (const [nick, version] of this.#versions) {
      if (version <= this.#have && !this.#contacts.has(nick)) this.#versions.delete(nick);
    }
  }

  #set(contact: Contact): void {
    const before = this.#contacts.get(contact.nick);
    if (before !== undefined && isSame(before, contact)) return;
    if (before !== undefined) this.#forgetAddress(before);
    this.#contacts.set(contact.nick, contact);
    const key = formatAddress(contact.address);
    if (contact.online || this.#byAddress.get(key)?.online !== true) this.#byAddress.set(key, contact);
    this.#changed = true;
  }

  #forgetAddress(contact: Contact): void {
    const key = formatAddress(contact.address);
    if (this.#byAddress.get(key)?.nick === contact.nick) this.#byAddress.delete(key);
  }
}

/** Nicknames of which is remembered that the server has forgotten them, beside as many as there are contacts. */
const GONE_MAX = 1_000;

interface Pass {
  cursor: number;
  version: number;
  readonly seen: Set<string>;
}

function isSame(a: Contact, b: Contact): boolean {
  return (
    a.online === b.online &&
    sameAddress(a.address, b.address) &&
    a.protocol === b.protocol &&
    a.publicKey === b.publicKey
  );
}
