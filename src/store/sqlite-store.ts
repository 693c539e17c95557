import type { ChatStore, SavedId, StoredClient, StoredMail } from "./chat-store.ts";
import { attempt, type Database, limitSize, openDatabase } from "./database.ts";
import { StoreError } from "./store-error.ts";

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
  /** The messages kept last, by sender, then by recipient. */
  readonly #latestSaved = new Map<string, Map<string, SavedId>>();
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
    for (const { id, from, to, messageId } of this.#newest()) {
      this.#lastMailId = Math.max(this.#lastMailId, id);
      this.#noteSaved(from, to, messageId);
    }
  }

  beginRun(): number {
    const runs = Number(attempt(this.#folder, () => this.#statements.runs.get())?.["runs"] ?? 0) + 1;
    this.#write(() => this.#statements.setRuns.run(runs));
    return runs;
  }

  clients(): readonly StoredClient[] {
    return attempt(this.#folder, () => this.#statements.allClients.all()).map((row) => ({
      nick: String(row["nick"]),
      address: { host: String(row["host"]), port: Number(row["port"]) },
      online: row["online"] === 1,
      ...(row["public_key"] !== "" && {
        native: {
          publicKey: String(row["public_key"]),
          session: String(row["session"]),
          epoch: Number(row["epoch"]),
        },
      }),
    }));
  }

  putClient({ nick, address, online, native }: StoredClient): void {
    const { publicKey = "", session = "", epoch = 0 } = native ?? {};
    const { host, port } = address;
    this.#write(() =>
      this.#statements.putClient.run(nick, host, port, online ? 1 : 0, publicKey, session, epoch),
    );
  }

  removeClient(nick: string): void {
    this.#write(() => {
      this.#statements.removeClient.run(nick);
      this.#statements.forgetDelivered.run(nick, nick);
    });
    const sent = this.#latestSaved.get(nick);
    this.#latestSaved.delete(nick);
    const received = [...this.#latestSaved].map(
      ([from, byRecipient]) => [from, byRecipient.get(nick)] as const,
    );
    for (const byRecipient of this.#latestSaved.values()) byRecipient.delete(nick);
    this.#undo.push(() => {
      if (sent !== undefined) this.#latestSaved.set(nick, sent);
      for (const [from, id] of received) if (id !== undefined) this.#noteSaved(from, nick, id);
    });
  }

  mailFor(nick: string, countMax?: number): readonly StoredMail[] {
    const ids = [...(this.#mailboxes.get(nick)?.sizes.keys() ?? [])].slice(0, countMax);
    return attempt(this.#folder, () => ids.map((id) => this.#statements.mailById.get(id)))
      .filter((row) => row !== undefined)
      .map(mailOf);
  }

  newestMail(): readonly StoredMail[] {
    const bySender = new Map<string, StoredMail>();
    for (const mail of this.#newest()) {
      if ((bySender.get(mail.from)?.id ?? 0) < mail.id) bySender.set(mail.from, mail);
    }
    return [...bySender.values()];
  }

  latestSaved(from: string, to: string): SavedId | undefined {
    return this.#latestSaved.get(from)?.get(to);
  }

  mailboxSize(nick: string): { readonly messages: number; readonly sizeBytes: number } {
    const mailbox = this.#mailboxes.get(nick);
    return { messages: mailbox?.sizes.size ?? 0, sizeBytes: mailbox?.sizeBytes ?? 0 };
  }

  addMail(mail: Omit<StoredMail, "id">): void {
    const { to, from, text, savedAtMs, sentAtMs, messageId, auto } = mail;
    this.#lastMailId += 1;
    const id = this.#lastMailId;
    const { epoch, seq } = messageId;
    this.#write(() =>
      this.#statements.addMail.run(id, to, from, text, savedAtMs, sentAtMs, epoch, seq, auto ? 1 : 0),
    );
    this.#put(to, id, Buffer.byteLength(text));
    const before = this.latestSaved(from, to);
    this.#noteSaved(from, to, messageId);
    this.#undo.push(() => {
      this.#take(to, id);
      if (before === undefined) this.#latestSaved.get(from)?.delete(to);
      else this.#noteSaved(from, to, before);
    });
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

  /** Of each sender and recipient the message that was kept last. */
  #newest(): readonly StoredMail[] {
    return attempt(this.#folder, () => this.#statements.newestMail.all()).map(mailOf);
  }

  #noteSaved(from: string, to: string, id: SavedId): void {
    const byRecipient = this.#latestSaved.get(from) ?? new Map<string, SavedId>();
    byRecipient.set(to, id);
    this.#latestSaved.set(from, byRecipient);
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
  `ALTER TABLE client ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
   ALTER TABLE client ADD COLUMN session TEXT NOT NULL DEFAULT '';
   ALTER TABLE client ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE mail ADD COLUMN sent_at_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE mail ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE mail ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE mail ADD COLUMN auto INTEGER NOT NULL DEFAULT 0;
   UPDATE mail SET sent_at_ms = saved_at_ms, seq = id;
   ALTER TABLE newest_delivered RENAME TO newest_delivered_1;
   CREATE TABLE newest_delivered (
     sender TEXT NOT NULL, recipient TEXT NOT NULL,
     id INTEGER NOT NULL, text TEXT NOT NULL, saved_at_ms INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL,
     epoch INTEGER NOT NULL, seq INTEGER NOT NULL, auto INTEGER NOT NULL,
     PRIMARY KEY (sender, recipient)
   ) STRICT;
   INSERT INTO newest_delivered
     SELECT sender, recipient, id, text, saved_at_ms, saved_at_ms, 0, id, 0 FROM newest_delivered_1;
   DROP TABLE newest_delivered_1;
   CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), runs INTEGER NOT NULL) STRICT;`,
];

