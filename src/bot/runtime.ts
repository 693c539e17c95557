import type { Receipt } from "../client/api.ts";
import type {
  Bot,
  BotDefinition,
  CommandHandler,
  CommandOptions,
  Handler,
  HearsContext,
  IncomingMessage,
  Log,
  LogLevel,
  MessageContext,
  Presence,
} from "./api.ts";
import { readCall } from "./command/read-call.ts";
import { readCommandSyntax } from "./command/syntax.ts";
import { type DocumentedCommand, helpFor, isHelp } from "./help.ts";
import { type Route, runRoutes } from "./routes.ts";

/** What a bot needs of whatever runs it. */
export interface BotPorts {
  readonly nick: string;
  nowMs(): number;
  /** @param event The event in whose handling it is sent, where that is known. */
  send(to: string, text: string, event: string | undefined): Promise<Receipt>;
  log(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void;
  /** A handler is about to be called. */
  handling(event: string, handler: string): void;
  /** A handler threw. */
  failed(error: unknown, handler: string, event: string): void;
  /** Where in the author's file the code stands that called into the API; `undefined` when unknown. */
  callSite(): string | undefined;
}

/** Something that happened, with an id that the log and the sender can be told. */
export type BotInput =
  | { readonly kind: "message"; readonly event: string; readonly message: IncomingMessage }
  | { readonly kind: "online" | "offline"; readonly event: string; readonly nick: string };

type PresenceHandler = { readonly label: string; readonly call: (presence: Presence) => unknown };

/** Runs one bot's routes: set it up once, then tell it what happens. Knows no sandbox, process or network. */
export class BotRuntime {
  readonly #ports: BotPorts;
  readonly #routes: Route[] = [];
  readonly #commands: DocumentedCommand[] = [];
  readonly #presence: Record<"online" | "offline", PresenceHandler[]> = { online: [], offline: [] };
  #catch: ((error: unknown, ctx: MessageContext | undefined) => unknown) | undefined;
  #isSetUp = false;

  constructor(ports: BotPorts) {
    this.#ports = ports;
  }

  /** Rejects with what the author's set-up threw. */
  async setUp({ setup, options }: BotDefinition): Promise<void> {
    await setup(this.#bot());
    this.#isSetUp = true;
    if (!this.#commands.some(({ syntax }) => isHelp(syntax))) {
      this.#routes.push({
        label: "the generated help",
        match: (ctx) => {
          const answer = helpFor(ctx, this.#commands, options);
          return answer && (async () => void (await Promise.all(answer.map((text) => ctx.reply(text)))));
        },
      });
    }
  }

  /** Resolves when the handlers are done; what they throw goes to the port `failed` and to the author's `catch`. */
  async handle(input: BotInput): Promise<void> {
    const { event } = input;
    let current: string = input.kind;
    if (input.kind === "message") {
      const ctx = this.#context(input.message, event);
      try {
        await runRoutes(this.#routes, ctx, ({ label }) => {
          current = label;
          this.#ports.handling(event, label);
        });
      } catch (error) {
        await this.#report(error, current, event, ctx);
      }
      return;
    }
    for (const { label, call } of this.#presence[input.kind]) {
      this.#ports.handling(event, label);
      try {
        await call({ nick: input.nick });
      } catch (error) {
        await this.#report(error, label, event, undefined);
      }
    }
  }

