import { availableParallelism } from "node:os";
import { STORE_PREFIX, storeEntries } from "../bot/state.ts";
import type { Identity } from "../net/keys.ts";
import type { World } from "../net/network.ts";
import { formatAddress } from "../protocol/address.ts";
import type { Explanation, Journal, StateChange } from "../store/journal.ts";
import { BundleCache } from "./bundle-cache.ts";
import {
  type BotChange,
  ControlRefusal,
  type ControlRequest,
  type ControlResult,
  type Letter,
} from "./control/protocol.ts";
import type { ControlPorts } from "./control/server.ts";
import { messageOf } from "./error-message.ts";
import { EventIds } from "./event-ids.ts";
import type { BotConfig, HostConfig } from "./host-config.ts";
import type { HostStatus } from "./host-status.ts";
import { letterOf } from "./letter.ts";
import { journalNews, type LogRecord } from "./log-record.ts";
import { LogRing } from "./log-ring.ts";
import { ManagedBot } from "./managed-bot.ts";

export interface HostOptions {
  readonly config: HostConfig;
  readonly world: World;
  /** The key that owns the nicknames of its bots. Default: a new one for each, so that none comes back under its nickname. */
  readonly identity?: Identity;
  readonly journal: Journal;
  /** Reads the configuration again. @throws {ControlRefusal} `BAD_FILE` when there are mistakes in it */
  readonly reread: () => HostConfig;
  /** Called with each line of the log. */
  readonly onRecord: (record: LogRecord) => void;
  /** An operator asks for the end. */
  readonly onDown: () => void;
}

