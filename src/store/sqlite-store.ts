import { type ChatStore, type StoredClient, type StoredMail, StoreError } from "./chat-store.ts";
import { attempt, type Database, limitSize, openDatabase } from "./database.ts";

/**
 * A store in a folder, which survives the death of the process and of the machine: SQLite with a write-ahead
 * log, synced at each commit. One process at a time; the lock goes with the process.
 *
 * Which messages are whose is known in memory: an index on disk would make each commit write a page for every mailbox
 * in it, where now it appends to one.
 */
export class SqliteStore implements ChatStore {
  readonly #folder: string;
  readonly #database: Database;
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
    this.#database = openDatabase(folder, {
      file: "chat.sqlite",
      applicationId: APPLICATION_ID,
      migrations: MIGRATIONS,
    });
    if (options.sizeBytesMax !== undefined) limitSize(this.#database, options.sizeBytesMax);
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

/** Marks a file as a chat server's ("udpc"). */
const APPLICATION_ID = 0x75647063;

type Statements = ReturnType<typeof prepare>;

function prepare(database: Database) {
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
