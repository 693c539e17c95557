import { LoopGuard } from "./antiloop.ts";
import type { BotDefinition, BotOptions, Contact } from "./api.ts";
import { Asks } from "./asks.ts";
import type { MessageContext } from "./context.ts";
import { Deadlines } from "./deadlines.ts";
import { DIALOG_TIMER_PREFIX, Dialogs } from "./dialogs.ts";
import { readDuration } from "./duration.ts";
import { helpFor, isHelp } from "./help.ts";
import { Outgoing } from "./outgoing.ts";
import type { BotInput, BotManifest, BotPorts, BotStart } from "./ports.ts";
import { type Listener, Registry } from "./registry.ts";
import { promiseOf, type Route, runRoutes } from "./routes.ts";
import { Schedule } from "./schedule.ts";
import { Scope, Scopes } from "./scope.ts";
import { validateSettings } from "./standard-schema.ts";
import { createStore } from "./store.ts";
import { Turns } from "./turns.ts";
import { WorkingState } from "./unit-of-work.ts";

type MessageInput = Extract<BotInput, { kind: "message" }>;

const ASK_TIMEOUT_DEFAULT = "5m";

/** Runs one bot's routes: set it up once, then tell it what happens. Knows no sandbox, process or network. */
export class BotRuntime {
  readonly #ports: BotPorts;
  readonly #start: BotStart;
  readonly #state: WorkingState;
  readonly #scopes: Scopes;
  readonly #deadlines: Deadlines;
  readonly #loopGuard: LoopGuard | undefined;
  readonly #outgoing: Outgoing;
  readonly #asks: Asks;
  readonly #dialogs: Dialogs;
  readonly #schedule: Schedule;
  readonly #registry: Registry;
  readonly #contacts = new Map<string, Contact>();
  readonly #turns = new Turns<MessageInput>((input) => this.#takeTurn(input));
  #answersBots = false;

