import { type Rate, TokenBucket } from "../protocol/token-bucket.ts";

/** So many senders are remembered; beyond that those who have been still longest are forgotten first. */
const SENDERS_MAX = 10_000;

/** How often one sender is told that he asks too much. */
const NOTICE_MS = 60_000;

/** How often the operator is told of one sender. */
const REPORT_MS = 1_000;

interface Sender {
  readonly bucket: TokenBucket;
  noticeMs: number;
  reportMs: number;
  leftOut: number;
}

export type FloodVerdict =
  | { readonly kind: "fine" }
  /** Too much. `leftOut` is above 0 when it is time to report, and `notice` says whether the sender should be told. */
  | { readonly kind: "flood"; readonly leftOut: number; readonly notice: boolean };

/** What each sender may ask of one bot. */
export class FloodGuard {
  readonly #rate: Rate;
  readonly #senders = new Map<string, Sender>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  check(name: string, nowMs: number): FloodVerdict {
    const sender = this.#senderOf(name, nowMs);
    if (sender.bucket.take(nowMs)) return { kind: "fine" };
    sender.leftOut += 1;
    if (nowMs - sender.reportMs < REPORT_MS) return { kind: "flood", leftOut: 0, notice: false };
    const { leftOut } = sender;
    sender.leftOut = 0;
    sender.reportMs = nowMs;
    const notice = nowMs - sender.noticeMs >= NOTICE_MS;
    if (notice) sender.noticeMs = nowMs;
    return { kind: "flood", leftOut, notice };
  }

  #senderOf(name: string, nowMs: number): Sender {
    const long = Number.NEGATIVE_INFINITY;
    const sender = this.#senders.get(name) ?? {
      bucket: new TokenBucket(this.#rate, nowMs),
      noticeMs: long,
      reportMs: long,
      leftOut: 0,
    };
    // The map's order is that of their last messages.
    this.#senders.delete(name);
    this.#senders.set(name, sender);
    const [oldest] = this.#senders.keys();
    if (this.#senders.size > SENDERS_MAX && oldest !== undefined) this.#senders.delete(oldest);
    return sender;
  }
}
