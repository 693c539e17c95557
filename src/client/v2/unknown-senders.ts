import { type Address, sameAddress } from "../../protocol/address.ts";
import type { MessagePacket } from "../../protocol/v2/index.ts";
import type { Contact } from "../api.ts";

/** A message from where the table does not show its sender. */
export interface HeldMessage {
  readonly packet: MessagePacket;
  readonly from: Address;
  readonly dateMs: number;
}

/** Messages whose sender is asked after: he may have registered a moment ago, or moved, or be another. */
export class UnknownSenders {
  #held: (HeldMessage & { readonly deadlineMs: number })[] = [];

  /** False when too many wait already; of copies one is kept. */
  add(message: HeldMessage, nowMs: number): boolean {
    const { packet, from } = message;
    const isCopy = this.#held.some(
      (held) =>
        held.packet.from === packet.from &&
        held.packet.id.seq === packet.id.seq &&
        held.packet.id.epoch === packet.id.epoch &&
        sameAddress(held.from, from),
    );
    if (isCopy) return true;
    if (this.#held.length >= HELD_MAX) return false;
    this.#held.push({ ...message, deadlineMs: nowMs + HOLD_MS });
    return true;
  }

  /** Takes out those whose sender the table shows where they came from, oldest first. */
  takeConfirmed(contacts: ReadonlyMap<string, Contact>): readonly HeldMessage[] {
    const isConfirmed = ({ packet, from }: HeldMessage) => {
      const contact = contacts.get(packet.from);
      return contact?.protocol === 2 && sameAddress(contact.address, from);
    };
    const confirmed = this.#held.filter(isConfirmed);
    if (confirmed.length > 0) this.#held = this.#held.filter((held) => !confirmed.includes(held));
    return confirmed;
  }

  /** Takes out what pretends to be of this sender: the server says that he is elsewhere, or nobody. */
  takeForged(nick: string): readonly HeldMessage[] {
    const forged = this.#held.filter(({ packet }) => packet.from === nick);
    if (forged.length > 0) this.#held = this.#held.filter((held) => !forged.includes(held));
    return forged;
  }

  /** Forgets those that have waited long enough: their senders transmit them again. */
  handleTimeout(nowMs: number): void {
    this.#held = this.#held.filter(({ deadlineMs }) => deadlineMs > nowMs);
  }

  pollTimeout(): number | undefined {
    return this.#held[0]?.deadlineMs;
  }

  clear(): void {
    this.#held = [];
  }
}

const HELD_MAX = 64;
const HOLD_MS = 2_000;
