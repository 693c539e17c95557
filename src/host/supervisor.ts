import type { BotInput, BotStart } from "../bot/ports.ts";
import type { DurableTimer, StateChange } from "../bot/state.ts";
import type { ChatClient, ClientEvent, Contact, Receipt } from "../client/api.ts";
import type { Timer, World } from "../net/network.ts";
import type { BotEvent } from "./bot-event.ts";
import type { BotState } from "./bot-state.ts";
import type { Bundle } from "./bundle.ts";
import { DurableTimers } from "./durable-timers.ts";
import type { HttpRequests } from "./http-requests.ts";
import { Presence } from "./presence.ts";
import { type RestartPolicy, Restarts } from "./restarts.ts";
import { type BotMessage, BotSession, type SessionEnd } from "./session.ts";
import type { WalledCommand } from "./walls.ts";

/** `restarting`: between two lives. `failed`: it crashed too often; it is not started again. */
export type BotCondition = "starting" | "running" | "restarting" | "failed" | "closing" | "closed";

export interface SupervisorOptions {
  readonly nick: string;
  readonly bundle: Bundle;
  readonly command: WalledCommand;
  readonly background?: boolean;
  readonly world: World;
  readonly restart: RestartPolicy;
  /** What outlives the bot's processes. */
  readonly memory: BotState;
  /** What each of them starts with, aside from the memory. */
  readonly start: Omit<BotStart, "state">;
  readonly http: HttpRequests;
  readonly onEvent: (event: BotEvent) => void;
}

/** What waits for a bot while it is not running. More is not acknowledged, so the senders know. */
const WAITING_MAX = 1_000;

/** How long handlers may go on when the bot is closed. */
const CLOSE_MS_MAX = 5_000;

