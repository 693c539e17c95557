import type { Whereabouts } from "./pipe/whereabouts.ts";

/** Something that was handed to a bot's process. */
interface Item {
  /** What it is, for people, should the process die of it. */
  readonly label: () => string;
  readonly event: string | undefined;
}

/** What a bot's process was handed and has not told to be done with, oldest first. */
export class InHand {
  readonly #items: Item[] = [];
  #drainedCount = 0;

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(label: () => string, event: string | undefined): void {
    this.#items.push({ label, event });
  }

  /** The process is done with the oldest. @param count of how many since its start, as it says @returns whether that can be */
  drained(count: number): boolean {
    const more = count - this.#drainedCount;
    if (more < 1 || more > this.#items.length) return false;
    this.#drainedCount = count;
    this.#items.splice(0, more);
    return true;
  }

  /** What the process was at. It may have got further than it had told of, and be done with what it says it is at. */
  lastSeen({ drainedCount, entered }: Whereabouts): {
    readonly at: Item | undefined;
    readonly entered: Whereabouts["entered"];
  } {
    const ahead = drainedCount - this.#drainedCount;
    return { at: this.#items[Math.max(0, ahead)], entered: ahead < 0 ? undefined : entered };
  }
}
