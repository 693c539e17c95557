import type { DurableTimer, StateChange } from "../bot/state.ts";
import type { Clock, Timer } from "../net/network.ts";

/** Node.js waits no longer than this at once; nor does it hurt to look at a date that may have jumped. */
const LOOK_MS_MAX = 3_600_000;

/**
 * Calls when durable timers are due by the date. An overdue one is called at once; each is called once for each time
 * that it is set.
 */
export class DurableTimers {
  readonly #clock: Clock;
  readonly #onDue: (timer: DurableTimer) => void;
  readonly #waiting = new Map<string, DurableTimer>();
  #alarm: Timer | undefined;
  #alarmMs = Number.POSITIVE_INFINITY;
  #isRunning = false;

  constructor(clock: Clock, onDue: (timer: DurableTimer) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** From now on timers fire; until then they only gather. */
  start(timers: readonly DurableTimer[]): void {
    for (const timer of timers) this.#waiting.set(timer.id, timer);
    this.#isRunning = true;
    this.#look();
  }

  /** Follows what was committed. */
  apply(changes: readonly StateChange[]): void {
    let isSooner = false;
    for (const change of changes) {
      if (change.kind === "timer") {
        this.#waiting.set(change.timer.id, change.timer);
        isSooner ||= change.timer.dueMs < this.#alarmMs;
      } else if (change.kind === "timer-clear") {
        this.#waiting.delete(change.id);
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

  #look(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const dateMs = this.#clock.dateMs();
    const due = [...this.#waiting.values()]
      .filter(({ dueMs }) => dueMs <= dateMs)
      .sort((a, b) => a.dueMs - b.dueMs);
    for (const timer of due) this.#waiting.delete(timer.id);
    this.#alarmMs = Math.min(
      ...[...this.#waiting.values()].map(({ dueMs }) => dueMs),
      Number.POSITIVE_INFINITY,
    );
    if (this.#alarmMs !== Number.POSITIVE_INFINITY) {
      const delayMs = Math.min(this.#alarmMs - dateMs, LOOK_MS_MAX);
      this.#alarm = this.#clock.schedule(delayMs, () => this.#look());
    }
    for (const timer of due) this.#onDue(timer);
  }
}