  async #report(
    error: unknown,
    handler: string,
    event: string,
    ctx: MessageContext | undefined,
  ): Promise<void> {
    this.#ports.failed(error, handler, event);
    if (this.#catch === undefined) {
      await ctx?.reply(`Sorry, that went wrong. (error ${event})`);
      return;
    }
    try {
      await this.#catch(error, ctx);
    } catch (second) {
      this.#ports.failed(second, "bot.catch", event);
    }
  }

  #context(message: IncomingMessage, event: string): MessageContext {
    return { message, reply: async (text) => this.#send(message.from, text, event) };
  }

  #send(to: string, text: string, event: string | undefined): Promise<Receipt> {
    if (typeof to !== "string") throw new TypeError(`the recipient is a nickname, not ${typeof to}`);
    if (typeof text !== "string") throw new TypeError(`the text is a string, not ${typeof text}`);
    return this.#ports.send(to, text, event);
  }

  #bot(): Bot {
    const log = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
      this.#ports.log(level, String(message), fields ?? {});
    const logs: Log = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
    return {
      nick: this.#ports.nick,
      log: logs,
      hears: (pattern: RegExp | string, handler: Handler<never>) => this.#hears(pattern, handler),
      command: (
        syntax: string,
        ...rest: [CommandHandler<never>] | [CommandOptions, CommandHandler<never>]
      ) => (rest.length === 1 ? this.#command(syntax, {}, rest[0]) : this.#command(syntax, rest[0], rest[1])),
      on: (event, handler: Handler<never> | ((presence: Presence) => unknown)) =>
        this.#on(event, handler as Handler<MessageContext> & ((presence: Presence) => unknown)),
      catch: (handler) => {
        this.#catch = checked(handler, "catch");
      },
      send: async (nick, text) => this.#send(nick, text, undefined),
      now: () => this.#ports.nowMs(),
    };
  }

  #hears(pattern: RegExp | string, handler: Handler<never>): void {
    const call = checked(handler, "hears") as Handler<HearsContext<RegExpExecArray | string>>;
    const label = this.#label(
      `hears ${typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern)}`,
    );
    const wanted = typeof pattern === "string" ? pattern.trim() : undefined;
    this.#add({
      label,
      match: (ctx) => {
        const match = wanted === undefined ? exec(pattern as RegExp, ctx) : equal(wanted, ctx);
        return match === undefined ? undefined : (next) => call({ ...ctx, match }, next);
      },
    });
  }

  #command(line: string, { help }: CommandOptions, handler: CommandHandler<never>): void {
    const call = checked(handler, "command") as CommandHandler<object>;
    const syntax = readCommandSyntax(line);
    this.#commands.push({ syntax, help });
    this.#add({
      label: this.#label(`command ${JSON.stringify(syntax.name.join(" "))}`),
      match: (ctx) => {
        const read = readCall(syntax, ctx.message.text);
        switch (read.kind) {
          case "other":
            return undefined;
          case "mistake":
            return () => ctx.reply(`${read.reason}. Usage: ${syntax.usage}`);
          case "call":
            return (next) => call(ctx, read.args, next);
        }
      },
    });
  }

  #on(event: string, handler: Handler<MessageContext> & ((presence: Presence) => unknown)): void {
    checked(handler, "on");
    const label = this.#label(`on ${JSON.stringify(event)}`);
    if (event === "message") this.#add({ label, match: (ctx) => (next) => handler(ctx, next) });
    else if (event === "online" || event === "offline") this.#presence[event].push({ label, call: handler });
    else throw new TypeError(`bot.on knows "message", "online" and "offline", not ${JSON.stringify(event)}`);
  }

  #add(route: Route): void {
    if (this.#isSetUp) throw new TypeError("routes are written down in defineBot's function, not later");
    this.#routes.push(route);
  }

  #label(what: string): string {
    const place = this.#ports.callSite();
    return place === undefined ? what : `${what} (${place})`;
  }
}

function checked<Call>(handler: Call, method: string): Call {
  if (typeof handler !== "function")
    throw new TypeError(`bot.${method} needs a function as its last argument`);
  return handler;
}

/** A pattern with the flag g or y remembers where it stopped; each message is a new beginning. */
function exec(pattern: RegExp, { message }: MessageContext): RegExpExecArray | undefined {
  pattern.lastIndex = 0;
  return pattern.exec(message.text) ?? undefined;
}

function equal(wanted: string, { message }: MessageContext): string | undefined {
  return message.text.trim() === wanted ? message.text : undefined;
}
