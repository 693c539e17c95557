/** To call it off by. */
export interface Deadline {
  readonly dueMs: number;
  readonly call: () => void;
}

/** Many deadlines on one timer of the host's, since most of them are called off long before they come. */
export class Deadlines {
  readonly #nowMs: () => number;
  readonly #schedule: (delayMs: number, call: () => void) => () => void;
  readonly #waiting = new Set<Deadline>();
  #alarmMs = Number.POSITIVE_INFINITY;
  #cancelAlarm: () => void = () => {};

  constructor(nowMs: () => number, schedule: (delayMs: number, call: () => void) => () => void) {
    this.#nowMs = nowMs;
    this.#schedule = schedule;
  }

  /** Calls in so many milliseconds, unless it is called off before. */
  add(delayMs: number, call: () => void): Deadline {
    const entry = { dueMs: this.#nowMs() + delayMs, call };
    this.#waiting.add(entry);
    if (entry.dueMs < this.#alarmMs) this.#arm(entry.dueMs);
    return entry;
  }

  callOff(deadline: Deadline): void {
    this.#waiting.delete(deadline);
  }

  #arm(dueMs: number): void {
    this.#cancelAlarm();
    this.#alarmMs = dueMs;
    this.#cancelAlarm = this.#schedule(Math.max(0, dueMs - this.#nowMs()), () => this.#ring());
  }

  #ring(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY;
    this.#cancelAlarm = () => {};
    const nowMs = this.#nowMs();
    const due = [...this.#waiting].filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const entry of due) {
      this.#waiting.delete(entry);
      entry.call();
    }
    const nextMs = Math.min(Number.POSITIVE_INFINITY, ...[...this.#waiting].map(({ dueMs }) => dueMs));
    if (nextMs < this.#alarmMs) this.#arm(nextMs);
  }
}
