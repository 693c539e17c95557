import { isDeepStrictEqual } from "node:util";
import type { Identity } from "../net/keys.ts";
import type { World } from "../net/network.ts";
import type { Address } from "../protocol/address.ts";
import type { BotJournal } from "../store/journal.ts";
import { StoreError } from "../store/store-error.ts";
import { BotError } from "./bot-error.ts";
import type { BotEvent } from "./bot-event.ts";
import type { BundleCache } from "./bundle-cache.ts";
import type { BotChange } from "./control/protocol.ts";
import { messageOf } from "./error-message.ts";
import type { BotConfig } from "./host-config.ts";
import type { BotCounts, BotStatus } from "./host-status.ts";
import { loadVersion } from "./load-version.ts";
import { type LogRecord, recordOf } from "./log-record.ts";
import { Supervisor } from "./supervisor.ts";

export interface ManagedBotOptions {
  readonly config: BotConfig;
  readonly server: Address;
  readonly stopMs: number;
  readonly world: World;
  readonly identity?: Identity;
  readonly journal: BotJournal;
  readonly bundles: BundleCache;
  /** Called with each line of the bot's log. */
  readonly onRecord: (record: LogRecord) => void;
}

/** One bot of a host as its operator sees it: started, stopped, reloaded, and what became of it. */
export class ManagedBot {
  readonly #options: ManagedBotOptions;
  #config: BotConfig;
  #supervisor: Supervisor | undefined;
  #lastError: BotStatus["lastError"];
  #waitsFor: string | undefined;
  /** Why it could not be started. */
  #startFailure: unknown;
  readonly #counts = { sent: 0, notDelivered: 0, handlerErrors: 0, flooded: 0, received: 0, handled: 0 };
  #restarts = 0;
  #onStandby: () => void = () => {};

