import type { DurableTimer, StateChange } from "../bot/state.ts";
import { type DueEntry, DueQueue } from "../net/due-queue.ts";
import type { Clock, Timer } from "../net/network.ts";
import { TokenBucket } from "../protocol/token-bucket.ts";

/** Node.js waits no longer than this at once; nor does it hurt to look at a date that may have jumped. */
const LOOK_MS_MAX = 3_600_000;

/** As one sender may ask of a bot: each timer that fires is a delivery, and costs the host as much as a message. */
const RATE = { burst: 1_000, perSecond: 500 };

/** How often it is looked for room when more are due than may fire. */
const PACE_MS = 20;

/**
 * Calls when durable timers are due by the date. An overdue one is called at once; each is called once for each time
 * that it is set. Of very many that are due together some come later.
 */
export class DurableTimers {
  readonly #clock: Clock;
  readonly #onDue: (timer: DurableTimer) => void;
  readonly #queue = new DueQueue<DurableTimer>();
  readonly #waiting = new Map<string, DueEntry<DurableTimer>>();
  readonly #bucket: TokenBucket;
  #alarm: Timer | undefined;
  #alarmMs = Number.POSITIVE_INFINITY;
  #isRunning = false;

  constructor(clock: Clock, onDue: (timer: DurableTimer) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
    this.#bucket = new TokenBucket(RATE, clock.nowMs());
  }

  /** From now on timers fire; until then they only gather. */
  start(timers: readonly DurableTimer[]): void {
    for (const timer of timers) this.#set(timer);
    this.#isRunning = true;
    this.#look();
  }

  /** Follows what was committed. */
  apply(changes: readonly StateChange[]): void {
    let isSooner = false;
    for (const change of changes) {
      if (change.kind === "timer") {
        this.#set(change.timer);
        isSooner ||= change.timer.dueMs < this.#alarmMs;
      } else if (change.kind === "timer-clear") {
        this.#clear(change.id);
      }
    }
    if (isSooner && this.#isRunning) this.#look();
  }

  stop(): void {
    this.#isRunning = false;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#alarmMs = Number.POSITIVE_INFINITY;
  }

  #set(timer: DurableTimer): void {
    this.#clear(timer.id);
    this.#waiting.set(timer.id, this.#queue.push(timer.dueMs, timer));
  }

  #clear(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry === undefined) return;
    this.#queue.remove(entry);
    this.#waiting.delete(id);
  }

  #look(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const dateMs = this.#clock.dateMs();
    const due = this.#takeDue(dateMs);
    const nextMs = this.#queue.nextDueMs;
    this.#alarmMs = nextMs ?? Number.POSITIVE_INFINITY;
    if (nextMs !== undefined) {
      const delayMs = nextMs <= dateMs ? PACE_MS : Math.min(nextMs - dateMs, LOOK_MS_MAX);
      this.#alarm = this.#clock.schedule(delayMs, () => this.#look());
    }
    for (const timer of due) this.#onDue(timer);
  }

  #takeDue(dateMs: number): readonly DurableTimer[] {
    const due: DurableTimer[] = [];
    const nowMs = this.#clock.nowMs();
    while ((this.#queue.nextDueMs ?? Number.POSITIVE_INFINITY) <= dateMs && this.#bucket.take(nowMs)) {
      const timer = this.#queue.pop();
      if (timer === undefined) break;
      this.#waiting.delete(timer.id);
      due.push(timer);
    }
    return due;
  }
}
