/** What the author of a bot sees. `defineBot` makes one; the host runs it. */
import type { Receipt } from "../client/api.ts";
import type { CommandArguments } from "./command/typed.ts";

/**
 * One bot, as its set-up function sees it.
 *
 * Routes (`command`, `hears`, `on("message")`) are tried in the order in which they were written. The first that
 * matches handles the message; the others are not asked unless it calls `next()`. A bot with commands also answers
 * `help`, after all its own routes.
 *
 * Time stands still while the bot's code runs and moves on while it waits, as on Cloudflare Workers: that is what
 * makes a run in simulation repeatable.
 */
export interface Bot {
  /** The nickname it is registered under. */
  readonly nick: string;
  readonly log: Log;

  /**
   * Handles messages that match. A string must equal the whole message, blanks around it aside;
   * a regular expression may match anywhere in it.
   */
  hears(pattern: RegExp, handler: Handler<HearsContext<RegExpExecArray>>): void;
  hears(pattern: string, handler: Handler<HearsContext<string>>): void;

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

  /** Handles every message that no earlier route has handled. */
  on(event: "message", handler: Handler<MessageContext>): void;
  /**
   * Somebody came online or went offline. Those who were online when the bot registered are not announced.
   * All such handlers are called, in the order written.
   */
  on(event: "online" | "offline", handler: (presence: Presence) => unknown): void;

  /**
   * Called with what a handler threw, in place of the sentence that its sender is otherwise sent. The host logs the error
   * in either case. `ctx` is `undefined` where no message was being handled.
   */
  catch(handler: (error: unknown, ctx: MessageContext | undefined) => unknown): void;

  /**
   * Sends a message. Resolves to what became of it and rejects never, so it need not be awaited; a failed one is logged.
   *
   * @throws {TypeError} when the nickname or the text is not a string.
   */
  send(nick: string, text: string): Promise<Receipt>;

  /** Milliseconds since 1970, as `Date.now()`, on the host's clock: virtual in simulation. */
  now(): number;
}

/** May be asynchronous; what it returns is awaited and not looked at. */
export type Handler<Context> = (ctx: Context, next: Next) => unknown;

export type CommandHandler<Args> = (ctx: MessageContext, args: Args, next: Next) => unknown;

/** Passes the message on to the routes after this one; resolves when they are done. */
export type Next = () => Promise<void>;

export interface MessageContext {
  readonly message: IncomingMessage;
  /** As `bot.send` to the sender of the message. */
  reply(text: string): Promise<Receipt>;
}

export interface HearsContext<Match> extends MessageContext {
  /** The regular expression's match, or the text that was equal. */
  readonly match: Match;
}

export interface IncomingMessage {
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** True when the server kept it while the bot was away. */
  readonly saved: boolean;
}

export interface Presence {
  readonly nick: string;
}

export interface CommandOptions {
  /** One line for `help`. */
  readonly help?: string;
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured log lines. Fields are what JSON can hold; an `Error` among them is written with its stack. */
export type Log = {
  readonly [Level in LogLevel]: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};

export interface BotOptions {
  /** One line about the bot; `help` begins with it. */
  readonly description?: string;
}

/** What a script exports: `export default defineBot(…)`. */
export interface BotDefinition {
  readonly kind: "udpchat bot";
  readonly options: BotOptions;
  readonly setup: BotSetup;
}

/** Writes down the routes. The bot starts to take messages when what it returns has resolved. */
export type BotSetup = (bot: Bot) => unknown;
