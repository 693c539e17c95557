import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SqliteStore } from "../../src/store/sqlite-store.ts";
import { StoreError, type StoreErrorCode } from "../../src/store/store-error.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "udpchat-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "chat.sqlite");
const HEAD = { savedAtMs: 0, sentAtMs: 0, messageId: { epoch: 7, seq: 1 }, auto: false };
const mail = (text: string) => ({ ...HEAD, to: "y", from: "x", text });

function assertRefused(open: () => unknown, code: StoreErrorCode, message: RegExp): void {
  assert.throws(
    open,
    (error) => error instanceof StoreError && error.code === code && message.test(error.message),
  );
}

describe("the SQLite store", () => {
  it("can be read by its owner only", () => {
    const inner = join(folder, "inner");

    new SqliteStore(inner).close();

    assert.equal(statSync(inner).mode & 0o777, 0o700);
    assert.equal(statSync(join(inner, "chat.sqlite")).mode & 0o777, 0o600);
  });

  it("refuses a second process while one has it open, and serves it after", () => {
    const store = new SqliteStore(folder);

    assertRefused(() => new SqliteStore(folder), "IN_USE", /another process has it open/);

    store.close();
    new SqliteStore(folder).close();
  });

  it("is free at once, with all that was committed, when its process was killed", async () => {
    const program = `
      import { SqliteStore } from ${JSON.stringify(new URL("../../src/store/sqlite-store.ts", import.meta.url).href)};
      const store = new SqliteStore(${JSON.stringify(folder)});
      store.addMail(${JSON.stringify(mail("committed"))});
      store.commit();
      store.addMail(${JSON.stringify(mail("not committed"))});
      process.stdout.write("ready");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");

    const store = new SqliteStore(folder);

    assert.deepEqual(
      store.mailFor("y").map(({ text }) => text),
      ["committed"],
    );
    store.close();
  });

  it("says that a file is no database", () => {
    writeFileSync(file(), "this is a letter, not a database ".repeat(100));

    assertRefused(() => new SqliteStore(folder), "DAMAGED", /not a database/);
  });

  it("says that a database is another program's", () => {
    const other = new DatabaseSync(file());
    other.exec("PRAGMA user_version = 1; CREATE TABLE t (a)");
    other.close();

    assertRefused(() => new SqliteStore(folder), "DAMAGED", /another program/);
  });

  it("says that a file is damaged, instead of serving half of it", () => {
    const store = new SqliteStore(folder);
    for (let n = 0; n < 200; n += 1) store.addMail(mail("x".repeat(500)));
    store.commit();
    store.close();
    truncateSync(file(), 8_192);

    assertRefused(() => new SqliteStore(folder), "DAMAGED", /damaged/);
  });

  it("leaves alone what a later version wrote", () => {
    new SqliteStore(folder).close();
    const later = new DatabaseSync(file());
    later.exec("PRAGMA user_version = 99");
    later.close();

    assertRefused(() => new SqliteStore(folder), "NEWER_VERSION", /later version .*schema 99/);
  });

  it("says that the folder cannot be made", () => {
    writeFileSync(file(), "");

    assertRefused(() => new SqliteStore(join(file(), "inner")), "UNAVAILABLE", /ENOTDIR/);
    // Where Node.js itself would try for ever.
    assertRefused(() => new SqliteStore("/proc/none/inner"), "UNAVAILABLE", /ENOENT/);
  });

  it("opens on a full disk, and serves what it has", () => {
    const before = new SqliteStore(folder);
    before.addMail(mail("kept"));
    before.commit();
    before.close();
    const sizeBytes = statSync(file()).size;

    const store = new SqliteStore(folder, { sizeBytesMax: sizeBytes });

    assert.deepEqual(
      store.mailFor("y").map(({ text }) => text),
      ["kept"],
    );
    store.close();
  });

  it("fails at the commit when it is full, takes all back, and goes on when there is room", () => {
    const store = new SqliteStore(folder, { sizeBytesMax: 64 * 1_024 });
    store.addMail(mail("kept"));
    store.commit();
    for (let n = 0; n < 200; n += 1) store.addMail(mail("x".repeat(1_000)));

    assertRefused(() => store.commit(), "DISK_FULL", /the disk is full/);
    store.rollback();

    assert.deepEqual(store.mailboxSize("y"), { messages: 1, sizeBytes: 4 });
    store.addMail(mail("again"));
    store.commit();
    assert.deepEqual(
      store.mailFor("y").map(({ text }) => text),
      ["kept", "again"],
    );
    store.close();
  });
});
