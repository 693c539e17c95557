import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  type ChatStore,
  type StoredClient,
  type StoredMail,
  StoreError,
  type StoreErrorCode,
} from "./chat-store.ts";

/**
 * A store in a folder, which survives the death of the process and of the machine: SQLite with a write-ahead
 * log, synced at each commit. One process at a time; the lock goes with the process.
 *
 * Which messages are whose is known in memory: an index on disk would make each commit write a page for every mailbox
 * in it, where now it appends to one.
 */
export class SqliteStore implements ChatStore {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** Those with something in them. */
  readonly #mailboxes = new Map<string, Mailbox>();
  /** Takes back in memory what was written since the last commit. */
  #undo: (() => void)[] = [];
  #lastMailId = 0;
  /** The first write since the last commit that failed; the commit tells. */
  #failure: StoreError | undefined;
  #closed = false;

  /**
   * Opens the store in a folder, which is made when missing, readable by its owner only.
   *
   * @param options.sizeBytesMax what the database may grow to; a write beyond it fails as on a full disk. Default: no bound.
   * @throws {StoreError} `IN_USE` when another process has it open, `DAMAGED` when it is no store or broken,
   * `NEWER_VERSION` when a later version of the program wrote it, `UNAVAILABLE`, `DISK_FULL`.
   */
  constructor(folder: string, options: { readonly sizeBytesMax?: number } = {}) {
    this.#folder = folder;
    this.#database = openDatabase(folder);
    if (options.sizeBytesMax !== undefined) {
      const pages = Math.max(1, Math.floor(options.sizeBytesMax / pragma(this.#database, "page_size")));
      this.#database.exec(`PRAGMA max_page_count = ${pages}`);
    }
    this.#statements = attempt(folder, () => prepare(this.#database));
    for (const row of attempt(folder, () => this.#statements.allMail.all())) {
      this.#put(String(row["recipient"]), Number(row["id"]), Number(row["bytes"]));
    }
    for (const { id } of this.newestMail()) this.#lastMailId = Math.max(this.#lastMailId, id);
  }

  clients(): readonly StoredClient[] {
    return attempt(this.#folder, () => this.#statements.allClients.all()).map((row) => ({
      nick: String(row["nick"]),
      address: { host: String(row["host"]), port: Number(row["port"]) },
      online: row["online"] === 1,
    }));
  }

  putClient({ nick, address, online }: StoredClient): void {
    this.#write(() => this.#statements.putClient.run(nick, address.host, address.port, online ? 1 : 0));
  }

  removeClient(nick: string): void {
    this.#write(() => {
      this.#statements.removeClient.run(nick);
      this.#statements.forgetDelivered.run(nick);
    });
  }

  mailFor(nick: string, countMax?: number): readonly StoredMail[] {
    const ids = [...(this.#mailboxes.get(nick)?.sizes.keys() ?? [])].slice(0, countMax);
    return attempt(this.#folder, () => ids.map((id) => this.#statements.mailById.get(id)))
      .filter((row) => row !== undefined)
      .map(mailOf);
  }

  newestMail(): readonly StoredMail[] {
    return attempt(this.#folder, () => this.#statements.newestMail.all()).map(mailOf);
  }

  mailboxSize(nick: string): { readonly messages: number; readonly sizeBytes: number } {
    const mailbox = this.#mailboxes.get(nick);
    return { messages: mailbox?.sizes.size ?? 0, sizeBytes: mailbox?.sizeBytes ?? 0 };
  }

  addMail({ to, from, text, savedAtMs }: Omit<StoredMail, "id">): void {
    this.#lastMailId += 1;
    const id = this.#lastMailId;
    this.#write(() => this.#statements.addMail.run(id, to, from, text, savedAtMs));
    this.#put(to, id, Buffer.byteLength(text));
    this.#undo.push(() => this.#take(to, id));
  }

  removeMail(nick: string, ids: readonly number[]): void {
    const mailbox = this.#mailboxes.get(nick);
    if (mailbox === undefined) return;
    const before: Mailbox = { sizes: new Map(mailbox.sizes), sizeBytes: mailbox.sizeBytes };
    for (const id of ids) {
      if (!mailbox.sizes.has(id)) continue;
      this.#write(() => {
        this.#statements.noteDelivered.run(id);
        this.#statements.removeMail.run(id);
      });
      this.#take(nick, id);
    }
    this.#undo.push(() => this.#mailboxes.set(nick, before));
  }

  commit(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#database.isTransaction) attempt(this.#folder, () => this.#database.exec("COMMIT"));
    this.#undo = [];
  }

  rollback(): void {
    this.#failure = undefined;
    // A full disk can end the transaction by itself.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.rollback();
    this.#database.close();
  }

  #write(change: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      attempt(this.#folder, () => {
        if (!this.#database.isTransaction) this.#database.exec("BEGIN IMMEDIATE");
        change();
      });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#failure = error;
    }
  }

  #put(nick: string, id: number, sizeBytes: number): void {
    const mailbox = this.#mailboxes.get(nick) ?? { sizes: new Map<number, number>(), sizeBytes: 0 };
    mailbox.sizes.set(id, sizeBytes);
    mailbox.sizeBytes += sizeBytes;
    this.#mailboxes.set(nick, mailbox);
  }

  #take(nick: string, id: number): void {
    const mailbox = this.#mailboxes.get(nick);
    if (mailbox === undefined) return;
    mailbox.sizeBytes -= mailbox.sizes.get(id) ?? 0;
    mailbox.sizes.delete(id);
    if (mailbox.sizes.size === 0) this.#mailboxes.delete(nick);
  }
}

