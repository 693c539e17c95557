import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import type { BotEvent } from "../../src/host/bot-event.ts";
import { type RunningBot, type StartBotOptions, startBot } from "../../src/host/start-bot.ts";
import type { World } from "../../src/net/network.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";

/** How long anything here may take in real time; in practice it takes a fraction. */
const DEADLINE_MS = 30_000;

/** Writes a bot's script, which starts with the import of `defineBot`, and returns its path. */
export async function scriptFile(t: TestContext, code: string, name = "bot.ts"): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "udpchat-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, name);
  await writeFile(file, `import { defineBot } from "udpchat/bot";\n${code}`);
  return file;
}

/** A bot on a real server, with alice to talk to it. */
export interface BotStage {
  readonly bot: RunningBot;
  readonly alice: ChatClient;
  readonly server: Address;
  readonly events: readonly BotEvent[];
  /** The first event of the kind that has not been asked for yet. */
  event<Kind extends BotEvent["kind"]>(kind: Kind): Promise<Extract<BotEvent, { kind: Kind }>>;
  /** Sends the text to the bot and resolves to what it says next. */
  ask(text: string): Promise<string>;
  /** What the bot says next. */
  answer(): Promise<string>;
}

export async function stageBot(
  t: TestContext,
  script: string,
  options: Partial<StartBotOptions> = {},
): Promise<BotStage> {
  const world: World = systemWorld();
  const server = await startServer({ world });
  const alice = await openClient({ nick: "alice", server: server.address }, world);
  const said = new Inbox<string>();
  alice.subscribe((event) => {
    if (event.kind === "message" && event.from === "bot") said.add(event.text);
  });
  await alice.register();

  const events = new Inbox<BotEvent>();
  const onEvent = (event: BotEvent) => events.add(event);
  let bot: RunningBot | undefined;
  t.after(async () => {
    // In this order: a bot says goodbye to its server.
    await bot?.close();
    await alice.close();
    await server.close();
  });
  bot = await startBot({ script, nick: "bot", server: server.address, world, onEvent, ...options });
  return {
    bot,
    alice,
    server: server.address,
    events: events.all,
    event: (kind) => events.take((event) => event.kind === kind) as never,
    answer: () => said.take(() => true),
    async ask(text) {
      await alice.send("bot", text);
      return said.take(() => true);
    },
  };
}

/** Things that come in and wait to be asked for. */
class Inbox<T> {
  readonly all: T[] = [];
  readonly #untaken: T[] = [];
  readonly #watchers = new Set<() => void>();

  add(item: T): void {
    this.all.push(item);
    this.#untaken.push(item);
    for (const watch of this.#watchers) watch();
  }

  take(wanted: (item: T) => boolean): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const i = this.#untaken.findIndex(wanted);
        const [item] = i < 0 ? [] : this.#untaken.splice(i, 1);
        if (item === undefined) return;
        clearTimeout(deadline);
        this.#watchers.delete(look);
        resolve(item);
      };
      const deadline = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`nothing of the kind came; there was: ${JSON.stringify(this.all)}`));
      }, DEADLINE_MS);
      this.#watchers.add(look);
      look();
    });
  }
}
