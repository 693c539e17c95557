import type {
  Bot,
  CommandHandler,
  CommandOptions,
  Contact,
  Handler,
  HearsContext,
  Presence,
  RouteOptions,
} from "./api.ts";
import { readCall } from "./command/read-call.ts";
import { readCommandSyntax } from "./command/syntax.ts";
import type { MessageContext } from "./context.ts";
import type { Dialogs } from "./dialogs.ts";
import type { DocumentedCommand } from "./help.ts";
import { createHttp } from "./http.ts";
import type { Log, LogLevel } from "./log.ts";
import type { Outgoing } from "./outgoing.ts";
import type { BotPorts, BotStart } from "./ports.ts";
import { Guard, type Route } from "./routes.ts";
import type { Schedule } from "./schedule.ts";
import type { Scopes } from "./scope.ts";
import type { Store } from "./store.ts";
import type { CronOptions, Tick } from "./timer.ts";

/** Something to call that is no route. */
export interface Listener<Argument> {
  readonly label: string;
  readonly call: (argument: Argument) => unknown;
}

export interface RegistryParts {
  readonly ports: BotPorts;
  readonly start: BotStart;
  readonly scopes: Scopes;
  readonly outgoing: Outgoing;
  readonly store: Store;
  readonly schedule: Schedule;
  readonly dialogs: Dialogs;
  readonly contacts: ReadonlyMap<string, Contact>;
}

