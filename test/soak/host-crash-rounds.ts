import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { askHost } from "../../src/host/control/client.ts";
import { SeededRandom } from "../../src/net/seeded-random.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { HostProcess } from "../support/host-process.ts";

export interface HostCrashReport {
  readonly rounds: number;
  /** Messages whose sender was told that the bot, or the server for it, has them. */
  readonly acknowledged: number;
  /** Acknowledged, and not answered. */
  readonly unanswered: readonly string[];
  /** Answers that were shown more than once. */
  readonly shownTwice: readonly string[];
  /** What the bot counted, and what it should have: one for each message that it answered. */
  readonly counted: number;
  readonly answered: number;
  /** Of the numbers of those messages. */
  readonly sum: number;
  readonly expectedSum: number;
  /** Left in the journal at the end. */
  readonly waiting: number;
  readonly deadLetters: number;
}

const USERS = 6;
const LOAD_MS = { min: 50, max: 900 };
const DRAIN_MS = 60_000;

/** Counts what it is told, adds it up, and answers twice: once before and once after what it stores. */
const BOT = `import { defineBot } from "udpchat/bot";
export default defineBot((bot) => {
  bot.hears(/^u(\\d+)-(\\d+)$/, async (ctx) => {
    const [text, , number] = ctx.match;
    const first = ctx.reply("first " + text);
    await bot.store.update("count", (n = 0) => n + 1);
    await bot.store.update("sum", (n = 0) => n + Number(number));
    await first;
    await ctx.reply("second " + text);
  });
});
`;

/**
 * Kills a host with SIGKILL at random moments while users write to its bot, starts it again on the same folder, and in the
 * end compares what was acknowledged with what was answered, and what the bot stored with both.
 */
export async function hostCrashRounds(options: {
  readonly rounds: number;
  readonly seed: number;
  readonly folder: string;
  readonly onRound?: (round: number, acknowledged: number) => void;
}): Promise<HostCrashReport> {
  const { folder } = options;
  const random = new SeededRandom(options.seed, "host crash");
  const world = systemWorld();
  await using server = await startServer({ world, store: new MemoryStore() });
  const file = writeHost(folder, server.address);
  let host = await HostProcess.start(file);
  const users: User[] = [];
  try {
    for (let i = 0; i < USERS; i++) users.push(await User.open(i, server.address));
    for (let round = 1; round <= options.rounds; round++) {
      await delay(LOAD_MS.min + random.next() * (LOAD_MS.max - LOAD_MS.min));
      await host.end("SIGKILL");
      host = await HostProcess.start(file);
      options.onRound?.(
        round,
        users.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0),
      );
    }
    for (const user of users) user.finish();
    const data = join(folder, "data");
    await untilDrained(users, data);
    await askHost(data, { command: "down" });
    return report(options.rounds, users, data);
  } finally {
    await host.end("SIGKILL");
    for (const user of users) await user.close();
  }
}

function writeHost(folder: string, { host, port }: Address): string {
  mkdirSync(join(folder, "data"), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "counter.ts"), BOT);
  const file = join(folder, "host.yaml");
  writeFileSync(
    file,
    `server: ${host}:${port}\ndata: data\nbots: {counter: {script: counter.ts, antiloop: {repeats: 1000000}}}\n`,
  );
  return file;
}

async function untilDrained(users: readonly User[], data: string): Promise<void> {
  const deadlineMs = performance.now() + DRAIN_MS;
  while (performance.now() < deadlineMs) {
    await delay(200);
    const result = await askHost(data, { command: "ps" });
    const queue = "status" in result ? (result.status.bots[0]?.queue ?? 0) : 0;
    if (queue === 0 && users.every((user) => user.isAnswered)) return;
  }
}

function report(rounds: number, users: readonly User[], data: string): HostCrashReport {
  const journal = new SqliteJournal(data);
  const bot = journal.bot("counter");
  const stored = new Map(
    bot.entries().map(([key, json]) => [key.replace(/^s\//, ""), Number(JSON.parse(json))]),
  );
  const { waitingCount: waiting, deadLetterCount: deadLetters } = bot;
  journal.close();
  const heard = users.flatMap((user) => user.heard);
  const seen = new Set(heard);
  const acknowledged = users.flatMap((user) => [...user.acknowledged]);
  const answered = [...seen]
    .filter((text) => text.startsWith("second "))
    .map((text) => text.slice("second ".length));
  return {
    rounds,
    acknowledged: acknowledged.length,
    unanswered: acknowledged.flatMap((text) =>
      [`first ${text}`, `second ${text}`].filter((answer) => !seen.has(answer)),
    ),
    shownTwice: heard.filter((text, i) => heard.indexOf(text) !== i),
    counted: stored.get("count") ?? 0,
    answered: answered.length,
    sum: stored.get("sum") ?? 0,
    expectedSum: answered.reduce((sum, text) => sum + Number(text.split("-")[1]), 0),
    waiting,
    deadLetters,
  };
}

/** Writes one message after the other to the bot, whoever holds it at the moment. */
class User {
  readonly acknowledged = new Set<string>();
  readonly heard: string[] = [];
  readonly #client: ChatClient;
  readonly #name: string;
  #isFinishing = false;
  #isDone = false;

  private constructor(client: ChatClient) {
    this.#client = client;
    this.#name = client.nick;
    client.subscribe((event) => {
      if (event.kind === "message") this.heard.push(event.text);
    });
  }

  static async open(number: number, server: Address): Promise<User> {
    const client = await openClient({ nick: `u${number}`, server });
    await client.register();
    const user = new User(client);
    void user.#write();
    return user;
  }

  finish(): void {
    this.#isFinishing = true;
  }

  /** It writes no more, and has both answers to all that was acknowledged. */
  get isAnswered(): boolean {
    const heard = new Set(this.heard);
    return (
      this.#isDone &&
      [...this.acknowledged].every((text) => heard.has(`first ${text}`) && heard.has(`second ${text}`))
    );
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  async #write(): Promise<void> {
    for (let i = 1; !this.#isFinishing; i++) {
      const text = `${this.#name}-${i}`;
      const receipt = await this.#client.send("counter", text);
      if (receipt.kind !== "failed") this.acknowledged.add(text);
      // A bot can be asked thousands of things a second; a crash needs no more than a few at once.
      await delay(20);
    }
    this.#isDone = true;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => systemWorld().clock.schedule(ms, resolve));
}
