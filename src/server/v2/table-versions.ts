import { sameAddress } from "../../protocol/address.ts";
import type { KnownRow, TableRow } from "../../protocol/v2/index.ts";
import { type Client, isShown } from "../registry.ts";

/** A change of the table, and the version in which it came. */
interface Change {
  readonly version: number;
  readonly nick: string;
}

/** What came with a version and is still so. */
export interface Changes {
  readonly version: number;
  readonly rows: readonly TableRow[];
}

/**
 * The table in versions: what everybody is shown, and which rows changed since when. Changes become visible together,
 * at `publish`, a few to a version, so that all rows of a version fit a datagram.
 */
export class TableVersions {
  /** As last published. */
  readonly #rows = new Map<string, { readonly row: TableRow; readonly version: number }>();
  /** Not published yet: who it is, or that the nickname was forgotten. */
  readonly #touched = new Map<string, Client | undefined>();
  /** Newest last; of several changes of one row only the newest counts. */
  #log: Change[] = [];
  #logFrom: number;
  #version: number;

  /** @param version to begin with, greater than any of an earlier run. */
  constructor(version: number, clients: Iterable<Client>) {
    this.#version = version;
    this.#logFrom = version;
    for (const client of clients) this.#rows.set(client.nick, { row: rowOf(client), version });
  }

  get version(): number {
    return this.#version;
  }

  /** Rows, changes that are remembered, and changes to be published. */
  get size(): number {
    return this.#rows.size + this.#log.length + this.#touched.size;
  }

  /** The first version in which this nickname is shown as it is now. */
  versionOf(nick: string): number {
    if (this.#touched.has(nick)) return this.#version + 1 + Math.floor(this.#touched.size / ROWS_PER_VERSION);
    return this.#rows.get(nick)?.version ?? this.#version;
  }

  /** The row as published; `undefined` when the nickname is not in the table yet. */
  row(nick: string): KnownRow | undefined {
    const row = this.#rows.get(nick)?.row;
    return row === undefined || "gone" in row ? undefined : row;
  }

  /** Something of this client may have changed. */
  touch(client: Client): void {
    this.#touched.set(client.nick, client);
  }

  /** The nickname was forgotten. */
  remove(nick: string): void {
    this.#touched.set(nick, undefined);
  }

  /** Makes new versions of what changed. */
  publish(): void {
    let count = 0;
    for (const [nick, client] of this.#touched) {
      const before = this.#rows.get(nick)?.row;
      const row: TableRow = client === undefined ? { nick, gone: true } : rowOf(client);
      if (before === undefined ? client === undefined : isSame(before, row)) continue;
      if (count % ROWS_PER_VERSION === 0) this.#version += 1;
      count += 1;
      this.#rows.set(nick, { row, version: this.#version });
      this.#log.push({ version: this.#version, nick });
    }
    this.#touched.clear();
    if (this.#log.length > LOG_MAX * 2) this.#trim();
  }

  /**
   * The changes after a version, oldest first: all, or of more than `countMax` versions the newest, or as far back as is
   * known. `complete` says whether these are all. Each version's rows fit a datagram.
   */
  changesSince(
    version: number,
    countMax: number,
  ): { readonly complete: boolean; readonly changes: readonly Changes[] } {
    const changes: (Changes & { readonly rows: TableRow[] })[] = [];
    let complete = version <= this.#version && version >= this.#logFrom;
    for (let index = this.#log.length - 1; index >= 0; index--) {
      const change = this.#log[index];
      if (change === undefined || change.version <= version) break;
      let earliest = changes.at(-1);
      if (earliest?.version !== change.version) {
        if (changes.length === countMax) {
          complete = false;
          break;
        }
        earliest = { version: change.version, rows: [] };
        changes.push(earliest);
      }
      const current = this.#rows.get(change.nick);
      if (current?.version === change.version) earliest.rows.push(current.row);
    }
    return { complete, changes: changes.reverse() };
  }

  #trim(): void {
    this.#log = this.#log.slice(-LOG_MAX);
    this.#logFrom = this.#log[0]?.version ?? this.#version;
    // Who is older than the log gets the whole table, in which they are missing.
    for (const [nick, { row, version }] of this.#rows) {
      if ("gone" in row && version < this.#logFrom) this.#rows.delete(nick);
    }
  }
}

/** With nicknames and addresses of usual length they fit a datagram twice over. */
const ROWS_PER_VERSION = 8;

/** Changes remembered. Who missed more gets the whole table. */
const LOG_MAX = 4_096;

/** The row of a client as it is at this moment. */
export function rowOf(client: Client): KnownRow {
  const { nick, address, native } = client;
  const dialect = native === undefined ? 1 : 2;
  return { nick, address, online: isShown(client), dialect, publicKey: native?.publicKey ?? "" };
}

function isSame(a: TableRow, b: TableRow): boolean {
  if ("gone" in a || "gone" in b) return "gone" in a && "gone" in b;
  return (
    a.online === b.online &&
    sameAddress(a.address, b.address) &&
    a.dialect === b.dialect &&
    a.publicKey === b.publicKey
  );
}
