import type { DurableTimer, StateChange } from "./journal.ts";
import type { JournalStatements } from "./journal-schema.ts";

/** What one bot has stored and which timers it has set, as it is in the tables or will be after the next commit. */
export class StoredState {
  readonly #entries = new Map<string, string>();
  readonly #timers = new Map<string, DurableTimer>();
  #entryChars = 0;
  #timerChars = 0;

  get entries(): ReadonlyMap<string, string> {
    return this.#entries;
  }

  get timers(): ReadonlyMap<string, DurableTimer> {
    return this.#timers;
  }

  /** Of all keys and values together, in UTF-16 units. */
  get entryChars(): number {
    return this.#entryChars;
  }

  /** Of the data of all timers together, in UTF-16 units. */
  get timerChars(): number {
    return this.#timerChars;
  }

  apply(change: StateChange): void {
    switch (change.kind) {
      case "timer": {
        const { id, dueMs, data } = change.timer;
        this.#forgetTimer(id);
        this.#timers.set(id, { id, dueMs: Math.round(dueMs), data });
        this.#timerChars += data.length;
        return;
      }
      case "timer-clear":
        this.#forgetTimer(change.id);
        this.#timers.delete(change.id);
        return;
      case "put":
        this.#forgetEntry(change.key);
        this.#entries.set(change.key, change.json);
        this.#entryChars += change.key.length + change.json.length;
        return;
      case "delete":
        this.#forgetEntry(change.key);
        this.#entries.delete(change.key);
    }
  }

  #forgetTimer(id: string): void {
    this.#timerChars -= this.#timers.get(id)?.data.length ?? 0;
  }

  #forgetEntry(key: string): void {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#entryChars -= key.length + before.length;
  }
}

/** Does in the tables what {@link StoredState} does in memory. */
export function writeChange(statements: JournalStatements, bot: string, change: StateChange): void {
  switch (change.kind) {
    case "put":
      statements.put.run(bot, change.key, change.json);
      return;
    case "delete":
      statements.remove.run(bot, change.key);
      return;
    case "timer-clear":
      statements.clearTimer.run(bot, change.id);
      return;
    case "timer": {
      const { id, dueMs, data } = change.timer;
      statements.setTimer.run(bot, id, Math.round(dueMs), data);
    }
  }
}
