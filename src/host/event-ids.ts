/**
 * What a delivery is called in logs, on the pipe, and to a sender who is told that something went wrong: the bot's nickname
 * and the number in the journal. News, which are in no journal, are counted apart.
 */
export class EventIds {
  readonly #nick: string;
  #lastNews = 0;

  constructor(nick: string) {
    this.#nick = nick;
  }

  of(delivery: number): string {
    return `${this.#nick}-${delivery}`;
  }

  /** The delivery; `undefined` for news, and for what is no id of this bot's. */
  deliveryOf(event: string | undefined): number | undefined {
    if (event?.startsWith(`${this.#nick}-`) !== true) return undefined;
    const digits = event.slice(this.#nick.length + 1);
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
  }

  deliveriesOf(events: readonly string[]): readonly number[] {
    return events.map((event) => this.deliveryOf(event)).filter((id) => id !== undefined);
  }

  nextNews(): string {
    this.#lastNews += 1;
    return `${this.#nick}-n${this.#lastNews}`;
  }
}
