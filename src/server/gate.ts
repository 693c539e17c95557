import { type Address, formatAddress } from "../protocol/address.ts";
import { V2_DATAGRAM_BYTES_GOAL } from "../protocol/limits.ts";
import type { ServerLimits } from "./limits.ts";

/** Who is served in v1, which has no defence against forged source addresses. */
export type V1Policy = "always" | "private" | "never";

/**
 * Decides whether a datagram is looked at, and who is served in v1. Each address has a token bucket that holds one second's worth of datagrams;
 * strangers a small one, registered clients a large one. A datagram is looked at while there is a token, and takes as many as it makes work:
 * one for each {@link V2_DATAGRAM_BYTES_GOAL} bytes, and one for each request that is served besides the first. A bucket can owe some; so what an
 * address may cost is bounded, however it puts it into datagrams. Nothing is answered to a stranger who is refused here: it would only
 * add to the load, or hit whoever's address was forged. A client of v2 may be told, once a second.
 */
export class Gate {
  readonly #policy: V1Policy;
  readonly #limits: ServerLimits;
  /** By address, the one that was quiet longest first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(policy: V1Policy, limits: ServerLimits) {
    this.#policy = policy;
    this.#limits = limits;
  }

  servesV1(from: Address): boolean {
    return this.#policy === "always" || (this.#policy === "private" && isPrivate(from.host));
  }

  /** False when too many come from there. */
  admits(from: Address, { isClient, sizeBytes }: Knock, nowMs: number): boolean {
    const { clientRatePerSecond, strangerRatePerSecond } = this.#limits;
    const ratePerSecond = isClient ? clientRatePerSecond : strangerRatePerSecond;
    const tokens = Math.max(1, Math.ceil(sizeBytes / V2_DATAGRAM_BYTES_GOAL));
    return this.#take(formatAddress(from), ratePerSecond, nowMs, tokens);
  }

  /** The latest datagram from there held so many requests of a client's, and all were served. */
  charge(from: Address, requests: number): void {
    if (requests <= 1) return;
    const bucket = this.#buckets.get(formatAddress(from));
    if (bucket !== undefined) bucket.tokens -= requests - 1;
  }

  /**
   * Registrations have a rate of their own, as a stranger's: one costs as much as a hundred other requests, a signature in v2, a
   * whole table in v1.
   */
  admitsRegistration(from: Address, nowMs: number): boolean {
    return this.#take(`register ${formatAddress(from)}`, this.#limits.strangerRatePerSecond, nowMs, 1);
  }

  /** True at most once a second for an address from which too many come. */
  mayTell(from: Address, nowMs: number): boolean {
    const bucket = this.#buckets.get(formatAddress(from));
    if (bucket === undefined || nowMs < bucket.toldMs + TELL_GAP_MS) return false;
    bucket.toldMs = nowMs;
    return true;
  }

  /** Addresses whose rate is remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Forgets addresses that were quiet for so long that their buckets are full, as a new one is; at most `countMax` of them. */
  forgetQuiet(nowMs: number, countMax = Number.POSITIVE_INFINITY): void {
    let left = countMax;
    for (const [key, bucket] of this.#buckets) {
      if (left <= 0 || nowMs < fullMs(bucket)) return;
      this.#buckets.delete(key);
      left -= 1;
    }
  }

  #take(key: string, ratePerSecond: number, nowMs: number, tokens: number): boolean {
    const known = this.#buckets.get(key);
    const bucket = known ?? {
      tokens: ratePerSecond,
      filledMs: nowMs,
      ratePerSecond,
      toldMs: Number.NEGATIVE_INFINITY,
    };
    // Who has registered since finds the large bucket full.
    if (bucket.ratePerSecond < ratePerSecond) bucket.tokens = ratePerSecond;
    bucket.ratePerSecond = ratePerSecond;
    bucket.tokens = Math.min(
      ratePerSecond,
      bucket.tokens + ((nowMs - bucket.filledMs) * ratePerSecond) / 1_000,
    );
    bucket.filledMs = nowMs;
    if (known === undefined) this.forgetQuiet(nowMs, FORGOTTEN_FOR_ONE_MORE);
    else this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#limits.addressesMax) {
      const [quietest = ""] = this.#buckets.keys();
      this.#buckets.delete(quietest);
    }
    if (bucket.tokens < 1) return false;
    bucket.tokens -= tokens;
    return true;
  }
}

/** What is known of a datagram before it is read. */
export interface Knock {
  /** It comes from where a client is registered. */
  readonly isClient: boolean;
  readonly sizeBytes: number;
}

interface Bucket {
  /** Below 0: owed. */
  tokens: number;
  filledMs: number;
  ratePerSecond: number;
  /** When it was last told that it sends too much. */
  toldMs: number;
}

const TELL_GAP_MS = 1_000;

/** A bucket holds what flows into it in this time. */
const FULL_MS = 1_000;

/** When it is full for sure. */
function fullMs({ filledMs, tokens, ratePerSecond }: Bucket): number {
  return filledMs + FULL_MS * Math.max(1, 1 - tokens / ratePerSecond);
}

/** So the addresses of a flood are forgotten faster than others come. */
const FORGOTTEN_FOR_ONE_MORE = 2;

/**
 * Loopback, private and link-local addresses: RFC 1918 §3, RFC 3927 §2.1, RFC 4193 §3, RFC 4291 §2.4, and
 * IPv4-mapped forms of the first (RFC 4291 §2.5.5.2).
 */
export function isPrivate(host: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host;
  if (mapped.includes(":")) return mapped === "::1" || /^f[cd]|^fe[89ab]/i.test(mapped);
  const [a = 0, b = 0] = mapped.split(".").map(Number);
  return (
    a === 127 ||
    a === 10 ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254)
  );
}
