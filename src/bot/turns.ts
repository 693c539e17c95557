/** One message of each sender at a time: the next one waits for the end of the turn of the one before. */
export class Turns<Message> {
  readonly #begin: (message: Message) => void;
  /** By sender who has a turn, what waits for its end. */
  readonly #waiting = new Map<string, Message[]>();

  constructor(begin: (message: Message) => void) {
    this.#begin = begin;
  }

  add(from: string, message: Message): void {
    const waiting = this.#waiting.get(from);
    if (waiting !== undefined) {
      waiting.push(message);
      return;
    }
    this.#waiting.set(from, []);
    this.#begin(message);
  }

  end(from: string): void {
    const next = this.#waiting.get(from)?.shift();
    if (next === undefined) this.#waiting.delete(from);
    else this.#begin(next);
  }
}