  constructor(options: ManagedBotOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  get config(): BotConfig {
    return this.#config;
  }

  get journal(): BotJournal {
    return this.#options.journal;
  }

  get supervisor(): Supervisor | undefined {
    return this.#supervisor;
  }

  /** Never rejects: what went wrong is in the result, and in the status from then on. */
  async start(): Promise<BotChange> {
    const { name } = this.#config;
    const state = this.#supervisor?.state;
    if (state !== undefined && state !== "failed" && state !== "closed")
      return { bot: name, outcome: "unchanged" };
    if (this.#supervisor !== undefined) await this.#close(this.#supervisor);
    this.#startFailure = undefined;
    try {
      await this.#begin();
      return { bot: name, outcome: "started" };
    } catch (error) {
      return this.#failure(error);
    }
  }

  async stop(): Promise<BotChange> {
    const bot = this.#config.name;
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return { bot, outcome: "unchanged" };
    this.#supervisor = undefined;
    await this.#close(supervisor);
    this.#keepCounts(supervisor);
    this.#startFailure = undefined;
    return { bot, outcome: "stopped" };
  }

  /** A fresh process of the same version; the nickname stays. */
  async restart(): Promise<BotChange> {
    const bot = this.#config.name;
    if (this.#supervisor?.state !== "running") {
      await this.stop();
      const change = await this.start();
      return change.outcome === "started" ? { bot, outcome: "restarted" } : change;
    }
    try {
      await this.#supervisor.reload();
      return { bot, outcome: "restarted" };
    } catch (error) {
      return this.#failure(error);
    }
  }

  /** Brings it in line with its configuration and its script as they are now. */
  async reload(config: BotConfig): Promise<BotChange> {
    const bot = config.name;
    const supervisor = this.#supervisor;
    if (supervisor === undefined && this.#startFailure === undefined) {
      // Stopped by the operator, who starts it when he wants it.
      this.#config = config;
      return { bot, outcome: "unchanged" };
    }
    try {
      const version = await loadVersion(config, this.#options.world);
      const code = supervisor?.life.version.bundle.code;
      const isSame = isDeepStrictEqual(config, this.#config) && version.bundle.code === code;
      if (isSame && supervisor?.state !== "failed") return { bot, outcome: "unchanged" };
      if (supervisor?.state !== "running" || !canBeSwapped(this.#config, config))
        return await this.#startAnew(config);
      await supervisor.reload(version);
      this.#config = config;
      return { bot, outcome: "reloaded" };
    } catch (error) {
      return this.#failure(error);
    }
  }

  status(): BotStatus {
    const { name, nick } = this.#config;
    const { journal, world } = this.#options;
    const supervisor = this.#supervisor;
    const life = supervisor?.life;
    const isAlive = life !== undefined && !life.session.hasEnded;
    const state = supervisor?.state ?? (this.#startFailure === undefined ? "stopped" : "failed");
    return {
      name,
      nick,
      state,
      pid: isAlive ? life.session.pid : undefined,
      uptimeMs: isAlive ? Math.round(world.clock.nowMs() - life.startedMs) : undefined,
      restarts: this.#restarts + (supervisor?.restartCount ?? 0),
      queue: journal.waitingCount,
      deadLetters: journal.deadLetterCount,
      waitsFor: state === "standby" ? this.#waitsFor : undefined,
      lastError: this.#lastError,
      memoryBytes: isAlive ? life.memoryBytes : undefined,
      cpu: isAlive ? life.cpu : undefined,
      counts: this.#allCounts(supervisor),
    };
  }

  async #begin(): Promise<void> {
    const { server, stopMs, world, journal, identity, bundles } = this.#options;
    const config = this.#config;
    const version = await loadVersion(config, world, undefined, bundles);
    const { missing } = version.command;
    if (missing !== undefined) this.#note({ kind: "warning", text: missing });
    if (this.#supervisor !== undefined) this.#keepCounts(this.#supervisor);
    const supervisor = new Supervisor({
      nick: config.nick,
      server,
      world,
      journal,
      version,
      limits: config.limits,
      restart: config.restart,
      standby: config.standby,
      ...(identity && { identity }),
      patient: true,
      stopMs,
      onEvent: (event) => this.#note(event),
    });
    this.#supervisor = supervisor;
    const waiting = Promise.withResolvers<void>();
    this.#onStandby = waiting.resolve;
    const starting = supervisor.start();
    // It may wait for its nickname or its server as long as it takes; nothing else waits for that.
    await Promise.race([starting, waiting.promise]);
    starting.catch((error: unknown) => {
      if (this.#supervisor === supervisor) this.#failure(error);
    });
  }

  /** A full disk keeps no bot from ending: what it did last waits for room, or is done again at the next start of the host. */
  async #close(supervisor: Supervisor): Promise<void> {
    try {
      await supervisor.close();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#note({ kind: "warning", text: `what it did last is not in the journal: ${error.message}` });
    }
  }

  /** For what cannot be changed under a bot that runs. */
  async #startAnew(config: BotConfig): Promise<BotChange> {
    const bot = config.name;
    await this.stop();
    this.#config = config;
    const change = await this.start();
    return change.outcome === "started" ? { bot, outcome: "reloaded" } : change;
  }

  #failure(error: unknown): BotChange {
    const reason = messageOf(error);
    const isStart = this.#supervisor === undefined || this.#supervisor.state === "closed";
    if (isStart) {
      this.#startFailure = error;
      this.#supervisor = undefined;
    }
    const codeFrame = error instanceof BotError ? error.codeFrame : undefined;
    this.#note(isStart ? { kind: "failed", reason } : { kind: "warning", text: `not replaced: ${reason}` });
    return {
      bot: this.#config.name,
      outcome: "failed",
      reason,
      ...(codeFrame !== undefined && { codeFrame }),
    };
  }

  #note(event: BotEvent): void {
    const counts = this.#counts;
    if (event.kind === "sent") {
      counts.sent += 1;
      if (event.receipt.kind === "failed") counts.notDelivered += 1;
    } else if (event.kind === "standby") {
      this.#waitsFor = event.reason;
      this.#onStandby();
    } else if (event.kind === "handler-failed") counts.handlerErrors += 1;
    else if (event.kind === "log-cut") counts.handlerErrors += event.faults;
    else if (event.kind === "flooded") counts.flooded += event.leftOut;
    const record = recordOf(event, this.#config.name, this.#options.world.clock.dateMs());
    if (record === undefined) return;
    const { atMs, level, message } = record;
    // What the bot itself writes is not what went wrong with it.
    if (level === "error" && event.kind !== "log") this.#lastError = { atMs, text: message };
    this.#options.onRecord(record);
  }

  #keepCounts({ counts, restartCount }: Supervisor): void {
    this.#counts.received += counts.received;
    this.#counts.handled += counts.handled;
    this.#restarts += restartCount;
  }

  #allCounts(supervisor: Supervisor | undefined): BotCounts {
    const { received = 0, handled = 0 } = supervisor?.counts ?? {};
    const counts = this.#counts;
    return { ...counts, received: counts.received + received, handled: counts.handled + handled };
  }
}

/** Whether a bot that runs can become the other by a new process alone. */
function canBeSwapped(a: BotConfig, b: BotConfig): boolean {
  const fixed = ({ nick, standby, restart, limits: { flood, output } }: BotConfig) => ({
    nick,
    standby,
    restart,
    flood,
    output,
  });
  return isDeepStrictEqual(fixed(a), fixed(b));
}
