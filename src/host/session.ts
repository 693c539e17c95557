import type { BotInput, BotManifest, BotStart } from "../bot/ports.ts";
import type { StateChange } from "../bot/state.ts";
import type { Receipt } from "../client/api.ts";
import type { Timer, World } from "../net/network.ts";
import { BotError, startErrorOf } from "./bot-error.ts";
import type { BotEvent } from "./bot-event.ts";
import { BotProcess, type ProcessEnd, reasonOf } from "./bot-process.ts";
import { type Bundle, locateFault } from "./bundle.ts";
import { messageOf } from "./error-message.ts";
import type { HttpRequests } from "./http-requests.ts";
import { InHand } from "./in-hand.ts";
import { labelOf } from "./input-label.ts";
import { OWN_TIMERS_MAX, SENDS_MAX, TIMERS_MAX } from "./pipe/bounds.ts";
import { type FromBot, type Handed, timerLabel } from "./pipe/messages.ts";
import { StagedChanges } from "./staged-changes.ts";
import type { WalledCommand } from "./walls.ts";

/** Real time from the start of the process to a bot that is ready: a hundred times what it takes on an idle machine. */
const START_MS_MAX = 10_000;

/**
 * How much of it the script's first run may take, which alone can be told from what a set-up waits for. It takes some milliseconds,
 * but where fifty bots start at once on a machine with much else to do, a process waits long for its turns.
 */
const RUN_MS_MAX = 5_000;

/** How long the author's `onStop` may take; handlers that were running have had `stopTimeout` before it. */
const STOP_MS_MAX = 5_000;

/** How a session ended; `unfinished` are the handlers that were running, those it may have died of first. */
export type SessionEnd =
  | { readonly kind: "killed" }
  | ({ readonly kind: "hung"; readonly handler: string; readonly silentMs: number } & Guilt)
  | ({ readonly kind: "crashed"; readonly reason: string } & Guilt);

interface Guilt {
  readonly unfinished: readonly string[];
  /** Events of which the process may have died: the one it was at, else all that were not done. */
  readonly culprits: readonly string[];
}

export interface SessionOptions {
  readonly nick: string;
  readonly bundle: Bundle;
  readonly command: WalledCommand;
  /** Whether this process may end while the bot's is alive. Default false. */
  readonly background?: boolean;
  readonly world: World;
  /** What the bot starts with. */
  readonly start: BotStart;
  readonly http: HttpRequests;
  readonly send: (message: BotMessage) => Promise<Receipt>;
  /**
   * These deliveries are done with, and the changes are to be kept: all of it or nothing.
   *
   * @throws {Error} when that cannot be; the process is ended then.
   */
  readonly commit: (changes: readonly StateChange[], events: readonly string[]) => void;
  /** A handler of this event is about to run. */
  readonly onHandling?: (event: string, handler: string) => void;
  readonly onEvent: (event: BotEvent) => void;
  /** Called once, and only for a bot that had become ready. */
  readonly onEnd: (end: SessionEnd) => void;
}

/** A message that a bot wants sent. */
export interface BotMessage {
  readonly to: string;
  readonly text: string;
  /** The delivery for which it is sent. */
  readonly event?: string;
  /** How many were sent for that delivery before. */
  readonly ordinal?: number;
}

/**
 * One life of a bot's process: hands it what happens, carries out what it asks for.
 *
 * While the process works on something, the clock is held, and what it asks for meanwhile is carried out by a timer
 * that was scheduled when the work was handed over. So in virtual time nothing depends on how fast processes are:
 * not when their wishes are carried out, and not in which order those of two bots are.
 */
