import type { BotInput } from "../bot/ports.ts";
import type { StateChange } from "../bot/state.ts";
import type { Receipt, ReceivedMessage } from "../client/api.ts";
import type { Timer } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { Delivery } from "../store/journal.ts";
import { Connection } from "./connection.ts";
import { within } from "./deadline.ts";
import { DurableTimers } from "./durable-timers.ts";
import { messageOf } from "./error-message.ts";
import { EventIds } from "./event-ids.ts";
import { Inbox } from "./inbox.ts";
import { type BotVersion, Life } from "./life.ts";
import { Replies } from "./replies.ts";
import { Restarts } from "./restarts.ts";
import type { BotMessage, SessionEnd } from "./session.ts";
import { quotaExcess } from "./state-quota.ts";
import type { BotCondition, SupervisorOptions } from "./supervisor-options.ts";

/** News of who came and went that wait for a process. */
const NEWS_MAX = 1_000;

/** Keeps one bot running behind one nickname: the nickname stays while processes come and go. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #restarts: Restarts;
  readonly #ids: EventIds;
  readonly #connection: Connection;
  readonly #timers: DurableTimers;
  readonly #inbox: Inbox;
  readonly #replies: Replies;
  readonly #ended = new AbortController();
  #life: Life;
  #state: BotCondition = "starting";
  #news: BotInput[] = [];
  #lastSend = 0;
  #commits = 0;
  #restartCount = 0;
  #restartTimer: Timer | undefined;
  #reloading: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** Starts its process; `start` goes on from there. */
  constructor(options: SupervisorOptions) {
    const { nick, journal, world, limits, onEvent } = options;
    this.#options = options;
    this.#ids = new EventIds(nick);
    this.#restarts = new Restarts(options.restart, world);
    this.#connection = new Connection({
      ...options,
      bind: options.bind,
      commit: () => journal.commit(),
      onWritable: (listener) => journal.onWritable(listener),
      onMessage: (message) => this.#take(message),
      onNews: ({ nick: who, now }) => this.#tell({ kind: now, event: this.#ids.nextNews(), nick: who }),
      onWait: (reason) => {
        if (this.#state === "starting") this.#state = "standby";
        onEvent({ kind: "standby", reason });
      },
    });
    this.#timers = new DurableTimers(world.clock, (timer) => this.#inbox.takeTimer(timer));
    this.#replies = new Replies({ journal, clock: world.clock, output: limits.output });
    this.#inbox = new Inbox({
      nick,
      journal,
      clock: world.clock,
      flood: limits.flood,
      dispatch: (delivery) => this.#dispatch(delivery),
      onFlood: (from, leftOut, notice) => {
        onEvent({ kind: "flooded", from, leftOut });
        const text = "Too much at once; try again later.";
        if (notice) void this.#replies.send({ to: from, text, of: undefined, asker: from });
      },
      onDead: (delivery, reason) => {
        const from = delivery.kind === "message" ? delivery.message.from : `the timer ${delivery.timer.id}`;
        onEvent({ kind: "dead-letter", id: this.#ids.of(delivery.id), from, reason });
      },
    });
    this.#life = this.#newLife(options.version);
  }

  get state(): BotCondition {
    return this.#state;
  }

  /** Where it listens. @throws {TypeError} before it is on the network */
  get address(): Address {
    const { client } = this.#connection;
    if (client === undefined) throw new TypeError("the bot is not on the network yet");
    return client.address;
  }

  /** Whether its client is; what the bot's own code is at is not known here. */
  get busy(): boolean {
    return this.#connection.client?.busy ?? false;
  }

  /** The process at the moment. */
  get life(): Life {
    return this.#life;
  }

  get counts(): Inbox["counts"] {
    return this.#inbox.counts;
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  /**
   * Resolves when the bot is ready, registered, and knows who is there.
   *
   * @throws {BotError} when the script or its process is at fault. {ClientError} when it cannot be registered.
   * {NetworkError} when no port can be opened. Nothing is left behind then.
   */
  async start(): Promise<void> {
    const { nick, world, onEvent } = this.#options;
    try {
      await this.#life.ready;
      const client = await this.#connection.open(this.#ended.signal);
      onEvent({ kind: "online", nick, startMs: Math.round(world.clock.nowMs() - this.#life.startedMs) });
      this.#replies.attach(client);
      // The process may have ended while the registration was waited for.
      if (this.#life.session.hasEnded) this.#restartLater("it ended before it was registered");
      else this.#begin();
      await this.#connection.settlePresence();
      if (this.#state === "running") this.#welcome();
    } catch (error) {
      await this.#abandon();
      throw error;
    }
  }

  /**
   * Replaces the bot by another version, or by a fresh process of the same one. The new process is ready before the old one stops.
   *
   * @throws {BotError} when the new version does not start; everything goes on as it was.
   */
  async reload(version: BotVersion = this.#life.version): Promise<void> {
    while (this.#reloading !== undefined) await this.#reloading.catch(() => {});
    this.#reloading = this.#replace(version);
    try {
      await this.#reloading;
    } finally {
      this.#reloading = undefined;
    }
  }

  /** Ends the process as a crash would; another is started. */
  crash(): Promise<void> {
    return this.#life.session.crash();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Hands out a delivery that was a dead letter. */
  handOut(delivery: Delivery): void {
    this.#inbox.add(delivery);
  }

  /** A process that is ready takes over. */
  #begin(): void {
    this.#state = "running";
    this.#restarts.started();
    this.#life.accept();
    this.#inbox.open();
  }

  /** What a process is told once it is known who is there. */
  #welcome(): void {
    this.#life.session.dispatch({
      kind: "table",
      event: this.#ids.nextNews(),
      contacts: this.#connection.contacts(),
    });
    for (const input of this.#news.splice(0)) this.#life.session.dispatch(input);
    this.#timers.start(this.#options.journal.timers());
  }

  /** @throws {Error} for a message that cannot be taken, so that the client does not acknowledge it. */
  #take(message: ReceivedMessage): void {
    const takes = this.#state !== "failed" && this.#state !== "closing" && this.#state !== "closed";
    if (!takes) throw new Error(`${this.#options.nick} is ${this.#state} and takes no messages`);
    this.#inbox.take(message);
  }

  /** News are not worth a journal: who comes while nobody can be told is told to the next process, if it comes soon. */
  #tell(input: BotInput): void {
    if (this.#state === "running") this.#life.session.dispatch(input);
    else if (this.#state === "restarting" && this.#news.length < NEWS_MAX) this.#news.push(input);
  }

  #dispatch(delivery: Delivery): void {
    const handed = { event: this.#ids.of(delivery.id), attempt: delivery.attempts + 1 };
    if (delivery.kind === "timer") {
      this.#life.session.dispatch({ kind: "timer", ...handed, ...delivery.timer });
      return;
    }
    const { sentAtMs: sentAt, wireId, ...message } = delivery.message;
    this.#life.session.dispatch({
      kind: "message",
      ...handed,
      message: { ...message, sentAt },
      tellsPrograms: wireId !== undefined,
    });
  }

  #newLife(version: BotVersion): Life {
    const { nick, background = false, world, journal, onEvent } = this.#options;
    const life: Life = new Life({
      nick,
      background,
      version,
      world,
      state: { entries: journal.entries(), timers: journal.timers() },
      send: (message) => this.#send(message),
      commit: (changes, events) => this.#commit(changes, events, version),
      onHandling: (event, handler) => this.#note(event, `handled by ${handler}`),
      onEvent: (event) => {
        if (event.kind === "handler-failed")
          this.#note(event.id, `${event.handler} failed: ${event.error.message}`);
        if (event.kind === "log") this.#note(event.id, `${event.level}: ${event.message}`);
        onEvent(event);
      },
      onEnd: (end) => {
        if (life === this.#life) this.#onEnd(end);
      },
    });
    return life;
  }

  #commit(changes: readonly StateChange[], events: readonly string[], { start }: BotVersion): void {
    const { journal, world } = this.#options;
    const excess = quotaExcess(journal, changes, start.limits.storeBytes);
    if (excess !== undefined) throw new Error(excess);
    const ids = this.#ids.deliveriesOf(events);
    if (changes.length > 0) this.#commits += 1;
    if (ids.length > 0 || changes.length > 0) journal.finish(ids, changes, world.clock.dateMs());
    this.#timers.apply(changes);
    this.#inbox.finished(ids);
  }

  async #send({ to, text, event, ordinal }: BotMessage): Promise<Receipt> {
    const { onEvent } = this.#options;
    const number = ++this.#lastSend;
    onEvent({ kind: "sending", number, to, text });
    const delivery = this.#ids.deliveryOf(event);
    // A delivery that is not with the process is none that it can be sending for.
    const isOurs = delivery !== undefined && ordinal !== undefined && this.#inbox.isOut(delivery);
    const receipt = await this.#replies.send({
      to,
      text,
      of: isOurs ? { delivery, ordinal } : undefined,
      asker: delivery === undefined ? undefined : this.#inbox.senderOf(delivery),
    });
    onEvent({ kind: "sent", number, to, text, receipt });
    return receipt;
  }

  #onEnd(end: SessionEnd): void {
    if (end.kind === "killed") return;
    const { onEvent } = this.#options;
    const isHung = end.kind === "hung";
    if (isHung) onEvent({ kind: "hung", handler: end.handler, silentMs: end.silentMs });
    else onEvent({ kind: "crashed", reason: end.reason, unfinished: end.unfinished });
    this.#timers.stop();
    const reason = isHung ? `${end.handler} hung` : end.reason;
    const culprits = this.#ids.deliveriesOf(end.culprits);
    this.#inbox.closed(culprits, reason);
    if (this.#state === "running") this.#restartLater(reason);
  }

  /** On the way of a delivery, for whoever asks why. */
  #note(event: string | undefined, text: string): void {
    const delivery = this.#ids.deliveryOf(event);
    if (delivery !== undefined)
      this.#options.journal.note(delivery, text, this.#options.world.clock.dateMs());
  }

  #restartLater(reason: string): void {
    const { world, onEvent } = this.#options;
    const delayMs = this.#restarts.crashed(this.#life.excessMs);
    if (delayMs === undefined) {
      this.#fail(reason);
      return;
    }
    this.#state = "restarting";
    onEvent({ kind: "restarting", attempt: this.#restarts.attempt, delayMs: Math.round(delayMs) });
    this.#restartTimer = world.clock.schedule(delayMs, () => void this.#restart());
  }

  async #restart(): Promise<void> {
    const life = this.#newLife(this.#life.version);
    this.#life = life;
    try {
      await life.ready;
    } catch (error) {
      if (this.#state === "restarting" && this.#life === life) this.#restartLater(messageOf(error));
      return;
    }
    if (this.#state !== "restarting" || this.#life !== life) return;
    this.#restartCount += 1;
    this.#begin();
    this.#options.onEvent({ kind: "restarted", attempt: this.#restarts.attempt });
    this.#welcome();
  }

  async #replace(version: BotVersion): Promise<void> {
    const { world, stopMs, onEvent } = this.#options;
    const startMs = world.clock.nowMs();
    if (this.#state === "closing" || this.#state === "closed") throw new TypeError("the bot is being closed");
    const commitsSeen = this.#commits;
    let next = await this.#tryOut(version);
    const old = this.#life;
    if (this.#state === "running") {
      this.#inbox.pause();
      this.#timers.stop();
      await within(world, stopMs, old.session.idle());
      await old.session.stop();
      await old.session.kill();
      // What it did not finish in time is handed out again.
      this.#inbox.closed([], "");
      if (this.#commits !== commitsSeen) next = await this.#tryAgain(next, version);
    }
    this.#restartTimer?.cancel();
    this.#life = next;
    await old.session.kill();
    if (this.#state === "standby" || this.#state === "starting") return;
    this.#restartCount += 1;
    this.#begin();
    this.#welcome();
    onEvent({ kind: "reloaded", tookMs: Math.round(world.clock.nowMs() - startMs) });
  }

  /** The old version has changed since what the new one began with. Should it not start again, the old one does. */
  async #tryAgain(life: Life, version: BotVersion): Promise<Life> {
    await life.session.kill();
    try {
      return await this.#tryOut(version);
    } catch (error) {
      this.#restartLater(messageOf(error));
      throw error;
    }
  }

  /** A process of another version, ready and not yet the bot. */
  async #tryOut(version: BotVersion): Promise<Life> {
    const life = this.#newLife(version);
    try {
      await life.ready;
      return life;
    } catch (error) {
      await life.session.kill();
      throw error;
    }
  }

  #fail(reason: string): void {
    this.#state = "failed";
    this.#options.onEvent({ kind: "failed", reason });
    void this.#deregister();
  }

  async #close(): Promise<void> {
    await this.#reloading?.catch(() => {});
    const { journal, stopMs, world } = this.#options;
    const hadFailed = this.#state === "failed";
    this.#state = "closing";
    this.#ended.abort(new TypeError("the bot is being closed"));
    this.#restartTimer?.cancel();
    this.#timers.stop();
    this.#inbox.pause();
    await within(world, stopMs, this.#life.session.idle());
    await this.#life.session.stop();
    if (!hadFailed) await this.#deregister();
    await this.#life.session.kill();
    await this.#connection.close();
    this.#state = "closed";
    journal.commit();
  }

  /** Ends the process and nothing else, where a start came to nothing. */
  async #abandon(): Promise<void> {
    this.#state = "closed";
    this.#timers.stop();
    this.#inbox.pause();
    await this.#life.session.kill();
    await this.#connection.close();
  }

  async #deregister(): Promise<void> {
    const why = await this.#connection.deregister();
    const { nick, onEvent } = this.#options;
    if (why !== undefined) onEvent({ kind: "warning", text: `${nick} was not deregistered: ${why}` });
  }
}
