import { type Duration, readDuration } from "./duration.ts";
import type { BotInput, BotPorts } from "./ports.ts";
import type { Scopes } from "./scope.ts";
import { jsonOf } from "./store.ts";
import type { CronOptions, DurableTimerHandle, Tick, TimerCall } from "./timer.ts";
import type { UnitOfWork, WorkingState } from "./unit-of-work.ts";

/** What to call when a timer fires. */
export interface TimerHandler {
  readonly label: string;
  readonly timeoutMs: number | undefined;
  call(): unknown;
}

type Fired = Extract<BotInput, { kind: "timer" }>;

interface Recurring {
  readonly id: string;
  readonly label: string;
  readonly timeoutMs: number | undefined;
  readonly catchUp: boolean;
  readonly handler: (tick: Tick) => unknown;
  nextMs(afterMs: number, dueMs: number): number | undefined;
}

const RECURRING_PREFIX = "r/";
const NAMED_PREFIX = "t/";

/** A start takes a moment; what fell into it is not late. */
const LATE_MS_MAX = 60_000;

const EVERY_MS_MIN = 1_000;

/** `cron`, `every` and named timers: all of them are durable timers of the host's. */
export class Schedule {
  readonly #ports: BotPorts;
  readonly #state: WorkingState;
  readonly #scopes: Scopes;
  readonly #recurring = new Map<string, Recurring>();
  /** How many there are of each kind. */
  readonly #counts = new Map<string, number>();
  readonly #named = new Map<
    string,
    { readonly label: string; readonly call: (call: TimerCall<unknown>) => unknown }
  >();
  #lastId = 0;

  constructor(ports: BotPorts, state: WorkingState, scopes: Scopes) {
    this.#ports = ports;
    this.#state = state;
    this.#scopes = scopes;
  }

  addCron(pattern: string, options: CronOptions, label: string, handler: (tick: Tick) => unknown): void {
    const { timeZone = "UTC", catchUp = false, timeout } = options;
    const nextMs = (afterMs: number) => this.#ports.nextCron(pattern, timeZone, afterMs);
    // A mistake in the pattern shall stop the start, not the first call.
    nextMs(this.#ports.nowMs());
    const timeoutMs = timeout === undefined ? undefined : readDuration(timeout);
    this.#add({ id: `cron ${pattern} ${timeZone}`, label, timeoutMs, catchUp, handler, nextMs });
  }

  addEvery(interval: Duration, label: string, handler: (tick: Tick) => unknown): void {
    const everyMs = readDuration(interval);
    if (everyMs < EVERY_MS_MIN) throw new TypeError(`bot.every takes at least "1s", not ${interval}`);
    this.#add({
      id: `every ${everyMs}`,
      label,
      timeoutMs: undefined,
      catchUp: true,
      handler,
      nextMs: (afterMs, dueMs) => dueMs + everyMs * (Math.floor(Math.max(0, afterMs - dueMs) / everyMs) + 1),
    });
  }

  addNamed<Data>(
    name: string,
    label: string,
    handler: (call: TimerCall<Data>) => unknown,
  ): DurableTimerHandle<Data> {
    if (this.#named.has(name)) throw new TypeError(`the timer ${JSON.stringify(name)} is there twice`);
    if (!/^[^/]+$/.test(name)) throw new TypeError("a timer's name is a text without a slash");
    this.#named.set(name, { label, call: handler as (call: TimerCall<unknown>) => unknown });
    const prefix = `${NAMED_PREFIX}${name}/`;
    const set = (dueMs: number, data: unknown): string => {
      if (!Number.isFinite(dueMs)) throw new TypeError("a timer needs a date, in milliseconds since 1970");
      const json = jsonOf(`the data of timer ${JSON.stringify(name)}`, data);
      const id = this.#freeId(prefix);
      this.#scopes.change((unit) => this.#state.setTimer(unit, { id, dueMs: Math.round(dueMs), data: json }));
      return id.slice(prefix.length);
    };
    return {
      in: async (delay, ...[data]) => set(this.#ports.nowMs() + readDuration(delay), data ?? null),
      at: async (date, ...[data]) => set(Number(date), data ?? null),
      cancel: async (id) => this.#scopes.change((unit) => this.#state.clearTimer(unit, `${prefix}${id}`)),
      pending: async () =>
        this.#state
          .timers(prefix)
          .sort((a, b) => a.dueMs - b.dueMs)
          .map(({ id, dueMs, data }) => ({
            id: id.slice(prefix.length),
            dueAt: dueMs,
            data: JSON.parse(data) as Data,
          })),
    };
  }

  /** Once all is set up: sets what recurs and does not wait yet, and forgets what a former version had. */
  begin(): void {
    const nowMs = this.#ports.nowMs();
    const waiting = new Set(this.#state.timers(RECURRING_PREFIX).map(({ id }) => id));
    this.#scopes.change((unit) => {
      for (const id of waiting) if (!this.#recurring.has(id)) this.#state.clearTimer(unit, id);
      for (const recurring of this.#recurring.values()) {
        if (!waiting.has(recurring.id)) this.#setNext(unit, recurring, nowMs, nowMs);
      }
    });
  }

  /** `undefined` when nothing is to be called. */
  fired(unit: UnitOfWork, { id, dueMs, data, attempt = 1 }: Fired): TimerHandler | undefined {
    const nowMs = this.#ports.nowMs();
    const recurring = this.#recurring.get(id);
    if (recurring !== undefined) {
      this.#setNext(unit, recurring, nowMs, dueMs);
      const isTooLate = nowMs - dueMs > LATE_MS_MAX && !recurring.catchUp && attempt === 1;
      if (isTooLate) return undefined;
      const { label, timeoutMs, handler } = recurring;
      return { label, timeoutMs, call: () => handler({ dueAt: dueMs }) };
    }
    const [, name = ""] = id.startsWith(NAMED_PREFIX) ? id.split("/") : [];
    const named = this.#named.get(name);
    if (named === undefined) {
      this.#ports.log(
        "error",
        "a timer fired that this version of the bot does not have",
        { id, data },
        undefined,
      );
      return undefined;
    }
    return {
      label: named.label,
      timeoutMs: undefined,
      call: () => named.call({ dueAt: dueMs, data: JSON.parse(data) }),
    };
  }

  #add(recurring: Recurring): void {
    // Those of the same kind are told apart by their order.
    const count = (this.#counts.get(recurring.id) ?? 0) + 1;
    this.#counts.set(recurring.id, count);
    const id = `${RECURRING_PREFIX}${recurring.id}${count === 1 ? "" : ` ${count}`}`;
    this.#recurring.set(id, { ...recurring, id });
  }

  #setNext(unit: UnitOfWork, { id, nextMs }: Recurring, afterMs: number, dueMs: number): void {
    const next = nextMs(afterMs, dueMs);
    if (next !== undefined) this.#state.setTimer(unit, { id, dueMs: next, data: "null" });
  }

  #freeId(prefix: string): string {
    for (;;) {
      const id = `${prefix}${this.#ports.nowMs().toString(36)}-${++this.#lastId}`;
      if (!this.#state.hasTimer(id)) return id;
    }
  }
}
