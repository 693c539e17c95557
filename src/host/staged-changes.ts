import type { StateChange } from "../bot/state.ts";

/** How much may be staged by handlers that are not done: several times what a store holds. */
const CHARS_MAX = 16 * 1_048_576;

/** What the handlers of one process changed and are not done with, in its order. */
export class StagedChanges {
  #staged: { readonly event: string; readonly change: StateChange; readonly chars: number }[] = [];
  #chars = 0;

  /** False when it is more than a process may stage. */
  add(event: string, change: StateChange): boolean {
    const chars = JSON.stringify(change).length;
    this.#staged.push({ event, change, chars });
    this.#chars += chars;
    return this.#chars <= CHARS_MAX;
  }

  /** Takes out what was staged for these events. */
  take(events: readonly string[]): StateChange[] {
    const wanted = new Set(events);
    const taken = this.#staged.filter(({ event }) => wanted.has(event));
    if (taken.length === 0) return [];
    this.#staged = this.#staged.filter(({ event }) => !wanted.has(event));
    for (const { chars } of taken) this.#chars -= chars;
    return taken.map(({ change }) => change);
  }
}
