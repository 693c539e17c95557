import { keyedHash } from "../../net/keys.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";

/**
 * Cookies that show that who sends from an address also receives there. The server keeps nothing for them: a cookie is
 * the second in which it was given out, as one byte, and a keyed hash of that and the address (as RFC 9000 §8.1.4 does with tokens).
 */
export class Cookies {
  readonly #key: Uint8Array;

  /** @param key 32 random bytes; another key makes all cookies of the former one invalid. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(address: Address, nowMs: number): string {
    return this.#cookie(address, Math.floor(nowMs / 1_000));
  }

  isValid(cookie: string, address: Address, nowMs: number): boolean {
    const bytes = Buffer.from(cookie, "base64url");
    const [head] = bytes;
    if (head === undefined || bytes.length !== 1 + HASH_BYTES) return false;
    const nowSecond = Math.floor(nowMs / 1_000);
    // The latest second that ends so; any other is too long ago.
    const second = nowSecond - ((((nowSecond - head) % SECONDS) + SECONDS) % SECONDS);
    return nowMs - second * 1_000 <= COOKIE_LIFETIME_MS && this.#cookie(address, second) === cookie;
  }

  #cookie(address: Address, second: number): string {
    const hash = keyedHash(this.#key, `${second} ${formatAddress(address)}`);
    return Buffer.from([second, ...hash.subarray(0, HASH_BYTES)]).toString("base64url");
  }
}

/** Longer than a client's patience with a register that is lost again and again. */
const COOKIE_LIFETIME_MS = 30_000;

/** A cookie names the last byte of its second: that tells more of them apart than it lives. */
const SECONDS = 256;

/**
 * Of 32: so the challenge, with its checksum, has 45 bytes, three times the shortest request for it. Nobody tries 2^79 of them
 * in 30 s, at the rate of a stranger.
 */
const HASH_BYTES = 10;
