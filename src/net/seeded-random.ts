import type { Random } from "./network.ts";

/**
 * Reproducible randomness: the same parts give the same stream on every machine. Not fit for secrets.
 *
 * The generator is sfc32, "small fast chaotic", from Chris Doty-Humphrey's PractRand 0.93; three of its words
 * are filled from hashes of the parts, the counter starts at 1, and twelve rounds are thrown away, as PractRand does.
 */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param parts What the stream belongs to, e.g. a seed and a name. `(1, "23")` and `(12, "3")` differ. */
  constructor(...parts: readonly (string | number)[]) {
    const text = parts.join("\u0000");
    this.#a = hash32(text, 0x9e3779b9);
    this.#b = hash32(text, 0x85ebca6b);
    this.#c = hash32(text, 0xc2b2ae35);
    for (let round = 0; round < 12; round++) this.#next32();
  }

  next(): number {
    return this.#next32() / 2 ** 32;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next32() >>> 24);
  }

  #next32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over UTF-16 units, finished with MurmurHash3's mixer so that close texts give distant words. */
function hash32(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
