import { fileURLToPath } from "node:url";
import { type Duration, readDuration } from "../bot/duration.ts";
import type { HttpOutcome, HttpRequest } from "../bot/http.ts";
import { storeEntries } from "../bot/state.ts";
import { openClient } from "../client/client.ts";
import { messageOf } from "../host/error-message.ts";
import { type RunningBot, startBot } from "../host/start-bot.ts";
import { type Identity, identityFrom } from "../net/keys.ts";
import { SIMULATED_LATENCY_MS, Simulation } from "../net/sim/simulation.ts";
import type { RunningServer } from "../server/api.ts";
import { startServer } from "../server/start-server.ts";
import type { BotJournal } from "../store/journal.ts";
import { SqliteJournal } from "../store/sqlite-journal.ts";
import { Conversation, type LoggedLine, type TestFault } from "./conversation.ts";
import { type TestNetwork, testNetwork } from "./test-network.ts";
import { SimulatedUser, type TestUser } from "./test-user.ts";

export interface TestBotOptions {
  /** Default `bot`. */
  readonly nick?: string;
  readonly settings?: unknown;
  /** Who has which role. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Grants these hosts, and answers in their place. */
  readonly http?: Readonly<Record<string, TestHttp>>;
  /** How much the store may hold. Default 1 MiB. */
  readonly storeBytes?: number;
  /** Of all that is random; the same seed gives the same run. Default 0. */
  readonly seed?: number;
  /** Whether repetition is taken for a loop of two programs, as on the real network. Default false: tests repeat themselves. */
  readonly antiloop?: boolean;
}

/** Answers a request; throws to be unreachable. */
export type TestHttp = (request: HttpRequest) => TestHttpAnswer | Promise<TestHttpAnswer>;

export interface TestHttpAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Put into JSON, in the place of `text`. */
  readonly json?: unknown;
}

/**
 * A bot under test, in its own sandbox, on a chat network that is simulated: no port is opened, and time passes only
 * when the test lets it, at once.
 */
export interface TestBot extends AsyncDisposable {
  /** The user of this nickname, always the same. */
  user(nick: string): TestUser;
  /** Lets time pass, with all that happens in it. */
  advance(duration: Duration): Promise<void>;
  /** Lets time pass until this date: text as `2026-03-02T09:00:00Z`, or milliseconds since 1970. It begins at 2026-01-01T00:00:00Z. */
  advanceTo(date: string | number): Promise<void>;
  /** Milliseconds since 1970, in the simulation. */
  now(): number;
  readonly network: TestNetwork;
  /** What the bot has logged. */
  readonly log: readonly LoggedLine[];
  /** What the bot's code has thrown so far. */
  readonly errors: readonly TestFault[];
  /** What is durable of the store. */
  store(): Readonly<Record<string, unknown>>;
  /** Kills the bot's process without a word, and resolves when another runs in its place. */
  crash(): Promise<void>;
  /** Stops the bot in an orderly way and starts it again, as a new version would be. */
  restart(): Promise<void>;
  /** Stops the bot; the server keeps what it is sent. `restart` starts it again. */
  stop(): Promise<void>;
  /** Ends all of it. What is left open when the tests are over ends with them. */
  close(): Promise<void>;
}

/** How long the network may need to come to rest before a test goes on all the same, in virtual time. */
const REST_MS_MAX = 30_000;

/** At rest is what has been so for some steps, each longer than a datagram takes. */
const REST_STEP_MS = 2 * SIMULATED_LATENCY_MS;
const REST_STEPS = 3;

const DAY_MS = 86_400_000;

const RUNNING_MS_MAX = 120_000;

/**
 * Starts a bot for a test.
 *
 * @param script The path of its file, or its URL: `new URL("echo.ts", import.meta.url)` is the one beside the test.
 * @throws {BotError} when it does not start, with the author's line.
 * @example
 * const t = await testBot("bots/echo.ts");
 * await t.user("alice").says("say hello");
 * t.user("alice").hears("hello");
 */
export async function testBot(script: string | URL, options: TestBotOptions = {}): Promise<TestBot> {
  const test = new SimulatedBot(script instanceof URL ? fileURLToPath(script) : script, options);
  await test.start();
  return test;
}