/** Keeps many bots running, each in its process and behind its nickname, and does what its operator asks. */
export class Host implements ControlPorts {
  readonly #options: HostOptions;
  readonly #bots = new Map<string, ManagedBot>();
  readonly #bundles = new BundleCache();
  readonly #log = new LogRing();
  readonly #startedMs: number;
  readonly #ended = Promise.withResolvers<void>();
  #config: HostConfig;
  #isClosing = false;
  #journalTrouble: string | undefined;
  /** What changes the set of bots is done one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#startedMs = options.world.clock.nowMs();
    for (const config of options.config.bots) this.#add(config);
  }

  /** Starts all bots, as many at a time as there are processors. Never rejects. */
  async start(): Promise<readonly BotChange[]> {
    return this.#inTurn(() =>
      atATime(availableParallelism(), [...this.#bots.values()], async (bot): Promise<BotChange> => {
        return this.#isClosing ? { bot: bot.config.name, outcome: "unchanged" } : bot.start();
      }),
    );
  }

  /**
   * Stops all bots in order and closes the journal.
   *
   * @throws {StoreError} when what happened last cannot be written; all has ended, and it is done again at the next start.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    try {
      await this.#inTurn(() => Promise.all([...this.#bots.values()].map((bot) => bot.stop())));
      // Before anybody hears of the end: who starts the next host at once must not find the folder locked.
      this.#options.journal.close();
    } finally {
      this.#ended.resolve();
    }
  }

  status(): HostStatus {
    const { world } = this.#options;
    return {
      pid: process.pid,
      uptimeMs: Math.round(world.clock.nowMs() - this.#startedMs),
      server: formatAddress(this.#config.server),
      memoryBytes: process.memoryUsage.rss(),
      journalTrouble: this.#journalTrouble,
      bots: [...this.#bots.values()].map((bot) => bot.status()),
    };
  }

  /** A line in the log about the host as a whole. */
  note(level: LogRecord["level"], message: string): void {
    const atMs = this.#options.world.clock.dateMs();
    this.#note({ atMs, level, bot: undefined, kind: "host", message, fields: {} });
  }

  /** What happens to the journal meanwhile, as it tells: it can be written no longer, or (`undefined`) again. */
  noteJournal(trouble: Error | undefined): void {
    this.#journalTrouble = trouble?.message;
    this.note(trouble === undefined ? "info" : "error", journalNews(trouble));
  }

  recentLog(bot: string | undefined, lines: number): readonly LogRecord[] {
    if (bot !== undefined) this.#bot(bot);
    return this.#log.recent(bot, lines);
  }

  followLog(bot: string | undefined, listener: (record: LogRecord) => void): () => void {
    return this.#log.follow(bot, listener);
  }

  async perform(request: Exclude<ControlRequest, { command: "logs" }>): Promise<ControlResult> {
    switch (request.command) {
      case "ps":
        return { status: this.status() };
      case "reload":
        return { bots: await this.#inTurn(() => this.#reload(request.bot)) };
      case "restart":
      case "stop":
      case "start": {
        const bot = this.#bot(request.bot);
        return { bots: [await this.#inTurn(() => bot[request.command]())] };
      }
      case "why":
        return { letter: this.#why(request.id) };
      case "dead-letters": {
        const bots = request.bot === undefined ? [...this.#bots.values()] : [this.#bot(request.bot)];
        return {
          letters: bots.flatMap((bot) =>
            bot.journal.deadLetters().map((letter) => this.#letter(bot, letter)),
          ),
        };
      }
      case "retry-dead-letter":
        return { letter: this.#retry(request.id) };
      case "drop-dead-letter":
        return { letter: this.#drop(request.id) };
      case "store":
        return { entries: this.#entries(request.bot, request.key) };
      case "store-set":
        return this.#changeStore(request.bot, {
          kind: "put",
          key: STORE_PREFIX + request.key,
          json: checkedJson(request.json),
        });
      case "store-delete":
        this.#entries(request.bot, request.key);
        return this.#changeStore(request.bot, { kind: "delete", key: STORE_PREFIX + request.key });
      case "down":
        this.#options.onDown();
        await this.#ended.promise;
        return {};
    }
  }

  #add(config: BotConfig): ManagedBot {
    const { world, journal, identity } = this.#options;
    const bot = new ManagedBot({
      config,
      server: this.#config.server,
      stopMs: this.#config.stopMs,
      world,
      ...(identity && { identity }),
      journal: journal.bot(config.nick),
      bundles: this.#bundles,
      onRecord: (record) => this.#note(record),
    });
    this.#bots.set(config.name, bot);
    return bot;
  }

  #note(record: LogRecord): void {
    this.#log.add(record);
    this.#options.onRecord(record);
  }

  async #reload(name: string | undefined): Promise<readonly BotChange[]> {
    const config = this.#options.reread();
    if (
      formatAddress(config.server) !== formatAddress(this.#config.server) ||
      config.data !== this.#config.data
    ) {
      throw new ControlRefusal(
        "NOT_POSSIBLE",
        "another server or data folder needs `udpchat host down` and `up`",
      );
    }
    const wanted = new Map(config.bots.map((bot) => [bot.name, bot]));
    const known = new Set([...this.#bots.keys(), ...wanted.keys()]);
    if (name !== undefined && !known.has(name)) throw noBot(name, known);
    const names = name === undefined ? known : [name];
    this.#config = config;
    return atATime(availableParallelism(), [...names], async (each): Promise<BotChange> => {
      const next = wanted.get(each);
      const bot = this.#bots.get(each);
      if (next === undefined) {
        await bot?.stop();
        this.#bots.delete(each);
        return { bot: each, outcome: "stopped" };
      }
      return bot === undefined ? this.#add(next).start() : bot.reload(next);
    });
  }

  #bot(name: string): ManagedBot {
    const bot = this.#bots.get(name);
    if (bot === undefined) throw noBot(name, this.#bots.keys());
    return bot;
  }

  /** The bot and the number of an id such as `helpdesk-42`. */
  #find(id: string): readonly [ManagedBot, number] {
    for (const bot of this.#bots.values()) {
      const delivery = new EventIds(bot.config.nick).deliveryOf(id);
      if (delivery !== undefined) return [bot, delivery];
    }
    throw new ControlRefusal("UNKNOWN_ID", `"${id}" is no id of a message: it would be like "helpdesk-42"`);
  }

  #why(id: string): Letter {
    const [bot, number] = this.#find(id);
    const explanation = bot.journal.explain(number);
    if (explanation === undefined) {
      throw new ControlRefusal(
        "UNKNOWN_ID",
        `nothing is known of ${id}; only the newest messages of each bot are kept`,
      );
    }
    return this.#letter(bot, explanation);
  }

  #retry(id: string): Letter {
    const [bot, number] = this.#find(id);
    const delivery = bot.journal.retry(number);
    if (delivery === undefined) throw new ControlRefusal("UNKNOWN_ID", `${id} is no dead letter`);
    bot.supervisor?.handOut(delivery);
    return this.#why(id);
  }

  #drop(id: string): Letter {
    const [bot, number] = this.#find(id);
    if (!bot.journal.drop(number, this.#options.world.clock.dateMs())) {
      throw new ControlRefusal("UNKNOWN_ID", `${id} is no dead letter`);
    }
    return this.#why(id);
  }

  #letter({ config }: ManagedBot, explanation: Explanation): Letter {
    return letterOf(config.name, config.nick, explanation);
  }

  #entries(name: string, key: string | undefined): readonly (readonly [key: string, json: string])[] {
    const own = storeEntries(this.#bot(name).journal.entries());
    if (key === undefined) return own;
    const found = own.filter(([stored]) => stored === key);
    if (found.length > 0) return found;
    throw new ControlRefusal(
      "UNKNOWN_ID",
      `${name} has stored nothing under "${key}"`,
      own.map(([stored]) => stored),
    );
  }

  /** A process answers reads by itself, so the store changes only while there is none. */
  #changeStore(name: string, change: StateChange): Record<string, never> {
    const bot = this.#bot(name);
    const { state } = bot.status();
    if (state !== "stopped" && state !== "failed") {
      throw new ControlRefusal(
        "NOT_POSSIBLE",
        `${name} is ${state} and would not notice; stop it first: udpchat host stop ${name}`,
      );
    }
    bot.journal.finish([], [change], this.#options.world.clock.dateMs());
    this.#options.journal.commit();
    return {};
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    // What was bundled for one command may be another script by the next.
    const done = this.#last.then(work, work).finally(() => this.#bundles.clear());
    this.#last = done.catch(() => {});
    return done;
  }
}

function noBot(name: string, known: Iterable<string>): ControlRefusal {
  return new ControlRefusal("UNKNOWN_BOT", `the host has no bot "${name}"`, [...known]);
}

function checkedJson(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch (error) {
    throw new ControlRefusal("BAD_REQUEST", `that is no JSON: ${messageOf(error)}`);
  }
}

/** Does something with each, so many at a time; results in the order of the items. */
async function atATime<T, R>(
  count: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const lane = async () => {
    for (const [i, item] of entries) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
  return results;
}
