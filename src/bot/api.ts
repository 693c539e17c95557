/** What the author of a bot sees. `defineBot` makes one; the host runs it. */
import type { Receipt } from "../client/api.ts";
import type { CommandArguments } from "./command/typed.ts";
import type { MessageContext } from "./context.ts";
import type { Dialog, DialogDefinition } from "./dialog.ts";
import type { Duration, Limit } from "./duration.ts";
import type { Http } from "./http.ts";
import type { Log } from "./log.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { Store } from "./store.ts";
import type { CronOptions, DurableTimerHandle, Tick, TimerCall } from "./timer.ts";

/**
 * One bot, as its set-up function sees it.
 *
 * Routes (`use`, `command`, `hears`, `on("message")`, `on("saved")`) are tried in the order in which they were written.
 * The first that matches handles the message; the others are not asked unless it calls `next()`. A bot with commands also
 * answers `help`, after all its own routes.
 *
 * The messages of one sender are handled one after another, those of different senders at the same time.
 *
 * Time stands still while the bot's code runs and moves on while it waits, as on Cloudflare Workers: that is what
 * makes a run in simulation repeatable.
 */
export interface Bot<Settings = unknown, Secret extends string = string> {
  /** The nickname it is registered under. */
  readonly nick: string;
  /** What its owner set, checked against the schema in the options. */
  readonly settings: Settings;
  /** The secrets that its `needs` name. */
  readonly secrets: Readonly<Record<Secret, string>>;
  readonly store: Store;
  readonly http: Http;
  readonly log: Log;
  /** Everybody that the server's table names, by nickname, without the bot itself. */
  readonly contacts: ReadonlyMap<string, Contact>;

  /** Runs around all routes after it: call `next()` for them to be tried. */
  use(middleware: Handler<MessageContext>): void;

  /**
   * Handles messages that match. A string must equal the whole message, blanks around it aside;
   * a regular expression may match anywhere in it.
   */
  hears(pattern: RegExp, handler: Handler<HearsContext<RegExpExecArray>>): void;
  hears(pattern: string, handler: Handler<HearsContext<string>>): void;
  hears(pattern: RegExp, options: RouteOptions, handler: Handler<HearsContext<RegExpExecArray>>): void;
  hears(pattern: string, options: RouteOptions, handler: Handler<HearsContext<string>>): void;

  /**
   * Handles a command such as `ticket <title...> [--prio <level>]`: `<required>`, `[optional]`, `<rest...>` for all
   * that remains as one text, `--flag`, `--option <value>`. Options are always optional. A call that does not fit
   * is answered with the usage line.
   *
   * @throws {TypeError} when the syntax cannot be read.
   * @example bot.command("roll [sides]", { help: "Roll a die" }, (ctx, { sides = "6" }) => ctx.reply(sides));
   */
  command<const Syntax extends string>(
    syntax: Syntax,
    options: CommandOptions,
    handler: CommandHandler<CommandArguments<Syntax>>,
  ): void;
  command<const Syntax extends string>(
    syntax: Syntax,
    handler: CommandHandler<CommandArguments<Syntax>>,
  ): void;

  /**
   * `message` handles every message that no earlier route has handled; `saved` only those that the server kept while
   * the bot was away.
   */
  on(event: "message" | "saved", handler: Handler<MessageContext>): void;
  on(event: "message" | "saved", options: RouteOptions, handler: Handler<MessageContext>): void;
  /**
   * Somebody came online or went offline. Those who were online when the bot registered are not announced.
   * All such handlers are called, in the order written.
   */
  on(event: "online" | "offline", handler: (presence: Presence) => unknown): void;
  /** The table came, or a row of it changed: the whole of it as it now stands. */
  on(event: "table", handler: (contacts: ReadonlyMap<string, Contact>) => unknown): void;

  /**
   * Talks with somebody in named steps. Where it stands is kept in the store, so a dialog goes on after a crash, a restart or a new
   * version of the bot.
   *
   * @see DialogDefinition for an example
   */
  dialog<State extends object, Step extends string>(
    name: string,
    definition: DialogDefinition<State, Step>,
  ): Dialog<State>;

