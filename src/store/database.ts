/**
 * SQLite in a folder: how a database is opened, locked, brought to the current schema, and how what the disk did is told.
 * Everything durable in this program is built on it.
 */

import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeFolder } from "./folder.ts";
import { StoreError, type StoreErrorCode } from "./store-error.ts";

export type Database = DatabaseSync;

export interface DatabaseOptions {
  /** Its name in the folder. */
  readonly file: string;
  /** Marks the file as one of this kind, so that another program's database is not taken for it. */
  readonly applicationId: number;
  /** Each entry brings the schema from the version of its index to the next. Entries are never changed, only added. */
  readonly migrations: readonly string[];
}

/**
 * Opens a database in a folder, which is made when missing, readable by its owner only. It has a write-ahead log and is
 * synced at each commit. One process at a time; the lock goes with the process.
 *
 * @throws {StoreError} `IN_USE` when another process has it open, `DAMAGED` when it is no such database or broken,
 * `NEWER_VERSION` when a later version of the program wrote it, `UNAVAILABLE`, `DISK_FULL`.
 */
export function openDatabase(folder: string, options: DatabaseOptions): Database {
  return attempt(folder, () => {
    makeFolder(folder, 0o700);
    const file = join(folder, options.file);
    // Made here so that it is its owner's only; SQLite gives the log beside it the same mode.
    closeSync(openSync(file, "a", 0o600));
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      // The lock comes first: with it held for good, no shared-memory file is needed and a second process fails here.
      database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      database.exec("BEGIN EXCLUSIVE");
      migrate(database, folder, options);
      database.exec("COMMIT");
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** A database that is gone when it is closed. */
export function openMemoryDatabase(options: DatabaseOptions): Database {
  const database = new DatabaseSync(":memory:");
  migrate(database, "memory", options);
  return database;
}

/** Sets what the database may grow to; a write beyond it fails as on a full disk. */
export function limitSize(database: Database, sizeBytesMax: number): void {
  const pages = Math.max(1, Math.floor(sizeBytesMax / pragma(database, "page_size")));
  database.exec(`PRAGMA max_page_count = ${pages}`);
}

function migrate(database: Database, folder: string, { applicationId, migrations }: DatabaseOptions): void {
  const version = pragma(database, "user_version");
  if (version > 0 && pragma(database, "application_id") !== applicationId) {
    throw new StoreError("DAMAGED", `${folder} holds a database of another program; name another folder`);
  }
  if (version > migrations.length) {
    throw new StoreError(
      "NEWER_VERSION",
      `${folder} was written by a later version (schema ${version}, this one knows ${migrations.length}); update the program`,
    );
  }
  // A full disk can still be read from, so nothing is written without need.
  if (version === migrations.length) return;
  for (const step of migrations.slice(version)) database.exec(step);
  database.exec(`PRAGMA user_version = ${migrations.length}; PRAGMA application_id = ${applicationId}`);
}

function pragma(database: Database, name: "user_version" | "application_id" | "page_size"): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
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

/** Does something with a database; what the disk did is thrown as a {@link StoreError}. */
export function attempt<T>(folder: string, action: () => T): T {
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