  constructor(ports: BotPorts, start: BotStart) {
    const { limits, state } = start;
    this.#ports = ports;
    this.#start = start;
    this.#state = new WorkingState(state, limits.storeBytes, (changes, events) =>
      ports.commit(changes, events),
    );
    this.#scopes = new Scopes(ports.scopes, this.#state);
    this.#deadlines = new Deadlines(
      () => ports.nowMs(),
      (delayMs, call) => ports.schedule(delayMs, call),
    );
    this.#loopGuard = limits.antiloop && new LoopGuard(limits.antiloop);
    this.#outgoing = new Outgoing(ports, limits.textBytes, this.#loopGuard);
    this.#asks = new Asks(this.#state, this.#deadlines, this.#outgoing, () => ports.nowMs());
    this.#dialogs = new Dialogs(this.#state, this.#scopes, this.#outgoing, () => ports.nowMs());
    this.#schedule = new Schedule(ports, this.#state, this.#scopes);
    this.#registry = new Registry({
      ports,
      start,
      scopes: this.#scopes,
      outgoing: this.#outgoing,
      store: createStore(this.#state, this.#scopes),
      schedule: this.#schedule,
      dialogs: this.#dialogs,
      contacts: this.#contacts,
    });
  }

  /**
   * Rejects with what the author's set-up threw.
   *
   * @throws {SettingsError} when the settings do not fit.
   * @throws {GrantError} when something that the bot needs is not granted.
   */
  async setUp({ setup, options }: BotDefinition): Promise<BotManifest> {
    const { settings: schema } = options;
    this.#checkNeeds(options);
    if (this.#start.isTrial === true) this.#registry.pretend(options.needs?.secrets ?? []);
    const { settings = {} } = this.#start;
    const bot = this.#registry.facade(
      schema === undefined ? settings : await validateSettings(schema, settings),
    );
    await setup(bot);
    this.#answersBots = options.answersBots ?? false;
    this.#registry.close();
    this.#schedule.begin();
    const { commands, routes, roles } = this.#registry;
    if (!commands.some(({ syntax }) => isHelp(syntax))) routes.push(this.#help(options.description));
    for (const role of roles) {
      if (!Object.hasOwn(this.#start.roles, role))
        bot.log.warn(`nobody has the role ${JSON.stringify(role)}`);
    }
    return {
      ...(options.description !== undefined && { description: options.description }),
      answersBots: this.#answersBots,
      http: options.needs?.http ?? [],
      secrets: options.needs?.secrets ?? [],
      roles: [...roles],
      commands: commands.map(({ syntax }) => syntax.usage),
    };
  }

  /** Errors go to the port `failed` and the author's `catch`. */
  handle(input: BotInput): void {
    if (input.kind !== "message") void this.#news(input);
    else if (this.#isAutomatic(input)) this.#ports.commit([], [input.event]);
    else this.#turns.add(input.message.from, input);
  }

  async #news(input: Exclude<BotInput, MessageInput>): Promise<void> {
    switch (input.kind) {
      case "table":
        for (const [nick, online] of input.contacts) this.#contacts.set(nick, { nick, online });
        await this.#tellAll(input.event, this.#registry.table, this.#contacts);
        return;
      case "timer":
        await this.#timer(input);
        return;
      default: {
        const { kind, nick, event } = input;
        this.#contacts.set(nick, { nick, online: kind === "online" });
        await this.#tellAll(event, this.#registry.presence[kind], { nick }, false);
        await this.#tellAll(event, this.#registry.table, this.#contacts);
      }
    }
  }

  /** Something failed that no handler waited for. */
  fault(error: unknown, handler: string): void {
    const scope = this.#scopes.current;
    const where = scope === undefined ? handler : `${handler}, begun by ${scope.label}`;
    this.#ports.failed(error, where, undefined);
    // What fails in the author's `catch` is not for it.
    if (scope?.label !== "bot.catch") void this.#callCatch(error, undefined, scope?.event ?? handler);
  }

  /** Runs the author's `onStop`. */
  async stop(): Promise<void> {
    await this.#tellAll("stop", this.#registry.stop, undefined);
  }

  #isAutomatic({ message, event, tellsPrograms = false }: MessageInput): boolean {
    const { auto, from, text } = message;
    if (auto && !this.#answersBots) {
      this.#ports.log("debug", "a program wrote this, so it is not answered", { from, text }, event);
      return true;
    }
    // Where the mark could be and is not, a person writes, who may repeat himself.
    if (tellsPrograms && !auto) return false;
    const loop = this.#loopGuard?.heard(from, text, this.#ports.nowMs()) ?? "fine";
    if (loop === "broken") {
      const said =
        "the same is said again and again, as two programs do; I say no more until there was a pause";
      this.#ports.log("warn", said, { from, text }, event);
    }
    return loop !== "fine";
  }

  /** Not `async`, as what it calls: for each message the sandbox would have to make promises that nobody looks at. */
  #takeTurn(input: MessageInput): void {
    const { message, event } = input;
    const { from } = message;
    const asking = this.#asks.answer(from, message.text, event);
    const scope = asking ?? new Scope(event, "a message", this.#deadlines);
    scope.onTurnEnd = () => this.#turns.end(from);
    if (asking !== undefined) {
      this.#ports.handling(event, asking.label);
      return;
    }
    const ctx = this.#context(input, scope);
    this.#run(scope, ctx, () => {
      const forgotten = this.#asks.takeForgotten(scope.unit, from);
      if (forgotten !== undefined) {
        return ctx.reply(
          `I was restarted and forgot that I had asked you: ${forgotten}\nPlease start again.`,
        );
      }
      return runRoutes(this.#routesFor(scope, from), ctx, ({ label, timeoutMs }) => {
        this.#enter(scope, label, timeoutMs);
      });
    });
  }

  /** Who is in a dialog answers in it, through the middleware all the same. */
  #routesFor(scope: Scope, nick: string): readonly Route[] {
    const { routes } = this.#registry;
    const answer = this.#dialogs.answerOf(scope.unit, nick);
    if (answer === undefined) return routes;
    const dialog: Route = {
      label: answer.label,
      timeoutMs: undefined,
      isMiddleware: false,
      match: (ctx) => () => answer.handle(ctx),
    };
    return [...routes.filter(({ isMiddleware }) => isMiddleware), dialog];
  }

  async #timer(input: Extract<BotInput, { kind: "timer" }>): Promise<void> {
    const { event, id, dueMs } = input;
    const scope = new Scope(event, "a timer", this.#deadlines);
    await this.#turnOf(scope, async () => {
      if (!this.#state.timerFired(scope.unit, id, dueMs)) return;
      if (id.startsWith(DIALOG_TIMER_PREFIX)) {
        const nick = id.slice(DIALOG_TIMER_PREFIX.length);
        this.#enter(scope, "the end of a dialog's time", undefined);
        await this.#dialogs.expire(scope.unit, nick, dueMs);
        return;
      }
      const handler = this.#schedule.fired(scope.unit, input);
      if (handler === undefined) return;
      this.#enter(scope, handler.label, handler.timeoutMs);
      await handler.call();
    });
  }

  /** @param isLast Whether the event is dealt with then. */
  async #tellAll<Argument>(
    event: string,
    listeners: readonly Listener<Argument>[],
    argument: Argument,
    isLast = true,
  ): Promise<void> {
    for (const { label, call } of listeners) {
      // The host keeps no such event, so it is no delivery among whose messages what is sent would have its place.
      const scope = new Scope(event, label, this.#deadlines, false);
      await this.#turnOf(scope, async () => {
        this.#enter(scope, label, undefined);
        await call(argument);
      });
    }
    if (isLast) this.#ports.commit([], [event]);
  }

  #enter(scope: Scope, label: string, timeoutMs: number | undefined): void {
    scope.label = label;
    if (timeoutMs !== undefined) scope.limitTime(timeoutMs);
    this.#ports.handling(scope.event, label);
  }

  /** Runs a handler in its scope; resolves at the end of its first turn. */
  #turnOf(scope: Scope, call: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      scope.onTurnEnd = resolve;
      this.#run(scope, undefined, call);
    });
  }

  /** Runs a handler in its scope, to its end or to that of its time. */
  #run(scope: Scope, ctx: MessageContext | undefined, call: () => Promise<unknown>): void {
    const end = (): void => {
      this.#state.finish(scope.unit);
      scope.endTurn();
    };
    scope.limitTime(this.#start.limits.handlerMs);
    const work = promiseOf(() => this.#scopes.run(scope, call));
    scope.within(work, end, (error) => {
      void this.#scopes.run(scope, () => this.#report(error, scope, ctx)).then(end);
    });
  }

  async #report(error: unknown, scope: Scope, ctx: MessageContext | undefined): Promise<void> {
    const { label, event } = scope;
    const isTimeout = error === scope.timeout;
    if (isTimeout) scope.abort.abort(error, (fault) => this.#ports.failed(fault, label, event));
    this.#ports.failed(error, label, event);
    if (this.#registry.catch !== undefined) await this.#callCatch(error, ctx, event);
    // Not awaited: what becomes of an apology changes nothing.
    else void ctx?.reply(`Sorry, ${isTimeout ? "that took too long" : "that went wrong"}. (error ${event})`);
    if (isTimeout) scope.isExpired = true;
  }

  async #callCatch(error: unknown, ctx: MessageContext | undefined, event: string): Promise<void> {
    const { catch: handler } = this.#registry;
    if (handler === undefined) return;
    const scope = this.#scopes.current ?? new Scope(event, "bot.catch", this.#deadlines);
    const { label } = scope;
    scope.label = "bot.catch";
    try {
      await this.#scopes.run(scope, () => handler(error, ctx));
    } catch (second) {
      this.#ports.failed(second, "bot.catch", event);
    }
    scope.label = label;
  }

  #context({ message, attempt = 1 }: MessageInput, scope: Scope): MessageContext {
    return {
      message,
      attempt,
      signal: scope.abort.signal,
      reply: (text) => this.#outgoing.send(message.from, text, scope),
      ask: async (question, { timeout = ASK_TIMEOUT_DEFAULT } = {}) =>
        this.#asks.ask(scope, message.from, question, readDuration(timeout)),
    };
  }

  #help(description: string | undefined): Route {
    return {
      label: "the generated help",
      timeoutMs: undefined,
      isMiddleware: false,
      match: (ctx) => {
        const answer = helpFor(ctx, this.#registry.commands, description);
        return answer === undefined ? undefined : () => ctx.reply(answer);
      },
    };
  }

  #checkNeeds({ needs = {} }: BotOptions): void {
    const { http, secrets } = this.#start;
    const missing = [
      ...(needs.http ?? []).filter((host) => !http.includes(host)).map((host) => `http: ${host}`),
      ...(needs.secrets ?? [])
        .filter((name) => !Object.hasOwn(secrets, name))
        .map((name) => `secret: ${name}`),
    ];
    if (missing.length === 0 || this.#start.isTrial === true) return;
    throw new GrantError(`it needs what its owner has not granted: ${missing.join(", ")}`);
  }
}

/** A bot's owner does not let it have what it needs. Not its script's fault. */
class GrantError extends Error {
  override readonly name = "GrantError";
}