  /**
   * Calls at the times of a cron pattern: minute, hour, day of month, month, day of week; with six fields seconds come first.
   * The time zone is UTC where none is given.
   *
   * @throws {TypeError} when the pattern or the zone is none.
   * @example bot.cron("0 9 * * 1-5", { timeZone: "Europe/Paris" }, () => bot.send("ops", "standup"));
   */
  cron(pattern: string, handler: (tick: Tick) => unknown): void;
  cron(pattern: string, options: CronOptions, handler: (tick: Tick) => unknown): void;

  /** Calls again and again, first when the time has passed once. It keeps its rhythm over restarts. At least `"1s"`. */
  every(interval: Duration, handler: (tick: Tick) => unknown): void;

  /**
   * A timer that survives crashes and restarts, as `setTimeout` does not. Its handler is named, since no function outlives a
   * process, and is given the data that the timer was set with.
   *
   * @example
   * const remind = bot.timer("remind", ({ data }: TimerCall<{ nick: string; text: string }>) => bot.send(data.nick, data.text));
   * await remind.in("10m", { nick: "alice", text: "tea" });
   */
  timer<Data = null>(name: string, handler: (call: TimerCall<Data>) => unknown): DurableTimerHandle<Data>;

  /**
   * Called with what a handler threw, in place of the sentence that its sender is otherwise sent. The host logs the error
   * in either case. `ctx` is `undefined` where no message was being handled.
   */
  catch(handler: (error: unknown, ctx: MessageContext | undefined) => unknown): void;

  /** Called before the bot is stopped or reloaded in an orderly way; it has five seconds. */
  onStop(handler: () => unknown): void;

  /**
   * Sends a message; a long one in several, parted at paragraphs, lines or words. Resolves to what became of it and rejects never, so
   * it need not be awaited; a failed one is logged.
   *
   * @throws {TypeError} when the nickname or the text is not a string.
   */
  send(nick: string, text: string): Promise<Receipt>;

  /** Whether the bot's owner has given this nickname the role. */
  hasRole(nick: string, role: string): boolean;

  /** Milliseconds since 1970, as `Date.now()`, on the host's clock: virtual in simulation. */
  now(): number;
}

/** May be asynchronous; what it returns is awaited and not looked at. */
export type Handler<Context> = (ctx: Context, next: Next) => unknown;

export type CommandHandler<Args> = (ctx: MessageContext, args: Args, next: Next) => unknown;

/** Passes the message on to the routes after this one; resolves when they are done. */
export type Next = () => Promise<void>;

export interface HearsContext<Match> extends MessageContext {
  /** The regular expression's match, or the text that was equal. */
  readonly match: Match;
}

export interface Presence {
  readonly nick: string;
}

export interface Contact {
  readonly nick: string;
  readonly online: boolean;
}

export interface RouteOptions {
  /** Roles, one of which the sender must have; others are told so. The bot's owner says who has which. */
  readonly allow?: readonly string[];
  /** How often one sender may call it. Who exceeds it is told once, and not heard until there is room again. */
  readonly limit?: Limit;
  /**
   * How long it may take; time that it waits for an answer to `ctx.ask` does not count. Then `ctx.signal` aborts, the sender is
   * told, and nothing more is sent for this message. Default: what the host says, 30 s.
   */
  readonly timeout?: Duration;
}

export interface CommandOptions extends RouteOptions {
  /** One line for `help`. */
  readonly help?: string;
}

export interface BotOptions<Settings = unknown, Secret extends string = string> {
  /** One line about the bot; `help` begins with it. */
  readonly description?: string;
  /** What its owner can set, as a schema of any library that knows Standard Schema (zod, valibot, ArkType). */
  readonly settings?: StandardSchema<Settings>;
  /** What it needs of its owner. It does not start before all of it is granted. */
  readonly needs?: {
    /** Hosts that it makes requests to: `status.example.org`, or with a port `127.0.0.1:8080`. */
    readonly http?: readonly string[];
    /** Names of secrets, such as keys. */
    readonly secrets?: readonly Secret[];
  };
  /** Whether messages that programs wrote are handled, too. Default false: two bots could talk to each other without end. */
  readonly answersBots?: boolean;
}

/** What a script exports: `export default defineBot(…)`. */
export interface BotDefinition {
  readonly kind: "udpchat bot";
  readonly options: BotOptions;
  readonly setup: (bot: Bot) => unknown;
}
