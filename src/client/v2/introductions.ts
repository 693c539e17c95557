import { type Identity, isSignedBy } from "../../net/keys.ts";
import { type Address, sameAddress } from "../../protocol/address.ts";
import { introductionText, type MessagePacket } from "../../protocol/v2/index.ts";
import type { OutgoingMessage } from "../session.ts";

/**
 * Makes the messages that go to peers, and shows with a signature that their epoch is this client's. Later ones are
 * known by the epoch, which nobody can guess who does not read along; so it is signed until the recipient has acknowledged one,
 * and in every repetition, for he may have been started anew and know nothing.
 */
export class Introductions {
  readonly #nick: string;
  readonly #identity: Identity;
  /** Where each epoch, of which every recipient has one of his own, was acknowledged last. */
  readonly #acknowledged = new Map<number, Address>();

  constructor({ nick, identity }: { readonly nick: string; readonly identity: Identity }) {
    this.#nick = nick;
    this.#identity = identity;
  }

  /** @param messages which follow each other and are of one kind. */
  messageOf(
    messages: readonly [OutgoingMessage, ...OutgoingMessage[]],
    to: { readonly address: Address; readonly isRepeat: boolean },
  ): MessagePacket {
    const [{ to: recipient, id, auto }] = messages;
    const acknowledgedAt = this.#acknowledged.get(id.epoch);
    const isKnown = acknowledgedAt !== undefined && sameAddress(acknowledgedAt, to.address) && !to.isRepeat;
    return {
      kind: "message",
      id,
      from: this.#nick,
      to: recipient,
      auto,
      signature: isKnown ? undefined : this.#identity.sign(introductionText(this.#nick, recipient, id.epoch)),
      texts: messages.map((message) => message.text),
    };
  }

  /** Whoever is at that address knows the epoch. */
  handleAck(from: Address, epoch: number): void {
    this.#acknowledged.set(epoch, from);
    if (this.#acknowledged.size <= ACKNOWLEDGED_MAX) return;
    const [oldest] = this.#acknowledged.keys();
    if (oldest !== undefined) this.#acknowledged.delete(oldest);
  }
}

/** True when the owner of the key says that the epoch of this message is his. */
export function isIntroduced({ from, to, id, signature }: MessagePacket, publicKey: string): boolean {
  return signature !== undefined && isSignedBy(publicKey, signature, introductionText(from, to, id.epoch));
}

/** Who is forgotten is shown the signature again. */
const ACKNOWLEDGED_MAX = 1_000;