interface Mailbox {
  /** UTF-8 bytes of each message's text by its id, oldest first. */
  readonly sizes: Map<number, number>;
  sizeBytes: number;
}

/** Each entry brings the schema from the version of its index to the next. Entries are never changed, only added. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE client (
     nick TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER NOT NULL, online INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE mail (
     id INTEGER PRIMARY KEY,
     recipient TEXT NOT NULL, sender TEXT NOT NULL, text TEXT NOT NULL, saved_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE newest_delivered (
     sender TEXT PRIMARY KEY,
     id INTEGER NOT NULL, recipient TEXT NOT NULL, text TEXT NOT NULL, saved_at_ms INTEGER NOT NULL
   ) STRICT;`,
];

/** Marks a file as this program's, so that another program's database is not taken for one ("udpc"). */
const APPLICATION_ID = 0x75647063;

function openDatabase(folder: string): DatabaseSync {
  return attempt(folder, () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = join(folder, "chat.sqlite");
    // Made here so that it is its owner's only; SQLite gives the log beside it the same mode.
    closeSync(openSync(file, "a", 0o600));
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      // The lock comes first: with it held for good, no shared-memory file is needed and a second process fails here.
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      database.exec("BEGIN EXCLUSIVE");
      migrate(database, folder);
      database.exec("COMMIT");
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function migrate(database: DatabaseSync, folder: string): void {
  const version = pragma(database, "user_version");
  if (version > 0 && pragma(database, "application_id") !== APPLICATION_ID) {
    throw new StoreError("DAMAGED", `${folder} holds a database of another program; name another folder`);
  }
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      "NEWER_VERSION",
      `${folder} was written by a later version (schema ${version}, this one knows ${MIGRATIONS.length}); update the program`,
    );
  }
  // A full disk can still be read from, so nothing is written without need.
  if (version === MIGRATIONS.length) return;
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = ${APPLICATION_ID}`);
}

function pragma(database: DatabaseSync, name: "user_version" | "application_id" | "page_size"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    allClients: database.prepare("SELECT nick, host, port, online FROM client ORDER BY rowid"),
    putClient: database.prepare(
      `INSERT INTO client (nick, host, port, online) VALUES (?, ?, ?, ?)
       ON CONFLICT (nick) DO UPDATE SET host = excluded.host, port = excluded.port, online = excluded.online`,
    ),
    removeClient: database.prepare("DELETE FROM client WHERE nick = ?"),
    allMail: database.prepare("SELECT id, recipient, octet_length(text) AS bytes FROM mail ORDER BY id"),
    // SQLite takes the other columns from the row that has the greatest id.
    newestMail: database.prepare(
      `SELECT max(id) AS id, sender, recipient, text, saved_at_ms FROM (
         SELECT id, sender, recipient, text, saved_at_ms FROM mail
         UNION ALL SELECT id, sender, recipient, text, saved_at_ms FROM newest_delivered
       ) GROUP BY sender`,
    ),
    noteDelivered: database.prepare(
      `INSERT INTO newest_delivered (sender, id, recipient, text, saved_at_ms)
       SELECT sender, id, recipient, text, saved_at_ms FROM mail WHERE id = ?
       ON CONFLICT (sender) DO UPDATE SET
         id = excluded.id, recipient = excluded.recipient, text = excluded.text, saved_at_ms = excluded.saved_at_ms
       WHERE excluded.id > newest_delivered.id`,
    ),
    forgetDelivered: database.prepare("DELETE FROM newest_delivered WHERE sender = ?"),
    mailById: database.prepare("SELECT * FROM mail WHERE id = ?"),
    addMail: database.prepare(
      "INSERT INTO mail (id, recipient, sender, text, saved_at_ms) VALUES (?, ?, ?, ?, ?)",
    ),
    removeMail: database.prepare("DELETE FROM mail WHERE id = ?"),
  };
}

function mailOf(row: Record<string, unknown>): StoredMail {
  return {
    id: Number(row["id"]),
    to: String(row["recipient"]),
    from: String(row["sender"]),
    text: String(row["text"]),
    savedAtMs: Number(row["saved_at_ms"]),
  };
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that a person can do something about. */
const CAUSES: ReadonlyMap<number, readonly [StoreErrorCode, string]> = new Map([
  [5, ["IN_USE", "another process has it open"]],
  [6, ["IN_USE", "another process has it open"]],
  [8, ["UNAVAILABLE", "it cannot be written to"]],
  [10, ["UNAVAILABLE", "the disk reports an error"]],
  [11, ["DAMAGED", "the file is damaged"]],
  [13, ["DISK_FULL", "the disk is full"]],
  [14, ["UNAVAILABLE", "it cannot be opened"]],
  [26, ["DAMAGED", "the file is not a database"]],
]);

function attempt<T>(folder: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof StoreError || !(cause instanceof Error)) throw cause;
    const { errcode, code } = cause as { readonly errcode?: unknown; readonly code?: unknown };
    const known = typeof errcode === "number" ? CAUSES.get(errcode & 0xff) : undefined;
    if (known === undefined && typeof errcode !== "number" && typeof code !== "string") throw cause;
    const [storeCode, reason] = known ?? ["UNAVAILABLE", cause.message];
    throw new StoreError(storeCode, `the data folder ${folder}: ${reason}`, {
      cause,
    });
  }
}
