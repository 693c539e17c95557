import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { it, type TestContext } from "node:test";
import { DevSession } from "../../src/cli/dev-session.ts";
import { loopbackWorld } from "../../src/net/sim/loopback-world.ts";
import { startServer } from "../../src/server/start-server.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { folderOf } from "../support/folder.ts";

const version = (word: string) =>
  `import { defineBot } from "udpchat/bot";\nexport default defineBot((bot) => bot.hears("hi", (ctx) => ctx.reply("${word}")));\n`;

/** A session whose loading of versions can be made to fail as a full table of open files makes it. */
async function openSession(t: TestContext) {
  const folder = folderOf({ "live.ts": version("one") });
  const script = path.join(folder.path, "live.ts");
  const world = loopbackWorld();
  const outcomes: Error[] = [];
  const { clock } = world;
  const hold = clock.hold.bind(clock);
  clock.hold = () => {
    const failure = outcomes.shift();
    if (failure !== undefined) throw failure;
    return hold();
  };
  const server = await startServer({ world });
  const journal = new SqliteJournal(undefined).bot("dev");
  const said = new Said();
  const session = new DevSession({
    script,
    as: "you",
    flags: { set: {}, role: {}, http: [], secret: {} },
    world,
    server,
    journal,
    print: (line) => said.add(line),
  });
  t.after(async () => {
    await session.close();
    await server.close();
    folder[Symbol.dispose]();
  });
  return { script, session, said, failNext: (error: Error) => outcomes.push(error) };
}

class Said {
  readonly #lines: string[] = [];
  #changed = Promise.withResolvers<void>();

  add(line: string): void {
    this.#lines.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** All that was said up to and with this line. The test's own time-out is the deadline. */
  async until(line: string): Promise<readonly string[]> {
    while (!this.#lines.includes(line)) await this.#changed.promise;
    return this.#lines.splice(0, this.#lines.indexOf(line) + 1);
  }
}

it("bot dev keeps the version before when a reload fails by no fault of the script, and reloads at the next save", async (t) => {
  const { script, session, said, failNext } = await openSession(t);
  await session.start();
  await said.until("live is here. Say something, or /help");

  failNext(new Error("EMFILE: too many open files, open 'runner.cjs'\n    at somewhere"));
  await writeFile(script, version("two"));
  const failure = await said.until("The version before goes on.");
  await session.handleLine("hi");
  const before = await said.until("live: one");
  await writeFile(script, version("three"));
  await said.until("Reloaded.");
  await session.handleLine("hi");
  const after = await said.until("live: three");

  assert.deepEqual(failure, [
    "error: it cannot be loaded: EMFILE: too many open files, open 'runner.cjs'",
    "The version before goes on.",
  ]);
  assert.deepEqual([...before, ...after], ["live: one", "live: three"]);
});

it("bot dev says what is missing of its owner's word, which no save of the file mends", async (t) => {
  const { script, session, said } = await openSession(t);
  const needy = version("one").replace("defineBot(", 'defineBot({ needs: { secrets: ["KEY"] } }, ');
  await writeFile(script, needy);

  await session.start();

  assert.deepEqual(await said.until("Begin again with that: /quit leaves."), [
    "error: it needs what its owner has not granted: secret: KEY",
    "  Grant it with --http <host> and --secret <name>, or under `grant` where a file says what it may have.",
    "Begin again with that: /quit leaves.",
  ]);
});

it("bot dev ends where its first start fails by no fault of the script", async (t) => {
  const { session, failNext } = await openSession(t);

  failNext(new Error("ENOSPC: no space left on device"));

  await assert.rejects(session.start(), /ENOSPC/);
});