export class BotSession {
  /** Rejects with a {@link BotError} when the bot does not get that far. */
  readonly ready: Promise<BotManifest>;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly #options: SessionOptions;
  readonly #process: BotProcess;
  readonly #startDeadline: NodeJS.Timeout;
  readonly #ready = Promise.withResolvers<BotManifest>();
  readonly #ended = Promise.withResolvers<void>();
  readonly #inHand = new InHand();
  readonly #running = new Map<string, string>();
  readonly #timers = new Map<number, Timer>();
  readonly #staged = new StagedChanges();
  #onStopped: (() => void) | undefined;
  #sending = 0;
  #release: (() => void) | undefined;
  #gate: Timer | undefined;
  #waiting: (() => void)[] = [];
  #onIdle: (() => void)[] = [];
  #state: "starting" | "running" | "ended" = "starting";
  #startError: BotError | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ready = this.#ready.promise;
    this.ended = this.#ended.promise;
    // Whoever starts a session awaits `ready`; a rejection that comes before he does is not unhandled.
    this.ready.catch(() => {});
    this.#process = new BotProcess({
      command: options.command,
      background: options.background ?? false,
      onMessage: (message) => this.#receive(message),
      onEnd: (end) => this.#inOrder(() => this.#end(end)),
    });
    this.#startDeadline = setTimeout(() => {
      const text = `it was not ready within ${START_MS_MAX / 1000} s; what its set-up waits for never came`;
      this.#failStart(new BotError("START_TIMED_OUT", text));
    }, START_MS_MAX);
    const seed = Buffer.from(options.world.random.bytes(16)).toString("hex");
    const { code: source, asRead, sourceMap } = options.bundle;
    const { nick, start } = options;
    const code = { source, ...(asRead !== undefined && { asRead }), sourceMap };
    this.#hand({ type: "start", nick, seed, ...code, runMsMax: RUN_MS_MAX, start }, () => "its start");
  }

  /** Hands over something that happened. */
  dispatch(input: BotInput): void {
    if (this.#state !== "running") return;
    const label = labelOf(input);
    this.#running.set(input.event, label);
    this.#hand({ type: "input", input }, () => this.#running.get(input.event) ?? label, input.event);
  }

  /** Resolves when no handler runs and no message of the bot's is under way. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Runs the author's `onStop`. Resolves when that is done, or the process has ended or taken too long. */
  async stop(): Promise<void> {
    if (this.#state !== "running") return;
    const done = Promise.withResolvers<void>();
    this.#onStopped = done.resolve;
    const deadline = this.#options.world.clock.schedule(STOP_MS_MAX, done.resolve);
    this.#hand({ type: "stop" }, () => "onStop");
    await Promise.race([done.promise, this.ended]);
    deadline.cancel();
  }

  /** Ends the process for what it took of the machine; that is a crash of its own making. */
  evict(reason: string): void {
    this.#process.evict(reason);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Ends the process; time does not go on until it is gone. */
  async kill(): Promise<void> {
    if (this.#state === "ended") return;
    const release = this.#options.world.clock.hold();
    this.#process.kill();
    await this.ended;
    release();
  }

  /** Ends the process as a crash would; time does not go on until it is gone. */
  async crash(): Promise<void> {
    const release = this.#options.world.clock.hold();
    this.#process.crash();
    await this.ended;
    release();
  }

  get #isIdle(): boolean {
    return this.#state === "ended" || (this.#running.size === 0 && this.#sending === 0);
  }

  #hand(frame: WithoutDate<Handed>, label: () => string, event?: string): void {
    const { clock } = this.#options.world;
    this.#release ??= clock.hold();
    this.#gate ??= clock.schedule(0, () => {
      this.#gate = undefined;
      for (const act of this.#waiting.splice(0)) act();
    });
    this.#inHand.add(label, event);
    this.#process.send({ ...frame, dateMs: clock.dateMs() } as Handed);
  }

  /** Now, or once the gate has opened. */
  #inOrder(act: () => void): void {
    if (this.#gate === undefined) act();
    else this.#waiting.push(act);
    // A process that is gone drains nothing more.
    if (this.#process.hasEnded) this.#letTimeGoOn();
  }

  #letTimeGoOn(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #receive(message: FromBot): void {
    switch (message.type) {
      case "pong":
        return;
      case "drained":
        this.#drained(message.count);
        return;
      case "handling":
        this.#handling(message.event, message.handler);
        return;
      default:
        this.#inOrder(() => this.#act(message));
    }
  }

  #drained(count: number): void {
    if (!this.#inHand.drained(count)) this.#process.condemn("it miscounted what it was handed");
    else if (this.#inHand.isEmpty) this.#letTimeGoOn();
  }

  #handling(event: string, handler: string): void {
    this.#options.onHandling?.(event, handler);
    if (this.#running.has(event)) this.#running.set(event, handler);
  }

  #act(message: Exclude<FromBot, { type: "pong" | "drained" | "handling" }>): void {
    const { onEvent, bundle, world } = this.#options;
    if (this.#state === "ended") return;
    switch (message.type) {
      case "ready":
        if (this.#state !== "starting" || this.#startError) return;
        this.#state = "running";
        clearTimeout(this.#startDeadline);
        this.#process.watch(() => this.#inHand.isEmpty);
        this.#ready.resolve(message.manifest);
        return;
      case "start-failed":
        this.#failStart(startErrorOf(locateFault(message.fault, bundle)));
        return;
      case "log":
        onEvent({
          kind: "log",
          level: message.level,
          message: message.message,
          fields: message.fields,
          id: message.event,
        });
        return;
      case "fault":
        onEvent({
          kind: "handler-failed",
          handler: message.handler,
          id: message.event,
          error: locateFault(message.fault, bundle),
        });
        return;
      case "change":
        this.#stage(message);
        return;
      case "handled":
        this.#commitStaged(message.events);
        return;
      case "http":
        void this.#request(message);
        return;
      case "stopped":
        this.#onStopped?.();
        return;
      case "timer-set":
        this.#setTimer(message.id, message.delayMs, message.place, world);
        return;
      case "timer-clear":
        this.#timers.get(message.id)?.cancel();
        this.#timers.delete(message.id);
        return;
      case "send":
        void this.#send(message);
        return;
    }
  }

  #setTimer(id: number, delayMs: number, place: string | undefined, { clock }: World): void {
    if (this.#timers.size >= TIMERS_MAX + OWN_TIMERS_MAX) {
      this.#process.condemn("it set more timers than it may");
      return;
    }
    this.#timers.get(id)?.cancel();
    const timer = clock.schedule(delayMs, () => {
      this.#timers.delete(id);
      this.#hand({ type: "timer", id }, () => timerLabel(place));
    });
    this.#timers.set(id, timer);
  }

  #stage({ change, event }: Extract<FromBot, { type: "change" }>): void {
    if (event === undefined) this.#commit([change], []);
    else if (!this.#staged.add(event, change)) this.#process.condemn("it changed more at once than it may");
  }

  #commitStaged(events: readonly string[]): void {
    this.#commit(this.#staged.take(events), events);
    for (const event of events) this.#running.delete(event);
    this.#tellIfIdle();
  }

  #commit(changes: readonly StateChange[], events: readonly string[]): void {
    try {
      this.#options.commit(changes, events);
    } catch (error) {
      this.#process.condemn(`its changes cannot be kept: ${messageOf(error)}`);
    }
  }

  async #request({ id, request }: Extract<FromBot, { type: "http" }>): Promise<void> {
    const outcome = await this.#options.http.perform(request);
    if (this.#state === "ended") return;
    this.#hand({ type: "http-result", id, outcome }, () => `what follows a request to ${request.url}`);
  }

  async #send(message: Extract<FromBot, { type: "send" }>): Promise<void> {
    const { id, to, text, event, ordinal } = message;
    if (this.#sending >= SENDS_MAX) {
      this.#process.condemn("it sent more at once than it may");
      return;
    }
    this.#sending++;
    const receipt = await this.#options.send({
      to,
      text,
      ...(event !== undefined && ordinal !== undefined && { event, ordinal }),
    });
    this.#sending--;
    if (this.#state === "ended") return;
    const label = `what follows a message to ${to}`;
    this.#hand({ type: "receipt", id, receipt }, () => this.#running.get(event ?? "") ?? label, event);
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (!this.#isIdle) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #failStart(error: BotError): void {
    this.#startError ??= error;
    // Nothing else may be going on in virtual time.
    void this.ended.then(this.#options.world.clock.hold());
    this.#process.kill();
  }

  #end(end: ProcessEnd): void {
    const wasRunning = this.#state === "running";
    this.#state = "ended";
    clearTimeout(this.#startDeadline);
    for (const timer of this.#timers.values()) timer.cancel();
    if (wasRunning) this.#options.onEnd(this.#sessionEnd(end));
    else this.#ready.reject(this.#startError ?? new BotError("PROCESS_FAILED", reasonOf(end)));
    this.#tellIfIdle();
    this.#ended.resolve();
  }

  #sessionEnd(end: ProcessEnd): SessionEnd {
    if (end.kind === "killed") return end;
    const { at, entered } = this.#inHand.lastSeen(this.#process.whereabouts);
    if (entered !== undefined) this.#handling(entered.event, entered.handler);
    const running = [...this.#running.keys()];
    if (end.kind === "suspended") {
      return {
        kind: "crashed",
        reason: reasonOf(end),
        unfinished: [...this.#running.values()],
        culprits: [],
      };
    }
    // What was handed over for one event may let the handler of another go on.
    const suspects = [entered?.event, at?.event].filter((event) => event !== undefined);
    const culprits = suspects.length === 0 ? running : running.filter((event) => suspects.includes(event));
    const others = running.filter((event) => !culprits.includes(event));
    const unfinished = [...culprits, ...others].flatMap((event) => this.#running.get(event) ?? []);
    const guilt = { unfinished, culprits };
    if (end.kind === "silent") {
      const handler = entered?.handler ?? at?.label() ?? "code outside any handler";
      return { kind: "hung", handler, silentMs: end.silentMs, ...guilt };
    }
    return { kind: "crashed", reason: reasonOf(end), ...guilt };
  }
}

type WithoutDate<T> = T extends unknown ? Omit<T, "dateMs"> : never;
