import type { LogRecord } from "./log-record.ts";

/** So many lines can be asked for afterwards. */
const RECORDS_MAX = 2_000;

/** The newest lines of a host's log, and whoever follows it. */
export class LogRing {
  #records: LogRecord[] = [];
  readonly #followers = new Set<(record: LogRecord) => void>();

  add(record: LogRecord): void {
    this.#records.push(record);
    if (this.#records.length > 2 * RECORDS_MAX) this.#records = this.#records.slice(-RECORDS_MAX);
    for (const follow of this.#followers) follow(record);
  }

  /** The last `lines` of all bots or of one, oldest first. */
  recent(bot: string | undefined, lines: number): readonly LogRecord[] {
    const wanted = bot === undefined ? this.#records : this.#records.filter((record) => record.bot === bot);
    return lines <= 0 ? [] : wanted.slice(-Math.min(lines, RECORDS_MAX));
  }

  /** Returns a function that ends it. */
  follow(bot: string | undefined, listener: (record: LogRecord) => void): () => void {
    const follow = (record: LogRecord) => {
      if (bot === undefined || record.bot === bot) listener(record);
    };
    this.#followers.add(follow);
    return () => this.#followers.delete(follow);
  }
}