/** What an author's set-up writes down. */
export class Registry {
  readonly routes: Route[] = [];
  readonly commands: DocumentedCommand[] = [];
  readonly presence: Record<"online" | "offline", Listener<Presence>[]> = { online: [], offline: [] };
  readonly table: Listener<ReadonlyMap<string, Contact>>[] = [];
  readonly stop: Listener<void>[] = [];
  /** Roles that routes ask for. */
  readonly roles = new Set<string>();
  catch: ((error: unknown, ctx: MessageContext | undefined) => unknown) | undefined;
  readonly #parts: RegistryParts;
  readonly #secrets: Record<string, string>;
  #isClosed = false;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#secrets = { ...parts.start.secrets };
  }

  /** Has these secrets without having them, so that a set-up can be tried. */
  pretend(secrets: readonly string[]): void {
    for (const name of secrets) this.#secrets[name] ??= name;
  }

  /** From now on nothing more can be written down. */
  close(): void {
    this.#isClosed = true;
  }

  /** @param settings As the schema gave them. */
  facade(settings: unknown): Bot {
    const { ports, scopes, outgoing, store, schedule, dialogs, contacts } = this.#parts;
    const log = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
      ports.log(level, String(message), fields ?? {}, scopes.current?.event);
    const logs: Log = { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
    return {
      nick: ports.nick,
      settings,
      secrets: this.#secrets,
      store,
      http: createHttp((request) => ports.http(request)),
      log: logs,
      contacts,
      use: (handler) => {
        const call = checked(handler, "use");
        const label = this.#label("use");
        this.#add({
          label,
          timeoutMs: undefined,
          isMiddleware: true,
          match: (ctx) => (next) => call(ctx, next),
        });
      },
      hears: (pattern: RegExp | string, ...rest: RouteArguments<Handler<never>>) =>
        this.#hears(pattern, ...optionsFirst(rest)),
      command: (
        syntax: string,
        ...rest: [CommandHandler<never>] | [CommandOptions, CommandHandler<never>]
      ) => (rest.length === 1 ? this.#command(syntax, {}, rest[0]) : this.#command(syntax, rest[0], rest[1])),
      on: (event: string, ...rest: RouteArguments<(argument: never, next: never) => unknown>) =>
        this.#on(event, ...optionsFirst(rest)),
      dialog: (name, definition) => {
        this.#refuseWhenClosed();
        return dialogs.define(name, definition);
      },
      cron: (
        pattern: string,
        ...rest: [(tick: Tick) => unknown] | [CronOptions, (tick: Tick) => unknown]
      ) => {
        const [options, handler] = rest.length === 1 ? [{}, rest[0]] : rest;
        this.#refuseWhenClosed();
        const label = this.#label(`cron ${JSON.stringify(pattern)}`);
        schedule.addCron(pattern, options, label, checked(handler, "cron"));
      },
      every: (interval, handler) => {
        this.#refuseWhenClosed();
        schedule.addEvery(interval, this.#label(`every ${interval}`), checked(handler, "every"));
      },
      timer: (name, handler) => {
        this.#refuseWhenClosed();
        return schedule.addNamed(
          name,
          this.#label(`timer ${JSON.stringify(name)}`),
          checked(handler, "timer"),
        );
      },
      catch: (handler) => {
        this.catch = checked(handler, "catch");
      },
      onStop: (handler) => {
        this.stop.push({ label: this.#label("onStop"), call: checked(handler, "onStop") });
      },
      send: (nick, text) => outgoing.send(nick, text, scopes.current),
      hasRole: (nick, role) => this.#hasRole(nick, role),
      now: () => ports.nowMs(),
    };
  }

  #hears(pattern: RegExp | string, options: RouteOptions, handler: Handler<never>): void {
    const call = checked(handler, "hears") as Handler<HearsContext<RegExpExecArray | string>>;
    const label = this.#label(
      `hears ${typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern)}`,
    );
    const wanted = typeof pattern === "string" ? pattern.trim() : undefined;
    this.#addGuarded(label, options, (ctx) => {
      if (wanted === undefined) this.#parts.ports.matching();
      const match = wanted === undefined ? exec(pattern as RegExp, ctx) : equal(wanted, ctx);
      return match === undefined ? undefined : (next) => call({ ...ctx, match }, next);
    });
  }

  #command(line: string, options: CommandOptions, handler: CommandHandler<never>): void {
    const call = checked(handler, "command") as CommandHandler<object>;
    const syntax = readCommandSyntax(line);
    const label = this.#label(`command ${JSON.stringify(syntax.name.join(" "))}`);
    const guard = this.#addGuarded(label, options, (ctx) => {
      const read = readCall(syntax, ctx.message.text);
      switch (read.kind) {
        case "other":
          return undefined;
        case "mistake":
          this.#refused(label, read.reason);
          return () => ctx.reply(`${read.reason}. Usage: ${syntax.usage}`);
        case "call":
          return (next) => call(ctx, read.args, next);
      }
    });
    this.commands.push({ syntax, help: options.help, admits: (nick) => guard.admits(nick) });
  }

  #on(event: string, options: RouteOptions, handler: (argument: never, next: never) => unknown): void {
    checked(handler, "on");
    this.#refuseWhenClosed();
    const label = this.#label(`on ${JSON.stringify(event)}`);
    const route = handler as Handler<MessageContext>;
    switch (event) {
      case "message":
        this.#addGuarded(label, options, (ctx) => (next) => route(ctx, next));
        return;
      case "saved":
        this.#addGuarded(label, options, (ctx) =>
          ctx.message.saved ? (next) => route(ctx, next) : undefined,
        );
        return;
      case "online":
      case "offline":
        this.presence[event].push({ label, call: handler as (presence: Presence) => unknown });
        return;
      case "table":
        this.table.push({ label, call: handler as (contacts: ReadonlyMap<string, Contact>) => unknown });
        return;
      default:
        throw new TypeError(
          `bot.on knows "message", "saved", "online", "offline" and "table", not ${JSON.stringify(event)}`,
        );
    }
  }

  #addGuarded(label: string, options: RouteOptions, match: Route["match"]): Guard {
    const guard = new Guard(
      options,
      (nick, role) => this.#hasRole(nick, role),
      () => this.#parts.ports.nowMs(),
    );
    for (const role of options.allow ?? []) this.roles.add(role);
    this.#add({
      label,
      timeoutMs: guard.timeoutMs,
      isMiddleware: false,
      match: (ctx) => {
        const call = match(ctx);
        return call && guard.guard(ctx, call, (why) => this.#refused(label, why));
      },
    });
    return guard;
  }

  /** For whoever wants to know why a message came to nothing. */
  #refused(label: string, why: string): void {
    const { ports, scopes } = this.#parts;
    ports.log("debug", `${label}: ${why}`, {}, scopes.current?.event);
  }

  #add(route: Route): void {
    this.#refuseWhenClosed();
    this.routes.push(route);
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new TypeError("routes are written down in defineBot's function, not later");
  }

  #hasRole(nick: string, role: string): boolean {
    const { roles } = this.#parts.start;
    return Object.hasOwn(roles, role) && roles[role]?.includes(nick) === true;
  }

  #label(what: string): string {
    const place = this.#parts.ports.callSite();
    return place === undefined ? what : `${what} (${place})`;
  }
}

type RouteArguments<Call> = [Call] | [RouteOptions, Call];

function optionsFirst<Call>(rest: RouteArguments<Call>): [RouteOptions, Call] {
  return rest.length === 1 ? [{}, rest[0]] : rest;
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
