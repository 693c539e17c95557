import type { StateChange } from "../bot/state.ts";

/** How much may be staged by handlers that are not done: several times what a store holds. */
const CHARS_MAX = 16 * 1_048_576;

interface Staged {
  /** Its place among all that was staged. */
  readonly order: number;
  readonly change: StateChange;
  readonly chars: number;
}

/** What the handlers of one process changed and are not done with, in its order. */
export class StagedChanges {
  readonly #staged = new Map<string, Staged[]>();
  #chars = 0;
  #count = 0;

  /** False when it is more than a process may stage. */
  add(event: string, change: StateChange): boolean {
    const chars = JSON.stringify(change).length;
    const staged = { order: this.#count++, change, chars };
    const others = this.#staged.get(event);
    if (others === undefined) this.#staged.set(event, [staged]);
    else others.push(staged);
    this.#chars += chars;
    return this.#chars <= CHARS_MAX;
  }

  /** Takes out what was staged for these events. */
  take(events: readonly string[]): StateChange[] {
    if (this.#staged.size === 0) return [];
    const taken: Staged[] = [];
    for (const event of events) {
      const staged = this.#staged.get(event);
      if (staged === undefined) continue;
      this.#staged.delete(event);
      for (const one of staged) {
        this.#chars -= one.chars;
        taken.push(one);
      }
    }
    if (events.length > 1) taken.sort((a, b) => a.order - b.order);
    return taken.map(({ change }) => change);
  }
}
