import { TokenBucket } from "../../protocol/token-bucket.ts";

/**
 * Bounds how many signatures are looked at, of each peer and in all: one takes a tenth of a millisecond, and whoever can forge a
 * peer's address can send as many as he likes, under ever other epochs. A peer whose epoch is known needs none; one whose epoch is new
 * finds the way through the server when his are drowned in a flood, and mail makes the epoch known.
 */
export class SignatureChecks {
  #all: TokenBucket | undefined;
  /** By nickname, the one that was quiet longest first. */
  readonly #peers = new Map<string, TokenBucket>();

  /** True when one of this peer may be looked at now. */
  take(nick: string, nowMs: number): boolean {
    this.#all ??= newBucket(CHECKS_PER_SECOND, nowMs);
    const peer = this.#peers.get(nick) ?? newBucket(PEER_CHECKS_PER_SECOND, nowMs);
    if (!peer.has(nowMs) || !this.#all.take(nowMs)) return false;
    peer.take(nowMs);
    this.#peers.delete(nick);
    this.#peers.set(nick, peer);
    this.#forgetQuiet(nowMs);
    return true;
  }

  /** Peers whose checks are counted. */
  get size(): number {
    return this.#peers.size;
  }

  /** Two for each that comes: so they never become many. */
  #forgetQuiet(nowMs: number): void {
    let left = 2;
    for (const [nick, bucket] of this.#peers) {
      if (left === 0 || !bucket.isFull(nowMs)) return;
      this.#peers.delete(nick);
      left -= 1;
    }
  }
}

/** An honest peer needs one for each of his starts, and a few more while his first acknowledgement is lost. */
const PEER_CHECKS_PER_SECOND = 10;

/** All together take a tenth of the time. */
const CHECKS_PER_SECOND = 1_000;

function newBucket(perSecond: number, nowMs: number): TokenBucket {
  return new TokenBucket({ burst: perSecond, perSecond }, nowMs);
}
