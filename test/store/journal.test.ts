import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { BotJournal, JournalMessage } from "../../src/store/journal.ts";
import { LogSync } from "../../src/store/log-sync.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { SqliteStore } from "../../src/store/sqlite-store.ts";
import { StoreError } from "../../src/store/store-error.ts";

let folder: string;
let journal: SqliteJournal;
let echo: BotJournal;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "udpchat-journal-"));
  open();
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true });
});

function open(options: ConstructorParameters<typeof SqliteJournal>[1] = {}): void {
  journal = new SqliteJournal(folder, options);
  echo = journal.bot("echo");
}

function reopen(): void {
  journal.close();
  open();
}

let lastWireId = 0;
const message = (text: string, fields: Partial<JournalMessage> = {}): JournalMessage => ({
  from: "alice",
  text,
  sentAtMs: 5,
  saved: false,
  auto: false,
  wireId: String(++lastWireId),
  ...fields,
});
const append = (text: string): number => echo.append(message(text), 10)?.id ?? Number.NaN;
const texts = (): readonly string[] =>
  echo.waiting().map((delivery) => (delivery.kind === "message" ? delivery.message.text : delivery.timer.id));

describe("the journal", () => {
  it("hands out, opened again, what was appended and not finished, in order, to the letter", () => {
    const first = message("naïve\u0000✓ 'quoted'", { auto: true, saved: true });
    echo.append(first, 10);
    const done = append("done");
    append("last");
    echo.finish([done], [], 20);

    reopen();

    assert.deepEqual(texts(), ["naïve\u0000✓ 'quoted'", "last"]);
    const [delivery] = echo.waiting();
    assert.ok(delivery?.kind === "message");
    assert.deepEqual([delivery.message, delivery.receivedAtMs, delivery.attempts], [first, 10, 0]);
    assert.ok(append("next") > done + 1);
    assert.equal(journal.bot("other").waitingCount, 0);
  });

  it("knows a message again by its wire id, also when it was handled long ago, and takes those without one", () => {
    const first = message("once");
    const { id = Number.NaN } = echo.append(first, 10) ?? {};
    assert.equal(echo.append(first, 11), undefined);
    echo.finish([id], [], 12);

    reopen();

    assert.equal(echo.append(first, 13), undefined);
    assert.notEqual(echo.append({ ...first, from: "bob" }, 13), undefined);
    for (const _ of [1, 2]) assert.notEqual(echo.append(message("v1", { wireId: undefined }), 14), undefined);
  });

  it("knows the newest of each sender when all else of it was forgotten", () => {
    const first = message("first", { from: "old" });
    echo.append(first, 10);
    echo.finish([1], [], 11);
    for (let i = 0; i < 2_600; i++) echo.finish([append(`${i}`)], [], 12);

    reopen();

    assert.equal(echo.explain(1), undefined);
    assert.notEqual(echo.explain(2_600), undefined);
    assert.equal(echo.append(first, 13), undefined);
  });

  it("finishes with all changes of a handler or with none", () => {
    const id = append("count");
    echo.finish([], [{ kind: "put", key: "a", json: "1" }], 10);
    echo.finish(
      [id],
      [
        { kind: "put", key: "n", json: '"ü"' },
        { kind: "put", key: "n", json: "2" },
        { kind: "delete", key: "a" },
        { kind: "timer", timer: { id: "later", dueMs: 99.5, data: "{}" } },
        { kind: "timer", timer: { id: "never", dueMs: 98, data: "{}" } },
        { kind: "timer-clear", id: "never" },
      ],
      11,
    );

    reopen();

    assert.deepEqual(echo.entries(), [["n", "2"]]);
    assert.deepEqual(echo.timers(), [{ id: "later", dueMs: 100, data: "{}" }]);
    assert.equal(echo.waitingCount, 0);
    assert.equal(echo.storeChars, 2);
  });

  it("keeps a timer until its delivery is consumed, unless it was set again", () => {
    echo.finish(
      [],
      [
        { kind: "timer", timer: { id: "once", dueMs: 1, data: "1" } },
        { kind: "timer", timer: { id: "cron", dueMs: 1, data: "2" } },
        { kind: "timer", timer: { id: "moved", dueMs: 1, data: "3" } },
      ],
      0,
    );
    const ids = echo.timers().map((timer) => echo.appendTimer(timer, 2).id);
    assert.equal(echo.timers().length, 3);
    echo.finish([], [{ kind: "timer", timer: { id: "moved", dueMs: 7, data: "3" } }], 3);

    reopen();
    echo.finish(ids, [{ kind: "timer", timer: { id: "cron", dueMs: 9, data: "2" } }], 4);

    assert.deepEqual(
      echo.timers().map(({ id, dueMs }) => [id, dueMs]),
      [
        ["moved", 7],
        ["cron", 9],
      ],
    );
  });

  it("keeps what a handler sent, by its place, and which of it has no receipt yet", () => {
    const id = append("go");
    const committed: unknown[] = [];
    for (const ordinal of [0, 1]) {
      const reply = { delivery: id, ordinal, to: "alice", text: `r${ordinal}`, wireId: `w${ordinal}` };
      echo.addReply(reply, (error) => committed.push(error));
    }
    assert.deepEqual(committed, []);
    journal.commit();
    assert.deepEqual(committed, [undefined, undefined]);
    echo.setReceipt(id, 0, '{"kind":"saved"}');

    reopen();

    assert.equal(echo.reply(id, 0)?.receipt, '{"kind":"saved"}');
    assert.equal(echo.reply(id, 2), undefined);
    echo.finish([id], [], 3);
    const open = { delivery: id, ordinal: 1, to: "alice", text: "r1", wireId: "w1", receipt: undefined };
    assert.deepEqual(echo.openReplies(), [open]);
  });

  it("counts attempts, and keeps dead letters to be shown, retried and dropped", () => {
    const [poison, other] = [append("poison"), append("other")];
    assert.deepEqual([echo.countAttempt(poison), echo.countAttempt(poison)], [1, 2]);
    echo.note(poison, "handed out", 11);
    for (const id of [poison, other]) echo.end(id, "dead", "gave up", 12);

    reopen();

    assert.equal(echo.waitingCount, 0);
    const [letter] = echo.deadLetters();
    assert.deepEqual([letter?.delivery.attempts, letter?.state, letter?.endedAtMs], [2, "dead", 12]);
    assert.deepEqual(letter?.trace, [
      { atMs: 11, text: "handed out" },
      { atMs: 12, text: "gave up" },
    ]);
    assert.equal(echo.retry(poison)?.attempts, 0);
    assert.equal(echo.drop(other, 13), true);
    assert.equal(echo.drop(other, 13), false);
    reopen();
    assert.deepEqual(texts(), ["poison"]);
    assert.equal(echo.explain(other)?.state, "dropped");
    assert.deepEqual(echo.deadLetters(), []);
  });

  it("keeps of a long way its beginning and its end, and of a long line its beginning", () => {
    const [id] = [append("chatty")];
    for (let i = 0; i < 200; i++) echo.note(id, `line ${i}`, i);
    echo.note(id, "x".repeat(9_000), 200);
    echo.end(id, "dead", "gave up", 201);

    const trace = echo.explain(id)?.trace ?? [];

    assert.equal(trace.length, 50);
    assert.deepEqual([trace[0]?.text, trace[19]?.text, trace[20]?.text], ["line 0", "line 19", "line 172"]);
    assert.deepEqual([trace[48]?.text.length, trace[49]?.text], [301, "gave up"]);
  });

  it("is waited for until messages are on the disk by who acknowledges them, and by nobody else", async () => {
    const order: string[] = [];
    echo.append(message("in"), 0, () => order.push("handed out"));
    const durable = echo.commit();
    echo.addReply({ delivery: 1, ordinal: 0, to: "a", text: "b", wireId: "w" }, () => order.push("reply"));
    const other = journal.bot("other").commit();

    await durable;
    order.push("durable");

    assert.equal(other, undefined);
    assert.deepEqual(order, ["handed out", "reply", "durable"]);
    assert.equal(echo.commit(), undefined);
  });

  it("brings to the disk what waits for it when it is closed at once", async () => {
    append("hello");
    const durable = echo.commit();

    journal.close();

    assert.ok(durable !== undefined);
    await durable;
  });

  it("takes nothing any more when the disk could not be synced", async () => {
    append("first");
    await echo.commit();
    const log = new LogSync(join(folder, "no-such-log"));
    log.request();

    await assert.rejects(log.pending ?? Promise.resolve(), { code: "ENOENT" });

    log.request();
    await assert.rejects(log.pending ?? Promise.resolve(), { code: "ENOENT" });
    assert.equal((log.failure as NodeJS.ErrnoException).code, "ENOENT");
  });

  it("commits what is staged in one turn at the end of the turn", async () => {
    const times: string[] = [];
    echo.addReply({ delivery: 1, ordinal: 0, to: "a", text: "b", wireId: undefined }, () =>
      times.push("first"),
    );
    echo.addReply({ delivery: 1, ordinal: 1, to: "a", text: "b", wireId: undefined }, () =>
      times.push("second"),
    );
    process.nextTick(() => times.push("tick"));

    await new Promise((resolve) => setImmediate(resolve));

    assert.deepEqual(times, ["tick", "first", "second"]);
  });

  it("commits what is much together with what the next turn brings", async () => {
    const times: string[] = [];
    for (let ordinal = 0; ordinal < 20; ordinal++) {
      const reply = { delivery: 1, ordinal, to: "a", text: "b", wireId: undefined };
      echo.addReply(reply, () => times.push(`${ordinal}`));
    }

    await new Promise((resolve) => setImmediate(resolve));
    times.push("turn");
    await new Promise((resolve) => setImmediate(resolve));

    assert.deepEqual(times, ["turn", ...Array.from({ length: 20 }, (_, i) => `${i}`)]);
  });

  it("writes a receipt with what comes next, or soon by itself", async () => {
    const commits: string[] = [];
    const commit = journal.commit.bind(journal);
    const idle = new Promise<void>((resolve) => {
      journal.commit = () => {
        commits.push("commit");
        commit();
        resolve();
      };
    });

    echo.setReceipt(1, 0, "{}");
    await new Promise((resolve) => setImmediate(resolve));
    commits.push("turn");
    await idle;

    assert.deepEqual(commits, ["turn", "commit"]);
  });

  it("takes back what was promised to nobody when the disk is full, and keeps what has happened until there is room", () => {
    const id = append("small");
    journal.close();
    const troubles: (Error | undefined)[] = [];
    const onTrouble = (trouble: Error | undefined) => troubles.push(trouble);
    open({ sizeBytesMax: statSync(join(folder, "host.sqlite")).size, onTrouble });
    const big = message("y".repeat(200_000));
    const failures: unknown[] = [];

    echo.append(big, 1);
    echo.addReply({ delivery: id, ordinal: 0, to: "a", text: "b", wireId: "w" }, (error) =>
      failures.push(error),
    );
    echo.finish([id], [{ kind: "put", key: "k", json: "1" }], 2);
    assert.throws(
      () => journal.commit(),
      (error) => error instanceof StoreError && error.code === "DISK_FULL",
    );

    assert.equal(failures.length, 1);
    assert.ok(failures[0] instanceof StoreError);
    assert.deepEqual(troubles, [failures[0]]);
    assert.deepEqual(texts(), []);
    reopen();
    assert.deepEqual(troubles, [failures[0], undefined]);
    assert.deepEqual([texts(), echo.entries()], [[], [["k", "1"]]]);
    assert.notEqual(echo.append(big, 3), undefined);
  });

  it("notices by itself that it can be written again, where nothing is left to write", (t) => {
    append("small");
    journal.close();
    t.mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
    const news: string[] = [];
    const onTrouble = (trouble: Error | undefined) => news.push(trouble === undefined ? "well" : "trouble");
    const sizeBytes = statSync(join(folder, "host.sqlite")).size;
    open({ sizeBytesMax: sizeBytes + 100_000, onTrouble });
    echo.onWritable(() => news.push("writable"));
    echo.onWritable(() => news.push("nobody listens"))();
    const room = (bytes: number) => echo.finish([], [{ kind: "put", key: "k", json: "1".repeat(bytes) }], 1);
    const tooMuch = () => {
      echo.append(message("y".repeat(200_000)), 1);
      assert.throws(() => journal.commit(), StoreError);
    };

    tooMuch();
    t.mock.timers.tick(1_000);
    t.mock.timers.tick(0);
    const once = news.splice(0);
    room(95_000);
    journal.commit();
    tooMuch();
    for (let second = 0; second < 10; second++) t.mock.timers.tick(1_000);
    const full = news.splice(0);
    room(1);
    journal.commit();
    t.mock.timers.tick(0);

    assert.deepEqual(once, ["trouble", "well", "writable"]);
    assert.deepEqual(full, ["trouble"]);
    assert.deepEqual(news, ["well", "writable"]);
    assert.deepEqual(journal.bots(), ["echo"]);
    assert.deepEqual(echo.entries(), [["k", "1"]]);
  });

  it("is one process's, and not a chat server's", () => {
    assert.throws(() => new SqliteJournal(folder), { code: "IN_USE" });
    new SqliteStore(folder).close();
    assert.equal(statSync(join(folder, "host.sqlite")).mode & 0o777, 0o600);
  });

  it("has all that was committed when its process was killed", async () => {
    const inner = join(folder, "inner");
    const program = `
      import { SqliteJournal } from ${JSON.stringify(new URL("../../src/store/sqlite-journal.ts", import.meta.url).href)};
      const journal = new SqliteJournal(${JSON.stringify(inner)});
      const bot = journal.bot("echo");
      bot.append({ from: "a", text: "committed", sentAtMs: 0, saved: false, auto: false, wireId: "1" }, 0);
      journal.commit();
      bot.append({ from: "a", text: "not committed", sentAtMs: 0, saved: false, auto: false, wireId: "2" }, 0);
      process.stdout.write("ready");
      for (;;);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");

    const found = new SqliteJournal(inner);
    const waiting = found.bot("echo").waiting();
    found.close();

    assert.deepEqual(
      waiting.map((delivery) => delivery.kind === "message" && delivery.message.text),
      ["committed"],
    );
  });

  it("in memory keeps the same promises at once, and nothing after its end", () => {
    const memory = new SqliteJournal(undefined);
    const bot = memory.bot("echo");
    let committed = false;

    bot.append(message("hi"), 0);
    bot.addReply({ delivery: 1, ordinal: 0, to: "a", text: "b", wireId: undefined }, () => {
      committed = true;
    });

    assert.equal(committed, true);
    assert.deepEqual(memory.bots(), ["echo"]);
    memory.close();
    assert.equal(new SqliteJournal(undefined).bots().length, 0);
  });
});
