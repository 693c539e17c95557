import { keyedHash } from "../../net/keys.ts";
import { type Address, formatAddress } from "../../protocol/address.ts";

/**
 * Cookies that show that who sends from an address also receives there. The server keeps nothing for them: a cookie is
 * the second in which it was given out and a keyed hash of that and the address (as RFC 9000 §8.1.4 does with tokens).
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
    if (bytes.length !== 4 + HASH_BYTES) return false;
    const second = bytes.readUInt32BE();
    const ageMs = nowMs - second * 1_000;
    return ageMs >= 0 && ageMs <= COOKIE_LIFETIME_MS && this.#cookie(address, second) === cookie;
  }

  #cookie(address: Address, second: number): string {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(second % 2 ** 32);
    const hash = keyedHash(this.#key, `${second} ${formatAddress(address)}`);
    return Buffer.concat([head, hash.subarray(0, HASH_BYTES)]).toString("base64url");
  }
}

/** Longer than a client's patience with a register that is lost again and again. */
const COOKIE_LIFETIME_MS = 30_000;

/** Of 32: so the challenge, with 40 bytes, is shorter than three times the shortest request for it. */
const HASH_BYTES = 12;
