import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { ChatStore } from "../../src/store/chat-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { SqliteStore } from "../../src/store/sqlite-store.ts";

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Each way to keep things: how to open it, and how to open again what was kept. */
const implementations: Record<string, () => { open: () => ChatStore }> = {
  MemoryStore: () => {
    const store = new MemoryStore();
    return { open: () => store };
  },
  SqliteStore: () => {
    const folder = mkdtempSync(join(tmpdir(), "udpchat-store-"));
    folders.push(folder);
    return { open: () => new SqliteStore(folder) };
  },
};

const x = { nick: "x", address: { host: "127.0.0.1", port: 2_000 }, online: true };
const y = { nick: "y", address: { host: "::1", port: 3_000 }, online: false };
const HEAD = {
  savedAtMs: 1_488_480_324_123,
  sentAtMs: 1_488_480_324_000,
  messageId: { epoch: 7, seq: 1 },
  auto: false,
};
const mail = (to: string, text: string) => ({ ...HEAD, to, from: "x", text });
const texts = (store: ChatStore, nick: string) => store.mailFor(nick).map(({ text }) => text);

for (const [name, create] of Object.entries(implementations)) {
  describe(`the contract of a chat store: ${name}`, () => {
    it("gives what was written at once, clients in the order of their first registration", () => {
      const store = create().open();

      store.putClient(y);
      store.putClient(x);
      store.putClient({ ...y, online: true });

      assert.deepEqual(store.clients(), [{ ...y, online: true }, x]);
      store.removeClient("y");
      assert.deepEqual(store.clients(), [x]);
      store.close();
    });

    it("keeps mail in order, each mailbox for itself, to the letter", () => {
      const store = create().open();

      store.addMail(mail("y", "one"));
      store.addMail(mail("z", "other"));
      store.addMail(mail("y", " naïve ✓\n\u0000 "));

      assert.deepEqual(texts(store, "y"), ["one", " naïve ✓\n\u0000 "]);
      assert.deepEqual(store.mailFor("y", 1), store.mailFor("y").slice(0, 1));
      assert.deepEqual(store.mailboxSize("y"), { messages: 2, sizeBytes: 3 + 14 });
      assert.deepEqual(store.mailboxSize("nobody"), { messages: 0, sizeBytes: 0 });
      assert.equal(store.mailFor("y")[0]?.savedAtMs, 1_488_480_324_123);
      store.close();
    });

    it("tells the newest message kept of each sender", () => {
      const store = create().open();
      for (const [from, to, text] of [
        ["x", "y", "one"],
        ["z", "y", "two"],
        ["x", "z", "three"],
      ] as const) {
        store.addMail({ ...mail(to, text), from });
      }

      const newest = () =>
        store
          .newestMail()
          .map(({ text }) => text)
          .toSorted();
      const idsFor = (nick: string) => store.mailFor(nick).map(({ id }) => id);
      assert.deepEqual(newest(), ["three", "two"]);
      store.commit();
      store.removeMail("z", idsFor("z"));
      store.removeMail("y", idsFor("y"));
      assert.deepEqual(newest(), ["three", "two"]);
      store.addMail({ ...mail("y", "four"), from: "x" });
      assert.deepEqual(newest(), ["four", "two"]);
      store.removeClient("z");
      assert.deepEqual(newest(), ["four"]);
      store.rollback();
      assert.deepEqual(newest(), ["three", "two"]);
      store.close();
    });

    it("removes what is named, and ignores what is gone", () => {
      const store = create().open();
      for (const text of ["one", "two", "three"]) store.addMail(mail("y", text));
      const [first, , third] = store.mailFor("y");

      store.removeMail("y", [first?.id ?? 0, third?.id ?? 0, 999]);
      store.removeMail("y", [first?.id ?? 0]);

      assert.deepEqual(texts(store, "y"), ["two"]);
      assert.deepEqual(store.mailboxSize("y"), { messages: 1, sizeBytes: 3 });
      store.close();
    });

    it("takes back, on rollback, all since the last commit and nothing more", () => {
      const store = create().open();
      store.putClient(x);
      store.addMail(mail("y", "kept"));
      store.commit();
      const [kept] = store.mailFor("y");

      store.putClient({ ...x, online: false });
      store.putClient(y);
      store.addMail(mail("y", "lost"));
      store.removeMail("y", [kept?.id ?? 0]);
      store.rollback();

      assert.deepEqual(store.clients(), [x]);
      assert.deepEqual(store.mailFor("y"), [kept]);
      assert.deepEqual(store.mailboxSize("y"), { messages: 1, sizeBytes: 4 });
      store.close();
    });

    it("finds, opened again, what was committed and nothing else", () => {
      const kept = create();
      const before = kept.open();
      before.putClient(x);
      before.addMail(mail("y", "one"));
      before.commit();
      before.addMail(mail("y", "two"));
      before.close();

      const store = kept.open();

      assert.deepEqual(store.clients(), [x]);
      assert.deepEqual(texts(store, "y"), ["one"]);
      assert.deepEqual(store.mailboxSize("y"), { messages: 1, sizeBytes: 3 });
      store.close();
    });

    it("never gives an id twice, so that a late removal hits nothing else", () => {
      const store = create().open();
      store.addMail(mail("y", "one"));
      const [one] = store.mailFor("y");
      store.removeMail("y", [one?.id ?? 0]);
      store.addMail(mail("y", "two"));

      store.removeMail("y", [one?.id ?? 0]);

      assert.deepEqual(texts(store, "y"), ["two"]);
      store.close();
    });

    it("commits and rolls back nothing without complaint", () => {
      const store = create().open();

      store.commit();
      store.rollback();
      store.commit();
      store.close();
      store.close();
    });
  });
}
