/** Things that are due at times, earliest first; what is due at the same time leaves in the order it came. */
export class DueQueue<T> {
  /** A binary heap. Every entry knows its place in it, so that taking one out early leaves nothing behind. */
  readonly #heap: HeapEntry<T>[] = [];
  #pushed = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; `undefined` when there is none. */
  get nextDueMs(): number | undefined {
    return this.#heap[0]?.dueMs;
  }

  push(dueMs: number, value: T): DueEntry<T> {
    const entry = { dueMs, value, sequence: this.#pushed++, index: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Takes the first out if it is due; `undefined` when nothing is. Without a time, whenever it is due. */
  pop(nowMs = Number.POSITIVE_INFINITY): T | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.remove(first);
    return first.value;
  }

  /** Does nothing when the entry has left the queue already. */
  remove(entry: DueEntry<T>): void {
    const place = this.#heap[entry.index];
    const last = this.#heap.at(-1);
    if (place !== entry || last === undefined) return;
    this.#heap.pop();
    if (last === place) return;
    this.#put(last, place.index);
    this.#rise(last);
    this.#sink(last);
  }

  #rise(entry: HeapEntry<T>): void {
    for (;;) {
      const parent = entry.index === 0 ? undefined : this.#heap[(entry.index - 1) >> 1];
      if (parent === undefined || isBefore(parent, entry)) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: HeapEntry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.index + 1];
      const right = this.#heap[2 * entry.index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(entry, child)) return;
      this.#swap(entry, child);
    }
  }

  #swap(a: HeapEntry<T>, b: HeapEntry<T>): void {
    const index = a.index;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(entry: HeapEntry<T>, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

/** The receipt of a push, for taking the thing out before it is due. */
export interface DueEntry<T> {
  readonly dueMs: number;
  readonly value: T;
  readonly index: number;
}

interface HeapEntry<T> extends DueEntry<T> {
  readonly sequence: number;
  index: number;
}

function isBefore(a: HeapEntry<unknown>, b: HeapEntry<unknown>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.sequence < b.sequence);
}