/** Keeps one bot running behind one nickname: the nickname stays while processes come and go. */
export class Supervisor {
  /** Rejects with a `BotError` when the first start fails. */
  readonly ready: Promise<void>;
  readonly #options: SupervisorOptions;
  readonly #restarts: Restarts;
  readonly #presence = new Presence();
  readonly #durableTimers: DurableTimers;
  #client: ChatClient | undefined;
  #session: BotSession;
  #state: BotCondition = "starting";
  #waiting: BotInput[] = [];
  #lastEvent = 0;
  #lastSend = 0;
  #timer: Timer | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#restarts = new Restarts(options.restart, options.world);
    this.#durableTimers = new DurableTimers(options.world.clock, (timer) => this.#fire(timer));
    this.#session = this.#newSession();
    this.ready = this.#session.ready.then(() => {
      if (this.#state === "starting") this.#state = "running";
    });
    this.ready.catch(() => {});
  }

  get state(): BotCondition {
    return this.#state;
  }

  /** Whether its client is; what the bot's own code is at is not known here. */
  get busy(): boolean {
    return this.#client?.busy ?? false;
  }

  /** Whether a first table has come, from which on comings and goings are news. */
  get knowsWhoIsThere(): boolean {
    return this.#presence.hasStarted;
  }

  /** Takes these for those who were there before, unless a table has said so already. */
  startPresence(contacts: readonly Contact[]): void {
    if (!this.#presence.hasStarted) this.#presence.update(contacts);
    this.#giveTable();
    this.#durableTimers.start(this.#options.memory.recall().timers);
  }

  /** From now on the bot speaks and listens through this client. */
  attach(client: ChatClient): void {
    this.#client = client;
    client.subscribe((event) => this.#hear(event));
  }

  /** Ends the bot's process as a crash would; another is started. */
  async crash(): Promise<void> {
    await this.#session.crash();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the process and nothing else, where a start came to nothing. */
  async abandon(): Promise<void> {
    this.#state = "closed";
    this.#durableTimers.stop();
    this.#timer?.cancel();
    await this.#session.kill();
  }

  /** @throws {Error} for a message that cannot be taken, so that the client does not acknowledge it. */
  #hear(event: ClientEvent): void {
    if (event.kind === "table") {
      for (const { nick, now } of this.#presence.update(event.contacts)) {
        const input: BotInput = { kind: now, event: this.#nextEvent(), nick };
        if (this.#takesInput) this.#give(input);
      }
    }
    if (event.kind !== "message") return;
    const { nick } = this.#options;
    if (!this.#takesInput) throw new Error(`${nick} is ${this.#state} and takes no messages`);
    if (this.#waiting.length >= WAITING_MAX)
      throw new Error(`${WAITING_MAX} messages wait for ${nick} already`);
    const { from, text, saved, auto, sentAtMs: sentAt } = event;
    this.#give({ kind: "message", event: this.#nextEvent(), message: { from, text, sentAt, saved, auto } });
  }

  #fire({ id, dueMs, data }: DurableTimer): void {
    const event = this.#nextEvent();
    this.#options.memory.timerFired(id, event);
    this.#give({ kind: "timer", event, id, dueMs, data });
  }

  /** Who there is, to a process that does not know yet. */
  #giveTable(): void {
    const contacts = [...(this.#client?.contacts.values() ?? [])];
    const rows = contacts.map(({ nick, online }) => [nick, online] as const);
    this.#give({ kind: "table", event: this.#nextEvent(), contacts: rows });
  }

  #commit(changes: readonly StateChange[], deliveries: readonly string[]): void {
    this.#options.memory.commit(changes, deliveries);
    this.#durableTimers.apply(changes);
  }

  get #takesInput(): boolean {
    return this.#state === "starting" || this.#state === "running" || this.#state === "restarting";
  }

  #give(input: BotInput): void {
    if (this.#state === "running") this.#session.dispatch(input);
    else this.#waiting.push(input);
  }

  #nextEvent(): string {
    this.#lastEvent++;
    return `${this.#options.nick}-${this.#lastEvent}`;
  }

  #newSession(): BotSession {
    const { nick, bundle, command, background = false, world, memory, start, http, onEvent } = this.#options;
    return new BotSession({
      nick,
      bundle,
      command,
      background,
      world,
      onEvent,
      start: { ...start, state: memory.recall() },
      http,
      send: (message) => this.#send(message),
      commit: (changes, deliveries) => this.#commit(changes, deliveries),
      onEnd: (end) => this.#ended(end),
    });
  }

  async #send({ to, text }: BotMessage): Promise<Receipt> {
    const { onEvent } = this.#options;
    this.#lastSend++;
    const number = this.#lastSend;
    onEvent({ kind: "sending", number, to, text });
    const receipt = await this.#transmit(to, text);
    onEvent({ kind: "sent", number, to, text, receipt });
    return receipt;
  }

  #transmit(to: string, text: string): Promise<Receipt> {
    if (this.#client !== undefined) return this.#client.send(to, text, { auto: true });
    const detail = "the bot's set-up runs before its nickname is registered";
    return Promise.resolve({ kind: "failed", reason: "NOT_REGISTERED", detail, attempts: 0 });
  }

  #ended(end: SessionEnd): void {
    if (end.kind === "killed" || !this.#takesInput) return;
    this.#durableTimers.stop();
    if (end.kind === "hung") {
      const { handler, silentMs } = end;
      this.#options.onEvent({ kind: "hung", handler, silentMs });
    } else {
      const { reason, unfinished } = end;
      this.#options.onEvent({ kind: "crashed", reason, unfinished });
    }
    this.#restartLater(end.kind === "hung" ? `${end.handler} hung` : end.reason);
  }

  #restartLater(reason: string): void {
    const { world, onEvent } = this.#options;
    const delayMs = this.#restarts.crashed();
    if (delayMs === undefined) {
      this.#fail(reason);
      return;
    }
    this.#state = "restarting";
    onEvent({ kind: "restarting", attempt: this.#restarts.attempt, delayMs: Math.round(delayMs) });
    this.#timer = world.clock.schedule(delayMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    this.#session = this.#newSession();
    try {
      await this.#session.ready;
    } catch (error) {
      if (this.#state === "restarting")
        this.#restartLater(error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#state !== "restarting") return;
    this.#state = "running";
    this.#restarts.started();
    this.#options.onEvent({ kind: "restarted", attempt: this.#restarts.attempt });
    this.#giveTable();
    for (const input of this.#waiting.splice(0)) this.#give(input);
    // Those too that fired and whose handler did not get to its end.
    this.#durableTimers.start(this.#options.memory.recall().timers);
  }

  #fail(reason: string): void {
    this.#state = "failed";
    this.#waiting = [];
    this.#options.onEvent({ kind: "failed", reason });
    void this.#deregister();
  }

  async #close(): Promise<void> {
    const { clock } = this.#options.world;
    const hadFailed = this.#state === "failed";
    this.#state = "closing";
    this.#timer?.cancel();
    const deadline = Promise.withResolvers<void>();
    const timer = clock.schedule(CLOSE_MS_MAX, deadline.resolve);
    await Promise.race([this.#session.idle(), deadline.promise]);
    timer.cancel();
    this.#durableTimers.stop();
    await this.#session.stop();
    if (!hadFailed) await this.#deregister();
    await this.#session.kill();
    await this.#client?.close();
    this.#state = "closed";
  }

  /** A server that is gone needs no goodbye. */
  async #deregister(): Promise<void> {
    try {
      await this.#client?.deregister();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.onEvent({ kind: "warning", text: `${this.#options.nick} was not deregistered: ${why}` });
    }
  }
}
