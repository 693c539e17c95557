import { inWords, type Limit, readLimit } from "./duration.ts";

/** Beyond so many senders, those whose windows have passed are forgotten. */
const SENDERS_KEPT = 1_000;

/** Counts how often each sender calls, in a sliding window. */
export class RateLimit {
  readonly #count: number;
  readonly #perMs: number;
  readonly #calls = new Map<string, { times: number[]; isTold: boolean }>();

  /** @throws {TypeError} when it is no limit. */
  constructor(limit: Limit) {
    const { count, perMs } = readLimit(limit);
    this.#count = count;
    this.#perMs = perMs;
  }

  /** Counts a call. `undefined`: it may go on; else what to tell the sender, which is nothing the second time. */
  call(nick: string, nowMs: number): { readonly tell: string | undefined } | undefined {
    if (this.#calls.size > SENDERS_KEPT) this.#forget(nowMs);
    const own = this.#calls.get(nick) ?? { times: [], isTold: false };
    this.#calls.set(nick, own);
    own.times = own.times.filter((time) => nowMs - time < this.#perMs);
    const [oldest] = own.times;
    if (own.times.length < this.#count || oldest === undefined) {
      own.times.push(nowMs);
      own.isTold = false;
      return undefined;
    }
    if (own.isTold) return { tell: undefined };
    own.isTold = true;
    return { tell: `That was too often. Try again in ${inWords(oldest + this.#perMs - nowMs)}.` };
  }

  #forget(nowMs: number): void {
    for (const [nick, { times }] of this.#calls) {
      if (nowMs - (times.at(-1) ?? 0) >= this.#perMs) this.#calls.delete(nick);
    }
  }
}
