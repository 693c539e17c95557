import type { ChatClient, MessageId, Receipt } from "../client/api.ts";
import type { Clock } from "../net/network.ts";
import { type Rate, TokenBucket } from "../protocol/token-bucket.ts";
import type { BotJournal, StoredReply } from "../store/journal.ts";

/** One message of the bot's. */
export interface Outgoing {
  readonly to: string;
  readonly text: string;
  /** For which delivery it is sent, and as its how-manieth; `undefined` outside of any. */
  readonly of: { readonly delivery: number; readonly ordinal: number } | undefined;
  /** The sender of that delivery's message. */
  readonly asker: string | undefined;
}

export interface RepliesOptions {
  readonly journal: BotJournal;
  readonly clock: Clock;
  /** What the bot may send beside a few answers to each message. */
  readonly output: Rate;
}

/** So many answers to a message's sender are free: whoever asks more is stopped by the flood guard. */
const FREE_ANSWERS = 4;

/**
 * Sends what a bot sends, each once.
 *
 * A message that a handler sends is written down under its id before it goes out. When the handler is repeated after a crash,
 * its nth message is the one that was the nth before: it has its receipt already, or is still under way. What had no receipt
 * when the host died goes out again under the same id, before anything new, and the recipient recognises it.
 */
export class Replies {
  readonly #options: RepliesOptions;
  readonly #bucket: TokenBucket;
  readonly #underWay = new Map<string, Promise<Receipt>>();
  #client: ChatClient | undefined;

  constructor(options: RepliesOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.output, options.clock.nowMs());
  }

  /** From now on messages go out through this client, those first that an earlier life of the host left behind. */
  attach(client: ChatClient): void {
    this.#client = client;
    for (const reply of this.#options.journal.openReplies()) {
      const key = keyOf(reply.delivery, reply.ordinal);
      const id = reply.wireId === undefined ? undefined : (JSON.parse(reply.wireId) as MessageId);
      if (!this.#underWay.has(key)) this.#follow(key, reply, this.#transmit(reply.to, reply.text, id));
    }
  }

  async send(outgoing: Outgoing): Promise<Receipt> {
    if (this.#client === undefined)
      return failed("NOT_REGISTERED", "the bot's set-up runs before its nickname is registered");
    const { of } = outgoing;
    if (of === undefined) {
      await this.#throttle(outgoing);
      return this.#sendUnrecorded(outgoing);
    }
    const key = keyOf(of.delivery, of.ordinal);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const before = this.#options.journal.reply(of.delivery, of.ordinal);
    if (before?.receipt !== undefined) return JSON.parse(before.receipt) as Receipt;
    const waitMs = this.#waitMs(outgoing);
    const sending =
      waitMs === 0 ? this.#record(outgoing, of) : this.#pause(waitMs).then(() => this.#record(outgoing, of));
    return this.#follow(key, of, sending);
  }

  #follow(
    key: string,
    { delivery, ordinal }: Pick<StoredReply, "delivery" | "ordinal">,
    sending: Promise<Receipt>,
  ): Promise<Receipt> {
    const followed = sending.then((receipt) => {
      this.#underWay.delete(key);
      // Cut off by the end of the host: the next one sends it again.
      const isOpen = receipt.kind === "failed" && receipt.reason === "CLOSED";
      if (!isOpen) this.#options.journal.setReceipt(delivery, ordinal, JSON.stringify(receipt));
      return receipt;
    });
    this.#underWay.set(key, followed);
    return followed;
  }

  #record(
    { to, text }: Outgoing,
    { delivery, ordinal }: { readonly delivery: number; readonly ordinal: number },
  ): Promise<Receipt> {
    const id = this.#client?.newMessageId(to);
    const wireId = id && JSON.stringify(id);
    return new Promise((resolve) => {
      this.#options.journal.addReply({ delivery, ordinal, to, text, wireId }, (error) => {
        resolve(
          error === undefined
            ? this.#transmit(to, text, id)
            : failed("ABORTED", `it could not be written down: ${error.message}`),
        );
      });
    });
  }

  /** In its turn after those that wait to be written down, so that ids go out in their order. */
  #sendUnrecorded({ to, text }: Outgoing): Promise<Receipt> {
    const id = this.#client?.newMessageId(to);
    return new Promise((resolve) => {
      this.#options.journal.afterCommit(() => resolve(this.#transmit(to, text, id)));
    });
  }

  #transmit(to: string, text: string, id: MessageId | undefined): Promise<Receipt> {
    if (this.#client === undefined) return Promise.resolve(failed("CLOSED", "the host has no connection"));
    return this.#client.send(to, text, { auto: true, ...(id !== undefined && { id }) });
  }

  #waitMs({ to, asker, of }: Outgoing): number {
    const isFree = to === asker && of !== undefined && of.ordinal < FREE_ANSWERS;
    return isFree ? 0 : this.#bucket.borrow(this.#options.clock.nowMs());
  }

  async #throttle(outgoing: Outgoing): Promise<void> {
    const waitMs = this.#waitMs(outgoing);
    if (waitMs > 0) await this.#pause(waitMs);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(ms, resolve));
  }
}

function keyOf(delivery: number, ordinal: number): string {
  return `${delivery}/${ordinal}`;
}

function failed(reason: "NOT_REGISTERED" | "ABORTED" | "CLOSED", detail: string): Receipt {
  return { kind: "failed", reason, detail, attempts: 0 };
}
