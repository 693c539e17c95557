import type { Instant } from "../../net/network.ts";
import { type Address, sameAddress } from "../../protocol/address.ts";
import { earliest } from "../../protocol/earliest.ts";
import { encodePeerPacket } from "../../protocol/v1/index.ts";
import { encodePacket, type MessagePacket, type ServerPacket } from "../../protocol/v2/index.ts";
import type { ReceivedMessage } from "../api.ts";
import type { SessionTransmit } from "../session.ts";
import { Strangers } from "../strangers.ts";
import { Inbox } from "./inbox.ts";
import { isIntroduced } from "./introductions.ts";
import { SignatureChecks } from "./signature-checks.ts";
import type { VersionedTable } from "./table.ts";
import { UnknownSenders } from "./unknown-senders.ts";

/** What the reception needs of the session around it. */
export interface ReceptionContext {
  readonly nick: string;
  readonly table: VersionedTable;
  /** Asks the server who that is; `handleLookedUp` tells when it has answered. */
  lookUp(nick: string, nowMs: number): void;
  /** Asks the server for what is new in the table. */
  askForTable(nowMs: number): void;
  show(message: ReceivedMessage): void;
  transmit(transmit: SessionTransmit): void;
  ignore(reason: string, from: Address): void;
}

/**
 * Takes messages in: sees that they are of whom they say, shows each once whichever way it came, and acknowledges it.
 */
export class Reception {
  readonly #context: ReceptionContext;
  readonly #inbox = new Inbox();
  readonly #unknownSenders = new UnknownSenders();
  readonly #signatureChecks = new SignatureChecks();
  /** Of v1 peers, whose messages do not say whose they are. */
  readonly #strangers = new Strangers();

  constructor(context: ReceptionContext) {
    this.#context = context;
  }

  /** True while somebody is asked after. */
  get busy(): boolean {
    return !this.#strangers.empty || this.#unknownSenders.pollTimeout() !== undefined;
  }

  /** A message that the server kept: shown once. The caller acknowledges it in any case. */
  handleMail({ from, text, sentAtMs, auto, id }: Extract<ServerPacket, { kind: "mail" }>): void {
    if (this.#inbox.novelty(from, id) === "seen") return;
    this.#inbox.note(from, id);
    this.#context.show({
      kind: "message",
      from,
      text,
      saved: true,
      sentAtMs,
      auto,
      id: this.#inbox.idText(from, id),
    });
  }

  handleMessage(packet: MessagePacket, from: Address, at: Instant): void {
    const { nick, table } = this.#context;
    const contact = table.contacts.get(packet.from);
    if (packet.to !== nick) {
      this.#context.ignore("NOT_THE_RECIPIENT", from);
    } else if (contact?.protocol === 2 && sameAddress(contact.address, from)) {
      this.#accept(packet, from, at);
    } else if (this.#unknownSenders.add({ packet, from, dateMs: at.dateMs }, at.nowMs)) {
      this.#context.lookUp(packet.from, at.nowMs);
    } else {
      this.#context.ignore("UNKNOWN_SENDER", from);
    }
  }

  handleV1Message(text: string, from: Address, at: Instant): void {
    const { table } = this.#context;
    const sender = table.nickAt(from);
    if (sender !== undefined && table.contacts.get(sender)?.protocol === 1) {
      this.#acceptV1(from, sender, text, at.dateMs);
    } else if (sender !== undefined) {
      // Who speaks v2 does not speak v1 with us: somebody speaks in his name.
      this.#context.ignore("WRONG_DIALECT", from);
    } else if (this.#strangers.add({ from, text, dateMs: at.dateMs }, at.nowMs)) {
      this.#context.askForTable(at.nowMs);
    } else {
      this.#context.ignore("UNKNOWN_SENDER", from);
    }
  }

  /** The table changed: somebody who was asked after may be in it. */
  handleTable(nowMs: number): void {
    const { table } = this.#context;
    for (const { packet, from, dateMs } of this.#unknownSenders.takeConfirmed(table.contacts)) {
      this.#accept(packet, from, { nowMs, dateMs });
    }
    for (const { sender, from, text, dateMs } of this.#strangers.takeKnown((at) => table.nickAt(at))) {
      if (table.contacts.get(sender)?.protocol === 1) this.#acceptV1(from, sender, text, dateMs);
      else this.#context.ignore("WRONG_DIALECT", from);
    }
  }

  /** The server has said where that is, or that it is nobody; call `handleTable` before. */
  handleLookedUp(nick: string): void {
    for (const { from } of this.#unknownSenders.takeForged(nick)) this.#context.ignore("FORGED_SENDER", from);
  }

  handleTimeout(nowMs: number): void {
    this.#unknownSenders.handleTimeout(nowMs);
    for (const { from } of this.#strangers.takeOverdue(nowMs)) this.#context.ignore("UNKNOWN_SENDER", from);
  }

  pollTimeout(): number | undefined {
    return earliest(this.#unknownSenders.pollTimeout(), this.#strangers.pollTimeout());
  }

  /** Whoever was asked after does not matter any more. What was received stays known. */
  clear(): void {
    this.#unknownSenders.clear();
    this.#strangers.clear();
  }

  /** What was received in this turn is taken care of. */
  keepTurn(): void {
    this.#inbox.keepTurn();
  }

  /** It is not, and has to come again. */
  forgetTurn(): void {
    this.#inbox.forgetTurn();
  }

  #accept(packet: MessagePacket, from: Address, { nowMs, dateMs }: Instant): void {
    const { id, auto, texts, from: sender } = packet;
    const publicKey = this.#context.table.contacts.get(sender)?.publicKey;
    // An address can be forged; who has never heard of an epoch asks for the signature.
    const isProven = this.#inbox.knows(sender, id.epoch) || publicKey === undefined;
    const needsCheck = !isProven && packet.signature !== undefined;
    if (needsCheck && !this.#signatureChecks.take(sender, nowMs)) {
      this.#context.ignore("TOO_MANY_SIGNATURES", from);
      return;
    }
    if (!isProven && !isIntroduced(packet, publicKey)) {
      this.#context.ignore("NOT_INTRODUCED", from);
      return;
    }
    let last = id;
    let isReceived = false;
    let isRepeat = true;
    for (const [index, text] of texts.entries()) {
      last = { epoch: id.epoch, seq: id.seq + index };
      const novelty = this.#inbox.novelty(sender, last);
      isReceived = novelty !== "late";
      if (novelty !== "new") continue;
      isRepeat = false;
      this.#inbox.note(sender, last);
      const message = { kind: "message", from: sender, text, saved: false, auto } as const;
      this.#context.show({ ...message, sentAtMs: dateMs, id: this.#inbox.idText(sender, last) });
    }
    // What a newer one has overtaken was given up by its sender, or comes through the server.
    if (isReceived) {
      this.#context.transmit({ to: from, bytes: encodePacket({ kind: "ack", id: last }), isRepeat });
    } else this.#context.ignore("OVERTAKEN", from);
  }

  #acceptV1(from: Address, sender: string, text: string, dateMs: number): void {
    const message = { kind: "message", from: sender, text, saved: false, auto: false } as const;
    this.#context.show({ ...message, sentAtMs: dateMs });
    this.#context.transmit({ to: from, bytes: encodePeerPacket({ kind: "ack" }) });
  }
}
