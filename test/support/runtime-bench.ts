import { AsyncLocalStorage } from "node:async_hooks";
import type { Bot, BotDefinition } from "../../src/bot/api.ts";
import { defineBot } from "../../src/bot/define-bot.ts";
import type { HttpOutcome, HttpRequest } from "../../src/bot/http.ts";
import type { BotManifest, BotPorts, BotStart, SendTag } from "../../src/bot/ports.ts";
import { BotRuntime } from "../../src/bot/runtime.ts";
import type { DurableTimer } from "../../src/bot/state.ts";
import type { Receipt } from "../../src/client/api.ts";
import { DurableTimers } from "../../src/host/durable-timers.ts";
import { VirtualClock } from "../../src/net/sim/virtual-clock.ts";
import { MemoryBotState } from "./memory-bot-state.ts";

export interface Sent {
  readonly to: string;
  readonly text: string;
  readonly tag: SendTag | undefined;
}

export interface BenchOptions {
  readonly start?: Partial<Omit<BotStart, "limits">>;
  readonly limits?: Partial<BotStart["limits"]>;
  /** What outlived an earlier bench. */
  readonly memory?: MemoryBotState;
  readonly clock?: VirtualClock;
  readonly receipt?: (sent: Sent) => Receipt;
  readonly http?: (request: HttpRequest) => Promise<HttpOutcome>;
  readonly nextCron?: BotPorts["nextCron"];
}

/** A bot's runtime without a sandbox, a process or a network: the test plays the host, and moves the clock. */
export class RuntimeBench {
  readonly clock: VirtualClock;
  readonly memory: MemoryBotState;
  readonly sent: Sent[] = [];
  /** Of all that was sent. */
  readonly tags: (SendTag | undefined)[] = [];
  /** `handler: message`. */
  readonly failures: string[] = [];
  readonly logs: string[] = [];
  /** The events of each commit. */
  readonly commits: (readonly string[])[] = [];
  readonly handlers: string[] = [];
  manifest: BotManifest | undefined;
  readonly #runtime: BotRuntime;
  readonly #timers: DurableTimers;
  #events = 0;

  private constructor(options: BenchOptions) {
    this.clock = options.clock ?? new VirtualClock();
    this.memory = options.memory ?? new MemoryBotState();
    this.#timers = new DurableTimers(this.clock, (timer) => this.#fire(timer));
    const scopes = new AsyncLocalStorage<unknown>();
    const { start = {}, limits = {} } = options;
    this.#runtime = new BotRuntime(
      {
        nick: "bot",
        nowMs: () => this.clock.dateMs(),
        send: async (to, text, tag) => {
          this.sent.push({ to, text, tag });
          this.tags.push(tag);
          return options.receipt?.({ to, text, tag }) ?? { kind: "delivered", roundTripMs: 1, attempts: 1 };
        },
        log: (level, message) => this.logs.push(`${level}: ${message}`),
        handling: (_, handler) => this.handlers.push(handler),
        matching: () => {},
        failed: (error, handler) => this.failures.push(`${handler}: ${(error as Error).message}`),
        callSite: () => undefined,
        commit: (changes, events) => {
          this.commits.push(events);
          this.memory.commit(changes, events);
          this.#timers.apply(changes);
        },
        schedule: (delayMs, call) => {
          const timer = this.clock.schedule(delayMs, call);
          return () => timer.cancel();
        },
        http: options.http ?? (async () => ({ kind: "error", code: "UNREACHABLE", message: "nobody there" })),
        nextCron: options.nextCron ?? (() => undefined),
        scopes: { current: () => scopes.getStore(), run: (scope, call) => scopes.run(scope, call) },
      },
      {
        settings: undefined,
        secrets: {},
        http: [],
        roles: {},
        state: this.memory.recall(),
        ...start,
        limits: {
          storeBytes: 1_000_000,
          handlerMs: 30_000,
          textBytes: 1_000,
          antiloop: undefined,
          ...limits,
        },
      },
    );
  }

  static async start(
    bot: BotDefinition | ((bot: Bot) => unknown),
    options: BenchOptions = {},
  ): Promise<RuntimeBench> {
    const bench = new RuntimeBench(options);
    const definition = typeof bot === "function" ? defineBot({ description: "A bot under test" }, bot) : bot;
    bench.manifest = await bench.#runtime.setUp(definition);
    bench.#timers.start(bench.memory.recall().timers);
    await settled();
    return bench;
  }

  /** What it answers to this text, to whomever. */
  async told(
    text: string,
    { from = "alice", auto = false, saved = false, attempt = 1, tellsPrograms = false } = {},
  ): Promise<string[]> {
    const message = { from, text, sentAt: 0, saved, auto };
    this.#runtime.handle({ kind: "message", event: `e${++this.#events}`, attempt, message, tellsPrograms });
    await settled();
    return this.heard();
  }

  async sees(kind: "online" | "offline", nick: string): Promise<void> {
    this.#runtime.handle({ kind, event: `e${++this.#events}`, nick });
    await settled();
  }

  /** What was said since this was last asked. */
  heard(): string[] {
    return this.sent.splice(0).map(({ text }) => text);
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    for (;;) {
      await settled();
      const nextMs = this.clock.nextDueMs;
      if (nextMs === undefined || nextMs > untilMs) break;
      this.clock.advanceTo(nextMs);
      this.clock.callNext();
    }
    this.clock.advanceTo(untilMs);
    await settled();
  }

  /** The same bot after its process came to an end without a word. */
  crash(): { readonly memory: MemoryBotState; readonly clock: VirtualClock } {
    this.#timers.stop();
    return { memory: this.memory, clock: this.clock };
  }

  async stop(): Promise<void> {
    await this.#runtime.stop();
  }

  fault(error: unknown, what: string): void {
    this.#runtime.fault(error, what);
  }

  #fire({ id, dueMs, data }: DurableTimer): void {
    const event = `e${++this.#events}`;
    this.memory.timerFired(id, event);
    this.#runtime.handle({ kind: "timer", event, id, dueMs, data });
  }
}

/** One turn of the event loop: whatever goes on by itself has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
