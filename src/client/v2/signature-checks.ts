/**
 * Bounds how many signatures are looked at, of each peer and in all: one takes a tenth of a millisecond, and whoever can forge a
 * peer's address can send as many as he likes, under ever other epochs. A peer whose epoch is known needs none; one whose epoch is new
 * finds the way through the server when his are drowned in a flood, and mail makes the epoch known.
 */
export class SignatureChecks {
  readonly #all: Bucket = { tokens: CHECKS_PER_SECOND, filledMs: Number.NEGATIVE_INFINITY };
  /** By nickname, the one that was quiet longest first. */
  readonly #peers = new Map<string, Bucket>();

  /** True when one of this peer may be looked at now. */
  take(nick: string, nowMs: number): boolean {
    const known = this.#peers.get(nick);
    const peer = known ?? { tokens: PEER_CHECKS_PER_SECOND, filledMs: nowMs };
    fill(peer, PEER_CHECKS_PER_SECOND, nowMs);
    fill(this.#all, CHECKS_PER_SECOND, nowMs);
    if (peer.tokens < 1 || this.#all.tokens < 1) return false;
    peer.tokens -= 1;
    this.#all.tokens -= 1;
    this.#peers.delete(nick);
    this.#peers.set(nick, peer);
    this.#forgetQuiet(nowMs);
    return true;
  }

  /** Peers whose checks are counted. */
  get size(): number {
    return this.#peers.size;
  }

  /** Their buckets are full, as a new one is. Two for each that comes: so they never become many. */
  #forgetQuiet(nowMs: number): void {
    let left = 2;
    for (const [nick, { filledMs }] of this.#peers) {
      if (left === 0 || nowMs < filledMs + 1_000) return;
      this.#peers.delete(nick);
      left -= 1;
    }
  }
}

/** Holds one second's worth. */
interface Bucket {
  tokens: number;
  filledMs: number;
}

function fill(bucket: Bucket, ratePerSecond: number, nowMs: number): void {
  const { tokens, filledMs } = bucket;
  bucket.tokens = Math.min(ratePerSecond, tokens + ((nowMs - filledMs) / 1_000) * ratePerSecond);
  bucket.filledMs = nowMs;
}

/** An honest peer needs one for each of his starts, and a few more while his first acknowledgement is lost. */
const PEER_CHECKS_PER_SECOND = 10;

/** All together take a tenth of the time. */
const CHECKS_PER_SECOND = 1_000;
