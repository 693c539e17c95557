/**
 * What handlers change, and in which order it may become durable.
 *
 * A change is seen by everybody at once and becomes durable when its handler is done, together with the fact that the
 * handler's message needs no handling any more. So a handler that a crash cut off has changed nothing, and begins anew from
 * where it began. That holds only if nothing that was built on its changes is durable either. Therefore a handler that read or
 * overwrote a change of another is committed after that one; where each saw changes of the other, both are committed as one.
 */

import type { Recollection } from "./state.ts";
import { DURABLE_TIMERS_MAX, type DurableTimer, type StateChange, stateBytes, timerBytes } from "./state.ts";

/** What one handler changes, from its message to its end. */
export class UnitOfWork {
  /** The delivery that is done with when the unit is; `undefined` outside of any. */
  readonly event: string | undefined;
  /** Units whose changes this one saw before they were durable. Most see none. */
  after: Set<UnitOfWork> | undefined;
  readonly changes: { readonly order: number; readonly change: StateChange }[] = [];
  isDone = false;
  isCommitted = false;

  constructor(event: string | undefined) {
    this.event = event;
  }
}

/** More was to be kept than the bot may keep. */
export class StoreQuotaError extends Error {
  override readonly name = "StoreQuotaError";
}

type Commit = (changes: readonly StateChange[], events: readonly string[]) => void;

/** All that outlives the process, as the process sees it. */
export class WorkingState {
  readonly #entries: Map<string, string>;
  readonly #timers: Map<string, DurableTimer>;
  readonly #bytesMax: number;
  readonly #commit: Commit;
  /** By key or timer, whose change that is not yet durable stands there. */
  readonly #lastChange = new Map<string, UnitOfWork>();
  /** Done, and waiting for others. */
  readonly #waiting = new Set<UnitOfWork>();
  #bytes = 0;
  #timerBytes = 0;
  #order = 0;

  constructor({ entries, timers }: Recollection, bytesMax: number, commit: Commit) {
    this.#entries = new Map(entries);
    this.#timers = new Map(timers.map((timer) => [timer.id, timer]));
    this.#bytesMax = bytesMax;
    this.#commit = commit;
    for (const [key, json] of entries) this.#bytes += stateBytes(key, json);
    for (const timer of timers) this.#timerBytes += timerBytes(timer);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  get(unit: UnitOfWork, key: string): string | undefined {
    this.#see(unit, key);
    return this.#entries.get(key);
  }

