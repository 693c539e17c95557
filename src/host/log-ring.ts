import type { LogRecord } from "./log-record.ts";

/** So many lines of each bot can be asked for afterwards, and of the host itself, */
const RECORDS_MAX = 2_000;
/** as long as they are no longer than this together. */
const CHARS_MAX = 262_144;

interface Kept {
  /** Its place among all lines of the host. */
  readonly number: number;
  readonly record: LogRecord;
  readonly chars: number;
}

/** The newest lines of a host's log, and whoever follows it. A bot that writes much pushes out its own lines alone. */
export class LogRing {
  readonly #shares = new Map<string | undefined, Share>();
  readonly #followers = new Set<(record: LogRecord) => void>();
  #count = 0;

  add(record: LogRecord): void {
    let share = this.#shares.get(record.bot);
    if (share === undefined) {
      share = new Share();
      this.#shares.set(record.bot, share);
    }
    share.add({ number: this.#count++, record, chars: charsOf(record) });
    for (const follow of this.#followers) follow(record);
  }

  /** The last `lines` of all bots or of one, oldest first. */
  recent(bot: string | undefined, lines: number): readonly LogRecord[] {
    const shares = bot === undefined ? [...this.#shares.values()] : [this.#shares.get(bot)];
    const newest = shares.flatMap((share) => share?.newest(lines) ?? []);
    if (shares.length > 1) newest.sort((a, b) => a.number - b.number);
    return lines <= 0 ? [] : newest.slice(-lines).map(({ record }) => record);
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

/** The newest lines of one. */
class Share {
  #kept: Kept[] = [];
  /** Before it there is nothing any more. */
  #first = 0;
  #chars = 0;

  add(kept: Kept): void {
    this.#kept.push(kept);
    this.#chars += kept.chars;
    while (this.#kept.length - this.#first > RECORDS_MAX || this.#chars > CHARS_MAX) {
      this.#chars -= this.#kept[this.#first]?.chars ?? 0;
      this.#first += 1;
    }
    if (this.#first * 2 < this.#kept.length) return;
    this.#kept = this.#kept.slice(this.#first);
    this.#first = 0;
  }

  newest(count: number): readonly Kept[] {
    return count <= 0 ? [] : this.#kept.slice(Math.max(this.#first, this.#kept.length - count));
  }
}

/** About; it is added up for each line there is. */
function charsOf({ message, fields }: LogRecord): number {
  return Object.values(fields).reduce((sum: number, value) => {
    if (typeof value === "string") return sum + value.length;
    return sum + (typeof value === "object" ? JSON.stringify(value).length : 8);
  }, message.length);
}
