import path from "node:path";
import { BotBook, type Write } from "./bot-book.ts";
import { attempt, type Database, limitSize, openDatabase, openMemoryDatabase } from "./database.ts";
import type { BotJournal, Journal } from "./journal.ts";
import { JOURNAL_SCHEMA, type JournalStatements, prepareJournal } from "./journal-schema.ts";
import { LogSync } from "./log-sync.ts";
import { StoreError } from "./store-error.ts";

/** How long after a failed commit what remains is tried again, or whether anything can be written. */
const RETRY_MS = 1_000;

/** How long what can wait waits when nothing else is to be written. */
const IDLE_MS = 50;

/** Where so much is staged in one turn of the event loop, the next brings as much. */
const MANY = 8;

/** What is written to find out whether anything can be: the longest message and its row are less. */
const PROBE_TEXT = " ".repeat(8_192);

/**
 * The journal of a bot host in SQLite: in a folder, or in memory for hosts that keep nothing. A commit survives the death of
 * the process. After one that took messages in, which their senders forget when they are acknowledged, the log is brought to the
 * disk, while the host goes on: acknowledgements wait for that.
 *
 * Everything that is asked often is known in memory; the database is read when it is opened, for replies of deliveries
 * that are handed out again, and to explain.
 */
export class SqliteJournal implements Journal {
  readonly #folder: string;
  readonly #database: Database;
  readonly #statements: JournalStatements;
  /** `undefined` in memory. */
  readonly #log: LogSync | undefined;
  readonly #books = new Map<string, BotBook>();
  #staged: Write[] = [];
  #lastId: number;
  #soon: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #onTrouble: (trouble: Error | undefined) => void;
  readonly #writableListeners = new Set<() => void>();
  #isInTrouble = false;

  /**
   * Opens the journal in a folder, which is made when missing; `undefined` keeps it in memory.
   *
   * @param options.sizeBytesMax what the database may grow to; a write beyond it fails as on a full disk. Default: no bound.
   * @param options.onTrouble told when it can be written no longer, and with `undefined` when it can be again
   * @throws {StoreError} as `openDatabase` does.
   */
  constructor(
    folder: string | undefined,
    options: {
      readonly sizeBytesMax?: number;
      readonly onTrouble?: (trouble: Error | undefined) => void;
    } = {},
  ) {
    this.#onTrouble = options.onTrouble ?? (() => {});
    this.#folder = folder ?? "memory";
    this.#database =
      folder === undefined ? openMemoryDatabase(JOURNAL_SCHEMA) : openDatabase(folder, JOURNAL_SCHEMA);
    if (folder !== undefined) {
      this.#log = new LogSync(path.join(folder, `${JOURNAL_SCHEMA.file}-wal`));
      this.#database.exec("PRAGMA synchronous = NORMAL");
    }
    if (options.sizeBytesMax !== undefined) limitSize(this.#database, options.sizeBytesMax);
    this.#statements = attempt(this.#folder, () => prepareJournal(this.#database));
    this.#lastId = attempt(this.#folder, () => Number(this.#statements.lastId.get()?.["id"] ?? 0));
    for (const name of this.bots()) this.bot(name);
  }

  bot(name: string): BotJournal {
    let book = this.#books.get(name);
    if (book === undefined) {
      book = new BotBook(name, {
        statements: this.#statements,
        nextId: () => ++this.#lastId,
        stage: (write) => this.#stage(write),
        commit: () => this.commit(),
        durable: () => this.#log?.pending,
        onWritable: (listener) => {
          this.#writableListeners.add(listener);
          return () => this.#writableListeners.delete(listener);
        },
        read: (action) => {
          this.#tryToCommit();
          return attempt(this.#folder, action);
        },
      });
      this.#books.set(name, book);
    }
    return book;
  }

  bots(): readonly string[] {
    const stored = attempt(this.#folder, () => this.#statements.bots.all()).map((row) => String(row["bot"]));
    return [...new Set([...stored, ...this.#books.keys()])].sort();
  }

  commit(): void {
    const writes = this.#staged;
    if (writes.length === 0) return;
    this.#staged = [];
    try {
      attempt(this.#folder, () => {
        if (this.#log?.failure !== undefined) throw this.#log.failure;
        this.#database.exec("BEGIN IMMEDIATE");
        for (const write of writes) write.run(this.#statements);
        this.#database.exec("COMMIT");
      });
    } catch (error) {
      this.#fail(writes, error);
    }
    if (this.#isInTrouble) this.#endTrouble();
    if (writes.some(({ isPromised }) => isPromised === true)) this.#log?.request();
    for (const { onCommit } of writes) onCommit?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearImmediate(this.#soon);
    clearTimeout(this.#retry);
    clearTimeout(this.#idle);
    try {
      this.commit();
    } finally {
      clearTimeout(this.#retry);
      this.#log?.close();
      this.#database.close();
    }
  }

  #stage(write: Write): void {
    this.#staged.push(write);
    if (this.#retry !== undefined) return;
    if (write.canWait !== true || this.#log === undefined) this.#commitSoon();
    else
      this.#idle ??= setTimeout(() => {
        this.#idle = undefined;
        this.#commitSoon();
      }, IDLE_MS);
  }

  /**
   * Commits at the end of this turn of the event loop, together with what else is staged in it. What is much waits one turn more,
   * or until a client's turn commits it along: a commit for both takes little more than one for either.
   */
  #commitSoon(): void {
    if (this.#log === undefined) this.#tryToCommit();
    else
      this.#soon ??= setImmediate(() => {
        if (this.#staged.length < MANY) this.#commitStaged();
        else this.#soon = setImmediate(() => this.#commitStaged());
      });
  }

  #commitStaged(): void {
    this.#soon = undefined;
    // It may have been committed, in vain, since this was to be done.
    if (this.#retry === undefined) this.#tryToCommit();
  }

  /** Whom it concerns was told by `onFailure`; the rest is tried again. */
  #tryToCommit(): void {
    try {
      this.commit();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** What was given up leaves nothing to write, and the trouble would last until something new comes. */
  #tryAgain(): void {
    this.#retry = undefined;
    if (this.#staged.length === 0) this.#staged.push(PROBE);
    this.#tryToCommit();
  }

  #endTrouble(): void {
    this.#isInTrouble = false;
    this.#onTrouble(undefined);
    // Not in the midst of a commit.
    setImmediate(() => {
      for (const listener of this.#writableListeners) listener();
    });
  }

  #fail(writes: readonly Write[], error: unknown): never {
    // A full disk can end the transaction by itself.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    const failure = error instanceof Error ? error : new Error(String(error));
    for (const write of writes.toReversed()) write.onFailure?.(failure);
    this.#staged = [...writes.filter(({ onFailure }) => onFailure === undefined), ...this.#staged];
    this.#retry ??= setTimeout(() => this.#tryAgain(), RETRY_MS);
    if (!this.#isInTrouble) {
      this.#isInTrouble = true;
      this.#onTrouble(failure);
    }
    throw failure;
  }
}

/** Given up when it fails: nobody is to wait for it. */
const PROBE: Write = {
  run: ({ takeRoom, giveRoomBack }) => {
    takeRoom.run(PROBE_TEXT);
    giveRoomBack.run();
  },
  onFailure: () => {},
};