class SimulatedBot implements TestBot {
  readonly network: TestNetwork;
  readonly #script: string;
  readonly #options: TestBotOptions;
  readonly #nick: string;
  readonly #simulation: Simulation;
  readonly #conversation: Conversation;
  /** What a disk would hold over restarts. */
  readonly #journal: BotJournal;
  readonly #identities = new Map<string, Identity>();
  readonly #users = new Map<string, SimulatedUser>();
  #server: RunningServer | undefined;
  #bot: RunningBot | undefined;
  /** What the test does is done one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(script: string, options: TestBotOptions) {
    const { nick = "bot", seed = 0 } = options;
    this.#script = script;
    this.#options = options;
    this.#nick = nick;
    this.#simulation = new Simulation({ seed });
    this.network = testNetwork(this.#simulation.faults, SIMULATED_LATENCY_MS);
    this.#journal = new SqliteJournal(undefined).bot(nick);
    const { clock } = this.#simulation.world(nick);
    this.#conversation = new Conversation(() => clock.nowMs());
  }

  get log(): readonly LoggedLine[] {
    return this.#conversation.log;
  }

  get errors(): readonly TestFault[] {
    return this.#conversation.faults;
  }

  start(): Promise<void> {
    return this.#act(async () => {
      this.#server ??= await startServer({ world: this.#simulation.world("server") });
      await this.#startBot(this.#server);
    });
  }

  user(nick: string): TestUser {
    const known = this.#users.get(nick);
    if (known !== undefined) return known;
    const user = new SimulatedUser({
      nick,
      bot: this.#nick,
      conversation: this.#conversation,
      act: (work) => this.#act(work),
      open: () => {
        if (this.#server === undefined) throw new TypeError("this test has been closed");
        const identity = this.#identity(nick);
        return openClient({ nick, server: this.#server.address, identity }, this.#simulation.world(nick));
      },
    });
    this.#users.set(nick, user);
    return user;
  }

  advance(duration: Duration): Promise<void> {
    return this.#act(() => this.#wait(readDuration(duration)));
  }

  advanceTo(date: string | number): Promise<void> {
    return this.#act(async () => {
      const untilMs = typeof date === "string" ? Date.parse(date) : date;
      const ms = untilMs - this.now();
      if (!(ms >= 0))
        throw new TypeError(`${date} is no date to come: it is ${new Date(this.now()).toISOString()}`);
      await this.#wait(ms);
    });
  }

  now(): number {
    return this.#simulation.world(this.#nick).clock.dateMs();
  }

  store(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      storeEntries(this.#journal.entries()).map(([key, json]): [string, unknown] => [key, JSON.parse(json)]),
    );
  }

  crash(): Promise<void> {
    return this.#act(async () => {
      const bot = this.#bot;
      if (bot === undefined) throw new TypeError("the bot is stopped");
      await bot.crash();
      for (let ms = 0; bot.state !== "running" && bot.state !== "failed" && ms < RUNNING_MS_MAX; ms += 10) {
        await this.#wait(10);
      }
      if (bot.state !== "running") throw this.#conversation.failure("the bot did not come back", this.crash);
    });
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
    this.#conversation.add("the bot was started again");
  }

  stop(): Promise<void> {
    return this.#act(async () => {
      await this.#bot?.close();
      this.#bot = undefined;
      this.#conversation.add("the bot was stopped");
    });
  }

  close(): Promise<void> {
    return this.#act(async () => {
      await this.#bot?.close();
      this.#bot = undefined;
      for (const user of this.#users.values()) await user.close();
      await this.#server?.close();
      this.#server = undefined;
    }, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #startBot(server: RunningServer): Promise<void> {
    const { settings, roles = {}, secrets = {}, http = {}, storeBytes, antiloop = false } = this.#options;
    this.#bot = await startBot({
      script: this.#script,
      nick: this.#nick,
      server: server.address,
      world: this.#simulation.world(this.#nick),
      identity: this.#identity(this.#nick),
      settings,
      roles,
      grant: { http: Object.keys(http), secrets, ...(storeBytes !== undefined && { storeBytes }) },
      journal: this.#journal,
      http: (request) => answer(http, request),
      background: true,
      onEvent: (event) => this.#conversation.note(event),
      ...(!antiloop && { antiloop }),
    });
  }

  /** The same for a nickname each time: it comes back as who it was. */
  #identity(nick: string): Identity {
    const identity =
      this.#identities.get(nick) ?? identityFrom(this.#simulation.world(nick).random.bytes(32));
    this.#identities.set(nick, identity);
    return identity;
  }

  /** Does something and lets time pass meanwhile, and then until all is at rest. */
  #act<T>(work: () => Promise<T>, restMs = REST_MS_MAX): Promise<T> {
    const act = async (): Promise<T> => {
      // Nothing else keeps this process from ending while the bot's works.
      const alive = setInterval(() => {}, 1_000);
      try {
        return await this.#simulation.run(
          async () => {
            const result = await work();
            await this.#rest(restMs);
            return result;
          },
          { maxMs: Number.POSITIVE_INFINITY },
        );
      } finally {
        clearInterval(alive);
      }
    };
    const done = this.#last.then(act, act);
    this.#last = done;
    return done;
  }

  async #rest(maxMs: number): Promise<void> {
    let still = 0;
    for (let ms = 0; ms < maxMs && still < REST_STEPS; ms += REST_STEP_MS) {
      const isBusy =
        this.#simulation.inFlight > 0 ||
        this.#server?.busy === true ||
        this.#bot?.busy === true ||
        [...this.#users.values()].some(({ busy }) => busy);
      still = isBusy ? 0 : still + 1;
      await this.#wait(REST_STEP_MS);
    }
  }

  async #wait(ms: number): Promise<void> {
    const { clock } = this.#simulation.world(this.#nick);
    for (let left = ms; left > 0; left -= DAY_MS) {
      await new Promise<void>((resolve) => clock.schedule(Math.min(left, DAY_MS), resolve));
    }
  }
}

async function answer(hosts: Readonly<Record<string, TestHttp>>, request: HttpRequest): Promise<HttpOutcome> {
  const { host } = new URL(request.url);
  try {
    const { status = 200, headers = {}, text, json } = (await hosts[host]?.(request)) ?? {};
    return {
      kind: "response",
      status,
      headers,
      text: json === undefined ? (text ?? "") : JSON.stringify(json),
    };
  } catch (error) {
    return { kind: "error", code: "UNREACHABLE", message: messageOf(error) };
  }
}
