/** Events that wait for whoever iterates over them. Unread events are kept: reading is the reader's duty. */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #onReturn: () => void;
  #unread: T[] = [];
  #readers: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;

  /** @param onReturn called when the reader leaves the loop before the end. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(event: T): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#unread.push(event);
    else reader({ done: false, value: event });
  }

  /** What is unread can still be read. */
  end(): void {
    this.#ended = true;
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  async next(): Promise<IteratorResult<T>> {
    const [event] = this.#unread;
    if (this.#unread.length > 0 && event !== undefined) {
      this.#unread.shift();
      return { done: false, value: event };
    }
    if (this.#ended) return { done: true, value: undefined };
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  async return(): Promise<IteratorResult<T>> {
    this.#unread = [];
    this.end();
    this.#onReturn();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
