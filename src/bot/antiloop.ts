import type { Antiloop } from "./ports.ts";

/** A person reads before he answers; what comes back sooner was probably not typed. */
const REFLEX_MS = 1_000;

/** Who answers slower than that may say the same so many times more often. */
const PATIENCE = 4;

/** What is quoted has to be so long, or any short word would count. */
const QUOTE_CHARS_MIN = 8;

const PARTIES_KEPT = 1_000;

interface Party {
  readonly said: { readonly text: string; readonly atMs: number; readonly isReflex: boolean }[];
  lastSent: { readonly text: string; readonly atMs: number } | undefined;
  /** Not heard until it has been still for a whole window. */
  isBroken: boolean;
}

/**
 * Notices that the bot and somebody who is a program, too, answer each other without end, on a network that cannot mark what
 * programs write: the same text again and again (numbers aside, as in error messages), or what the bot said itself.
 */
export class LoopGuard {
  readonly #antiloop: Antiloop;
  readonly #parties = new Map<string, Party>();

  constructor(antiloop: Antiloop) {
    this.#antiloop = antiloop;
  }

  sent(to: string, text: string, nowMs: number): void {
    const party = this.#parties.get(to);
    if (party !== undefined) party.lastSent = { text: essence(text), atMs: nowMs };
  }

  /** `broken` the first time that a message is one too many, `silent` for those after it. */
  heard(from: string, text: string, nowMs: number): "fine" | "broken" | "silent" {
    const { repeats, windowMs } = this.#antiloop;
    if (this.#parties.size > PARTIES_KEPT) this.#forget(nowMs);
    const party = this.#parties.get(from) ?? { said: [], lastSent: undefined, isBroken: false };
    this.#parties.set(from, party);
    const lastMs = party.said.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    if (nowMs - lastMs >= windowMs) party.isBroken = false;
    while ((party.said[0]?.atMs ?? nowMs) <= nowMs - windowMs) party.said.shift();

    const { lastSent } = party;
    const plain = essence(text);
    const isQuote =
      lastSent !== undefined && lastSent.text.length >= QUOTE_CHARS_MIN && plain.includes(lastSent.text);
    const isReflex = lastSent !== undefined && nowMs - lastSent.atMs < REFLEX_MS;
    party.said.push({ text: isQuote ? "\0quote" : plain, atMs: nowMs, isReflex });
    if (party.said.length > repeats * PATIENCE * 4) party.said.shift();
    if (party.isBroken) return "silent";

    const same = party.said.filter((one) => one.text === (isQuote ? "\0quote" : plain));
    const reflexes = same.filter((one) => one.isReflex).length;
    if (reflexes <= repeats && same.length <= repeats * PATIENCE) return "fine";
    party.isBroken = true;
    return "broken";
  }

  #forget(nowMs: number): void {
    for (const [nick, { said }] of this.#parties) {
      if (nowMs - (said.at(-1)?.atMs ?? 0) >= this.#antiloop.windowMs) this.#parties.delete(nick);
    }
  }
}

function essence(text: string): string {
  return text.trim().toLowerCase().replace(/\d+/g, "0");
}