/** Marks a file as a chat server's ("udpc"). */
const APPLICATION_ID = 0x75647063;

type Statements = ReturnType<typeof prepare>;

const MAIL_COLUMNS = "recipient, sender, text, saved_at_ms, sent_at_ms, epoch, seq, auto";

function prepare(database: Database) {
  return {
    runs: database.prepare("SELECT runs FROM run"),
    setRuns: database.prepare(
      "INSERT INTO run (only, runs) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET runs = excluded.runs",
    ),
    allClients: database.prepare("SELECT * FROM client ORDER BY rowid"),
    putClient: database.prepare(
      `INSERT INTO client (nick, host, port, online, public_key, session, epoch) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (nick) DO UPDATE SET
         host = excluded.host, port = excluded.port, online = excluded.online,
         public_key = excluded.public_key, session = excluded.session, epoch = excluded.epoch`,
    ),
    removeClient: database.prepare("DELETE FROM client WHERE nick = ?"),
    allMail: database.prepare("SELECT id, recipient, octet_length(text) AS bytes FROM mail ORDER BY id"),
    // SQLite takes the other columns from the row that has the greatest id.
    newestMail: database.prepare(
      `SELECT max(id) AS id, ${MAIL_COLUMNS} FROM (
         SELECT id, ${MAIL_COLUMNS} FROM mail UNION ALL SELECT id, ${MAIL_COLUMNS} FROM newest_delivered
       ) GROUP BY sender, recipient`,
    ),
    noteDelivered: database.prepare(
      `INSERT INTO newest_delivered (id, ${MAIL_COLUMNS}) SELECT id, ${MAIL_COLUMNS} FROM mail WHERE id = ?
       ON CONFLICT (sender, recipient) DO UPDATE SET
         id = excluded.id, text = excluded.text, saved_at_ms = excluded.saved_at_ms,
         sent_at_ms = excluded.sent_at_ms, epoch = excluded.epoch, seq = excluded.seq, auto = excluded.auto
       WHERE excluded.id > newest_delivered.id`,
    ),
    forgetDelivered: database.prepare("DELETE FROM newest_delivered WHERE sender = ? OR recipient = ?"),
    mailById: database.prepare("SELECT * FROM mail WHERE id = ?"),
    addMail: database.prepare(`INSERT INTO mail (id, ${MAIL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
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
    sentAtMs: Number(row["sent_at_ms"]),
    messageId: { epoch: Number(row["epoch"]), seq: Number(row["seq"]) },
    auto: row["auto"] === 1,
  };
}
