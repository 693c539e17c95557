import {
  DURABLE_TIMERS_MAX,
  type DurableTimer,
  type Recollection,
  type StateChange,
  stateBytes,
  timerBytes,
} from "../../src/bot/state.ts";

/** What a bot may keep where nothing else is said. */
const STATE_BYTES_DEFAULT = 1_048_576;

/** What of a bot outlives its process, for tests that play the host: in memory, and with the quota checked as the host does. */
export class MemoryBotState {
  readonly #bytesMax: number;
  readonly #entries = new Map<string, string>();
  readonly #timers = new Map<string, DurableTimer>();
  /** By delivery, the timer that fired. */
  readonly #fired = new Map<string, DurableTimer>();
  #bytes = 0;

  constructor(bytesMax: number = STATE_BYTES_DEFAULT) {
    this.#bytesMax = bytesMax;
  }

  recall(): Recollection {
    return { entries: [...this.#entries], timers: [...this.#timers.values()] };
  }

  timerFired(id: string, delivery: string): void {
    const timer = this.#timers.get(id);
    if (timer !== undefined) this.#fired.set(delivery, timer);
  }

  commit(changes: readonly StateChange[], deliveries: readonly string[]): void {
    this.#checkQuota(changes);
    for (const delivery of deliveries) {
      const fired = this.#fired.get(delivery);
      this.#fired.delete(delivery);
      // Set anew meanwhile, it is another one.
      if (fired !== undefined && this.#timers.get(fired.id) === fired) this.#timers.delete(fired.id);
    }
    for (const change of changes) this.#apply(change);
  }

  #apply(change: StateChange): void {
    switch (change.kind) {
      case "put":
        this.#forget(change.key);
        this.#entries.set(change.key, change.json);
        this.#bytes += stateBytes(change.key, change.json);
        return;
      case "delete":
        this.#forget(change.key);
        return;
      case "timer":
        this.#timers.set(change.timer.id, change.timer);
        return;
      case "timer-clear":
        this.#timers.delete(change.id);
        return;
    }
  }

  #forget(key: string): void {
    const json = this.#entries.get(key);
    if (json === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= stateBytes(key, json);
  }

  #checkQuota(changes: readonly StateChange[]): void {
    const last = new Map<string, string | undefined>();
    let timers = this.#timers.size;
    for (const change of changes) {
      if (change.kind === "put") last.set(change.key, change.json);
      else if (change.kind === "delete") last.set(change.key, undefined);
      else if (change.kind === "timer" && !this.#timers.has(change.timer.id)) timers++;
    }
    let bytes = this.#bytes;
    for (const [key, json] of last) {
      const before = this.#entries.get(key);
      if (before !== undefined) bytes -= stateBytes(key, before);
      if (json !== undefined) bytes += stateBytes(key, json);
    }
    // Where the quota has become smaller, what makes room is welcome.
    if (bytes > this.#bytesMax && bytes > this.#bytes) {
      throw new RangeError(`${bytes} bytes to be kept are more than ${this.#bytesMax}`);
    }
    const set = new Map([...this.#timers]);
    for (const change of changes) if (change.kind === "timer") set.set(change.timer.id, change.timer);
    const chars = [...set.values()].reduce((sum, timer) => sum + timerBytes(timer), 0);
    if (chars > this.#bytesMax)
      throw new RangeError(`${chars} bytes of timers are more than ${this.#bytesMax}`);
    if (timers > DURABLE_TIMERS_MAX) throw new RangeError(`${timers} timers are more than a bot may set`);
  }
}
