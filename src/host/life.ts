import type { BotManifest, BotStart } from "../bot/ports.ts";
import type { StateChange } from "../bot/state.ts";
import type { Receipt } from "../client/api.ts";
import type { World } from "../net/network.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";
import type { BotEvent } from "./bot-event.ts";
import type { Bundle } from "./bundle.ts";
import type { BotLimits } from "./host-config.ts";
import type { HttpRequests } from "./http-requests.ts";
import { type BotMessage, BotSession, type SessionEnd } from "./session.ts";
import { type Excess, UsageWatch } from "./usage-watch.ts";
import type { WalledCommand } from "./walls.ts";

/** Everything of a bot that a reload can replace. */
export interface BotVersion {
  readonly bundle: Bundle;
  readonly command: WalledCommand;
  /** What its processes start with, aside from what is stored. */
  readonly start: Omit<BotStart, "state">;
  readonly http: HttpRequests;
  readonly limits: Pick<BotLimits, "memoryBytes" | "cpu" | "cpuWindowMs" | "logLinesPerSecond">;
}

export interface LifeOptions {
  readonly nick: string;
  readonly version: BotVersion;
  /** Whether this process may end while the bot's is alive. */
  readonly background: boolean;
  readonly world: World;
  readonly state: BotStart["state"];
  readonly send: (message: BotMessage) => Promise<Receipt>;
  /** @throws {Error} when the changes cannot be kept; the process is ended then. */
  readonly commit: (changes: readonly StateChange[], events: readonly string[]) => void;
  /** A handler of this event is about to run. */
  readonly onHandling: (event: string, handler: string) => void;
  readonly onEvent: (event: BotEvent) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

/** Whoever writes longer lines may write fewer. */
const LOG_LINE_CHARS = 1_024;

/** How often it is told that lines were left out. */
const LOG_CUT_MS = 1_000;

/**
 * One process of a bot, from its start to its end. Until it is accepted it changes nothing and sends nothing: what its set-up
 * changes is held back, so that a new version can be tried beside the one that runs.
 */
export class Life {
  readonly session: BotSession;
  readonly version: BotVersion;
  readonly startedMs: number;
  readonly #options: LifeOptions;
  readonly #held: (readonly StateChange[])[] = [];
  readonly #logBucket: TokenBucket;
  #logLinesLeftOut = 0;
  #faultsLeftOut = 0;
  #logCutMs = Number.NEGATIVE_INFINITY;
  #watch: UsageWatch | undefined;
  #excess: Excess | undefined;
  #isAccepted = false;

  constructor(options: LifeOptions) {
    const { nick, version, world, state } = options;
    this.#options = options;
    this.version = version;
    const perSecond = version.limits.logLinesPerSecond;
    this.#logBucket = new TokenBucket({ burst: 2 * perSecond, perSecond }, world.clock.nowMs());
    this.startedMs = world.clock.nowMs();
    this.session = new BotSession({
      nick,
      bundle: version.bundle,
      command: version.command,
      background: options.background,
      world,
      start: { ...version.start, state },
      http: version.http,
      send: (message) => this.#send(message),
      commit: (changes, events) => this.#commit(changes, events),
      onHandling: options.onHandling,
      onEvent: (event) => this.#tell(event),
      onEnd: (end) => {
        this.#watch?.stop();
        options.onEnd(end);
      },
    });
    const { pid } = this.session;
    if (pid !== undefined) {
      this.#watch = new UsageWatch(pid, version.limits, (excess) => {
        this.#excess = excess;
        this.session.evict(excess.reason);
      });
      void this.session.ended.then(() => this.#watch?.stop());
    }
  }

  /** Rejects with a `BotError` when the bot does not get that far. */
  get ready(): Promise<BotManifest> {
    return this.session.ready;
  }

  get memoryBytes(): number | undefined {
    return this.#watch?.usage?.memoryBytes;
  }

  get cpu(): number | undefined {
    return this.#watch?.cpu;
  }

  /** How much of its life went into what it was ended for. */
  get excessMs(): number {
    return this.#excess?.lastedMs ?? 0;
  }

  /** From now on it is the bot: what was held back takes effect. */
  accept(): void {
    this.#isAccepted = true;
    for (const changes of this.#held.splice(0)) this.#options.commit(changes, []);
  }

  /** Of what it writes into the log as much as it may. */
  #tell(event: BotEvent): void {
    const { onEvent, world, version } = this.#options;
    const nowMs = world.clock.nowMs();
    if (event.kind === "log" || event.kind === "handler-failed") {
      if (!this.#logBucket.take(nowMs)) {
        this.#logLinesLeftOut += 1;
        if (event.kind === "handler-failed") this.#faultsLeftOut += 1;
        return;
      }
      this.#logBucket.owe(charsOf(event) / LOG_LINE_CHARS);
    }
    if (this.#logLinesLeftOut > 0 && nowMs - this.#logCutMs >= LOG_CUT_MS) {
      this.#logCutMs = nowMs;
      const [leftOut, faults] = [this.#logLinesLeftOut, this.#faultsLeftOut];
      this.#logLinesLeftOut = this.#faultsLeftOut = 0;
      onEvent({ kind: "log-cut", leftOut, faults, perSecond: version.limits.logLinesPerSecond });
    }
    onEvent(event);
  }

  #commit(changes: readonly StateChange[], events: readonly string[]): void {
    if (this.#isAccepted) this.#options.commit(changes, events);
    else this.#held.push(changes);
  }

  #send(message: BotMessage): Promise<Receipt> {
    if (this.#isAccepted) return this.#options.send(message);
    const detail = "the bot's set-up runs before it is its nickname's";
    return Promise.resolve({ kind: "failed", reason: "NOT_REGISTERED", detail, attempts: 0 });
  }
}

function charsOf(event: Extract<BotEvent, { kind: "log" | "handler-failed" }>): number {
  if (event.kind === "log") return event.message.length + JSON.stringify(event.fields).length;
  const { message, stack, codeFrame = "" } = event.error;
  return event.handler.length + message.length + stack.length + codeFrame.length;
}