  /** Sorted, so that they come in the same order after a restart. */
  keys(unit: UnitOfWork, prefix: string): string[] {
    // Whoever lists saw also what others took away or put there.
    for (const key of this.#lastChange.keys()) if (key.startsWith(prefix)) this.#see(unit, key);
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** @throws {StoreQuotaError} and changes nothing. */
  put(unit: UnitOfWork, key: string, json: string): void {
    const before = this.#entries.get(key);
    const bytes = this.#bytes + stateBytes(key, json) - (before === undefined ? 0 : stateBytes(key, before));
    if (bytes > this.#bytesMax && bytes > this.#bytes) {
      throw new StoreQuotaError(`the store holds ${this.#bytesMax} bytes, and this would make it ${bytes}`);
    }
    this.#bytes = bytes;
    this.#entries.set(key, json);
    this.#change(unit, key, { kind: "put", key, json });
  }

  /** Whether there was one. */
  delete(unit: UnitOfWork, key: string): boolean {
    const before = this.get(unit, key);
    if (before === undefined) return false;
    this.#bytes -= stateBytes(key, before);
    this.#entries.delete(key);
    this.#change(unit, key, { kind: "delete", key });
    return true;
  }

  hasTimer(id: string): boolean {
    return this.#timers.has(id);
  }

  timers(prefix: string): DurableTimer[] {
    return [...this.#timers.values()].filter(({ id }) => id.startsWith(prefix));
  }

  setTimer(unit: UnitOfWork, timer: DurableTimer): void {
    if (this.#timers.size >= DURABLE_TIMERS_MAX && !this.#timers.has(timer.id)) {
      throw new StoreQuotaError(`more than ${DURABLE_TIMERS_MAX} timers wait`);
    }
    const bytes = this.#timerBytes + timerBytes(timer) - this.#bytesOf(timer.id);
    if (bytes > this.#bytesMax && bytes > this.#timerBytes) {
      throw new StoreQuotaError(
        `the data of all timers has at most ${this.#bytesMax} bytes, and this would make it ${bytes}`,
      );
    }
    this.#timerBytes = bytes;
    this.#timers.set(timer.id, timer);
    this.#change(unit, timerKey(timer.id), { kind: "timer", timer });
  }

  /** Whether it was waiting. */
  clearTimer(unit: UnitOfWork, id: string): boolean {
    this.#see(unit, timerKey(id));
    this.#timerBytes -= this.#bytesOf(id);
    if (!this.#timers.delete(id)) return false;
    this.#change(unit, timerKey(id), { kind: "timer-clear", id });
    return true;
  }

  /** It fired; its delivery takes it along. False for one that was cleared while it was on its way. */
  timerFired(unit: UnitOfWork, id: string, dueMs: number): boolean {
    this.#see(unit, timerKey(id));
    const timer = this.#timers.get(id);
    if (timer?.dueMs !== dueMs) return false;
    this.#timerBytes -= timerBytes(timer);
    this.#timers.delete(id);
    this.#lastChange.set(timerKey(id), unit);
    return true;
  }

  /** The unit changes nothing more: it is committed, now or as soon as those are done whose changes it saw. */
  finish(unit: UnitOfWork): void {
    if (unit.isDone) return;
    unit.isDone = true;
    if (this.#lastChange.size === 0 && this.#waiting.size === 0) {
      // There is no change that is not durable: it made none, and saw none of another's.
      unit.isCommitted = true;
      if (unit.event !== undefined) this.#commit([], [unit.event]);
      return;
    }
    this.#waiting.add(unit);
    for (const candidate of [...this.#waiting]) {
      if (candidate.isCommitted) continue;
      const group = allBefore(candidate);
      if ([...group].every(({ isDone }) => isDone)) this.#commitTogether(group);
    }
  }

  #commitTogether(group: ReadonlySet<UnitOfWork>): void {
    const changes = [...group].flatMap((unit) => unit.changes).sort((a, b) => a.order - b.order);
    const events = [...group].flatMap(({ event }) => (event === undefined ? [] : [event]));
    for (const unit of group) {
      unit.isCommitted = true;
      this.#waiting.delete(unit);
      for (const { change } of unit.changes) {
        const key = keyOf(change);
        if (this.#lastChange.get(key) === unit) this.#lastChange.delete(key);
      }
    }
    for (const [key, unit] of this.#lastChange) if (unit.isCommitted) this.#lastChange.delete(key);
    if (changes.length > 0 || events.length > 0)
      this.#commit(lastOfEach(changes.map(({ change }) => change)), events);
  }

  #bytesOf(timerId: string): number {
    const timer = this.#timers.get(timerId);
    return timer === undefined ? 0 : timerBytes(timer);
  }

  #see(unit: UnitOfWork, key: string): void {
    const other = this.#lastChange.get(key);
    if (other !== undefined && other !== unit && !other.isCommitted) {
      unit.after ??= new Set();
      unit.after.add(other);
    }
  }

  #change(unit: UnitOfWork, key: string, change: StateChange): void {
    this.#see(unit, key);
    this.#lastChange.set(key, unit);
    unit.changes.push({ order: this.#order++, change });
  }
}

/** The unit, and all uncommitted ones that have to be committed before it or with it. */
function allBefore(unit: UnitOfWork): ReadonlySet<UnitOfWork> {
  const group = new Set([unit]);
  for (const member of group) {
    for (const other of member.after ?? []) if (!other.isCommitted) group.add(other);
  }
  return group;
}

function lastOfEach(changes: readonly StateChange[]): StateChange[] {
  const last = new Map<string, StateChange>();
  for (const change of changes) {
    const key = keyOf(change);
    last.delete(key);
    last.set(key, change);
  }
  return [...last.values()];
}

function keyOf(change: StateChange): string {
  switch (change.kind) {
    case "put":
    case "delete":
      return change.key;
    case "timer":
      return timerKey(change.timer.id);
    case "timer-clear":
      return timerKey(change.id);
  }
}

/** No key of an entry begins like this. */
function timerKey(id: string): string {
  return `\0timer ${id}`;
}
