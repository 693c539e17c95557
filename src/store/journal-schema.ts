/** The tables of the journal, and what is asked of them. */
import type { Database, DatabaseOptions } from "./database.ts";

export const JOURNAL_SCHEMA: DatabaseOptions = {
  file: "host.sqlite",
  // "udph"
  applicationId: 0x75647068,
  migrations: [
    // A timer's delivery has its id as `sender`, its data as `text` and its due time as `sent_at_ms`.
    `CREATE TABLE delivery (
       id INTEGER PRIMARY KEY, bot TEXT NOT NULL, kind TEXT NOT NULL,
       sender TEXT NOT NULL, text TEXT NOT NULL, sent_at_ms INTEGER NOT NULL,
       saved INTEGER NOT NULL, auto INTEGER NOT NULL, wire_id TEXT, received_at_ms INTEGER NOT NULL,
       state TEXT NOT NULL, attempts INTEGER NOT NULL, ended_at_ms INTEGER, trace TEXT
     ) STRICT;
     CREATE TABLE heard (
       bot TEXT NOT NULL, sender TEXT NOT NULL, wire_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
       PRIMARY KEY (bot, sender)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE reply (
       delivery INTEGER NOT NULL, ordinal INTEGER NOT NULL, bot TEXT NOT NULL,
       recipient TEXT NOT NULL, text TEXT NOT NULL, wire_id TEXT, receipt TEXT,
       PRIMARY KEY (delivery, ordinal)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE entry (
       bot TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (bot, key)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE timer (
       bot TEXT NOT NULL, id TEXT NOT NULL, due_ms INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (bot, id)
     ) STRICT, WITHOUT ROWID;`,
  ],
};

export type JournalStatements = ReturnType<typeof prepareJournal>;

export function prepareJournal(database: Database) {
  return {
    bots: database.prepare(
      "SELECT bot FROM delivery UNION SELECT bot FROM entry UNION SELECT bot FROM timer",
    ),
    lastId: database.prepare(
      "SELECT max(id) AS id FROM (SELECT max(id) AS id FROM delivery UNION ALL SELECT max(delivery) FROM reply)",
    ),
    addDelivery: database.prepare(
      `INSERT INTO delivery (id, bot, kind, sender, text, sent_at_ms, saved, auto, wire_id, received_at_ms, state, attempts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0)`,
    ),
    countAttempt: database.prepare("UPDATE delivery SET attempts = ? WHERE id = ?"),
    end: database.prepare("UPDATE delivery SET state = ?, ended_at_ms = ?, trace = ? WHERE id = ?"),
    retry: database.prepare(
      "UPDATE delivery SET state = 'waiting', attempts = 0, ended_at_ms = NULL WHERE id = ?",
    ),
    open: database.prepare(
      "SELECT * FROM delivery WHERE bot = ? AND state IN ('waiting', 'dead') ORDER BY id",
    ),
    done: database.prepare(
      "SELECT id FROM delivery WHERE bot = ? AND state IN ('done', 'dropped') ORDER BY id",
    ),
    delivery: database.prepare("SELECT * FROM delivery WHERE id = ? AND bot = ?"),
    heard: database.prepare(
      `SELECT sender, wire_id FROM heard WHERE bot = ?1
       UNION ALL SELECT * FROM (
         SELECT sender, wire_id FROM delivery WHERE bot = ?1 AND kind = 'message' AND wire_id IS NOT NULL ORDER BY id)`,
    ),
    rememberHeard: database.prepare(
      `INSERT OR REPLACE INTO heard (bot, sender, wire_id, at_ms)
       SELECT bot, sender, wire_id, max(received_at_ms) FROM delivery
       WHERE bot = ? AND id <= ? AND wire_id IS NOT NULL AND state IN ('done', 'dropped') GROUP BY sender`,
    ),
    forgetHeard: database.prepare("DELETE FROM heard WHERE bot = ? AND at_ms < ?"),
    forgetReplies: database.prepare(
      `DELETE FROM reply WHERE delivery <= ?2 AND receipt IS NOT NULL
       AND delivery IN (SELECT id FROM delivery WHERE bot = ?1 AND id <= ?2 AND state IN ('done', 'dropped'))`,
    ),
    forgetDeliveries: database.prepare(
      "DELETE FROM delivery WHERE bot = ? AND id <= ? AND state IN ('done', 'dropped')",
    ),
    addReply: database.prepare(
      "INSERT OR REPLACE INTO reply (delivery, ordinal, bot, recipient, text, wire_id) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    setReceipt: database.prepare("UPDATE reply SET receipt = ? WHERE delivery = ? AND ordinal = ?"),
    replies: database.prepare("SELECT * FROM reply WHERE delivery = ? ORDER BY ordinal"),
    openReplies: database.prepare(
      "SELECT * FROM reply WHERE bot = ? AND receipt IS NULL ORDER BY delivery, ordinal",
    ),
    entries: database.prepare("SELECT key, value FROM entry WHERE bot = ? ORDER BY key"),
    put: database.prepare("INSERT OR REPLACE INTO entry (bot, key, value) VALUES (?, ?, ?)"),
    remove: database.prepare("DELETE FROM entry WHERE bot = ? AND key = ?"),
    timers: database.prepare("SELECT id, due_ms, data FROM timer WHERE bot = ? ORDER BY due_ms, id"),
    setTimer: database.prepare("INSERT OR REPLACE INTO timer (bot, id, due_ms, data) VALUES (?, ?, ?, ?)"),
    /** Takes some room and gives it back: what is taken and freed in one transaction is in no row. */
    takeRoom: database.prepare("INSERT OR REPLACE INTO entry (bot, key, value) VALUES ('', '', ?)"),
    giveRoomBack: database.prepare("DELETE FROM entry WHERE bot = '' AND key = ''"),
    clearTimer: database.prepare("DELETE FROM timer WHERE bot = ? AND id = ?"),
  };
}
