import { isSignedBy, stampOf } from "../../net/keys.ts";
import type { Instant } from "../../net/network.ts";
import { type Address, sameAddress } from "../../protocol/address.ts";
import {
  type ClientPacket,
  decodeDatagram,
  encodePacket,
  encodeStamped,
  type Packet,
  type RefusalCode,
  registrationText,
  type ServerPacket,
} from "../../protocol/v2/index.ts";
import { WireError } from "../../protocol/wire-error.ts";
import type { Admission, AdmissionAnswer, AdmissionRefusal } from "../admission.ts";
import type { RefusalReason } from "../api.ts";
import type { ServerContext } from "../context.ts";
import type { Gate } from "../gate.ts";
import { AMPLIFICATION_MAX } from "../limits.ts";
import type { Liveness } from "../liveness.ts";
import type { Client } from "../registry.ts";
import type { SaveAnswer, SaveRefusal, Saving } from "../saving.ts";
import type { Transmit } from "../turn.ts";
import { Cookies } from "./cookies.ts";
import { rowOf } from "./table-versions.ts";

type SessionPacket = Exclude<ClientPacket, { kind: "register" }>;
type Save = Extract<ClientPacket, { kind: "save" }>;

/**
 * Serves those who speak v2: checks who they are, and passes on what they want. The answers to one datagram share
 * datagrams.
 */
export class V2Desk {
  readonly #context: ServerContext;
  readonly #liveness: Liveness;
  readonly #admission: Admission;
  readonly #saving: Saving;
  readonly #gate: Gate;
  readonly #cookies: Cookies;
  /** Answers to the datagram that is being handled. */
  #replies: ServerPacket[] = [];

  constructor(context: ServerContext, liveness: Liveness, admission: Admission, saving: Saving, gate: Gate) {
    this.#context = context;
    this.#liveness = liveness;
    this.#admission = admission;
    this.#saving = saving;
    this.#gate = gate;
    this.#cookies = new Cookies(context.random.bytes(32));
  }

  /** Somebody who may speak v1 offers to speak v2. Whoever he says he is, it is answered to where he is. */
  handleOffer(from: Address, nowMs: number): void {
    const cookie = this.#cookies.issue(from, nowMs);
    this.#context.turn.transmit(from, [encodePacket({ kind: "challenge", cookie })]);
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    const packets = decodeDatagram(bytes);
    this.#context.turn.begin(() => storageFailed(from, packets));
    this.#replies = [];
    let served = 0;
    // One datagram is one sender's: after a request that does not show who he is the others are not worth the work.
    let isDoubtful = false;
    for (const packet of packets) {
      if (packet instanceof WireError) {
        this.#context.report({ kind: "dropped", reason: packet.code, address: from });
      } else if (packet.kind !== "register" && !isForServer(packet)) {
        this.#context.report({ kind: "dropped", reason: "NOT_FOR_SERVER", address: from });
      } else if (isDoubtful) {
        this.#context.report({ kind: "dropped", reason: "UNPROVEN", address: from });
      } else if (packet.kind === "register") {
        this.#register(from, packet, at.nowMs);
        isDoubtful = true;
      } else if (this.#serve(from, packet, at)) {
        served += 1;
      } else {
        isDoubtful = true;
      }
    }
    this.#gate.charge(from, served);
    this.#answer(from, packets, AMPLIFICATION_MAX * bytes.length);
    this.#replies = [];
  }

  /** More comes from a client than it may send. Nothing of it is read; it is told so, that it waits and does not give up. */
  handleExcess({ address, native }: Client): void {
    if (native === undefined) return;
    this.#context.turn.begin();
    this.#context.tell(address, native.stamp, RATE_LIMITED);
  }

  /** @param bytesMax For those who are not registered there: they may be anybody, and the answer may hit somebody else. */
  #answer(from: Address, packets: readonly (Packet | WireError)[], bytesMax: number): void {
    if (this.#replies.length === 0) return;
    const sender = this.#context.registry.byAddress(from);
    const isKnown = sender?.native !== undefined && sender.presence !== "offline";
    let left = isKnown ? Number.POSITIVE_INFINITY : bytesMax;
    for (const datagram of encodeStamped(stampFor(packets), this.#replies)) {
      left -= datagram.length;
      if (left >= 0) this.#context.turn.transmit(from, [datagram]);
    }
  }

  #register(from: Address, packet: Extract<ClientPacket, { kind: "register" }>, nowMs: number): void {
    const { nick, cookie, publicKey, signature, epoch } = packet;
    const refuse = (code: RefusalCode, reason: RefusalReason, detail: string) => {
      this.#replies.push({ kind: "refused", code, detail, about: undefined });
      this.#context.report({ kind: "refused", request: "register", reason, address: from });
    };
    if (!this.#cookies.isValid(cookie, from, nowMs)) {
      refuse("bad-cookie", "BAD_COOKIE", "The cookie is too old, or was given to another address.");
    } else if (!this.#gate.admitsRegistration(from, nowMs)) {
      this.#context.report({ kind: "dropped", reason: "RATE_LIMITED", address: from });
    } else if (!isSignedBy(publicKey, signature, registrationText(nick, cookie))) {
      refuse("bad-signature", "BAD_SIGNATURE", "The registration is not signed with that key.");
    } else {
      this.#admission.handle(
        { nick, from, native: { publicKey, epoch } },
        nowMs,
        this.#admissionAnswer(from, stampOf(cookie)),
      );
    }
  }

  #admissionAnswer(from: Address, stamp: string): AdmissionAnswer {
    const { begin, tell } = this.#voice(from, stamp, STORAGE_FAILED);
    const registered = (client: Client) => tell(this.#registered(client));
    return {
      begin,
      registered,
      repeated: registered,
      refused: (reason, detail) => {
        tell({ kind: "refused", code: CODES[reason], detail, about: undefined });
        this.#context.report({ kind: "refused", request: "register", reason, address: from });
      },
    };
  }

  #registered({ nick, native, outcome }: Client): ServerPacket {
    const { limits, store, tables } = this.#context;
    return {
      kind: "registered",
      session: native?.session ?? "",
      outcome,
      mailCount: store.mailboxSize(nick).messages,
      tableVersion: tables.v2.versions.version,
      heartbeatMs: limits.heartbeatMs,
    };
  }

  /** False when it comes without a session that was given to that address. */
  #serve(from: Address, packet: SessionPacket, at: Instant): boolean {
    const client = this.#context.registry.bySession(packet.session);
    if (client?.native === undefined || !sameAddress(client.address, from)) {
      this.#context.report({ kind: "dropped", reason: "UNKNOWN_SESSION", address: from });
      // Who asks again to leave has left already.
      this.#replies.push(
        packet.kind === "deregister" ? { kind: "bye" } : { kind: "error", code: "unknown-session" },
      );
      return false;
    }
    this.#liveness.handleProof(client, at.nowMs);
    switch (packet.kind) {
      case "deregister":
        this.#deregister(client, at.nowMs);
        break;
      case "save":
        this.#saving.handle(client, packet, at, this.#saveAnswer(client, client.native.stamp, packet));
        break;
      case "mail-ack":
        this.#liveness.handleMailAck(client, packet.mailId, at.nowMs);
        break;
      case "pong":
        this.#context.tables.v2.handleAck(client, packet.haveVersion);
        break;
      case "delta-ack":
        this.#context.tables.v2.handleAck(client, packet.version);
        break;
      case "sync":
        this.#context.tables.v2.handleSync(client, packet.haveVersion, packet.cursor);
        break;
      case "lookup":
        this.#lookUp(packet.nick);
        break;
    }
    return true;
  }

  #saveAnswer(sender: Client, stamp: string, { to, id }: Save): SaveAnswer {
    const { address } = sender;
    const { versions } = this.#context.tables.v2;
    const about = { to, id };
    const { begin, tell } = this.#voice(address, stamp, { ...STORAGE_FAILED, about });
    const refuse = (code: RefusalCode, reason: RefusalReason, detail: string) => {
      tell({ kind: "refused", code, detail, about });
      this.#context.report({ kind: "refused", request: "save", reason, address });
    };
    return {
      begin,
      saved: () => tell({ kind: "saved", to, id, tableVersion: versions.versionOf(to) }),
      online: (recipient) => tell({ kind: "online", id, row: rowOf(recipient) }),
      unknown: (nick) => refuse("unknown-nick", "UNKNOWN_NICK", nick),
      refused: (reason, detail) => refuse(CODES[reason], reason, detail),
    };
  }

  /**
   * Answers together with the datagram that is being handled; once `begin` was called, for what comes later, by itself.
   *
   * @param failure what to say instead when the store cannot keep what is to be answered.
   */
  #voice(to: Address, stamp: string, failure: ServerPacket) {
    let isLater = false;
    return {
      begin: () => {
        isLater = true;
        this.#context.turn.begin(() => toOne(to, stamp, [failure]));
      },
      tell: (packet: ServerPacket) => {
        if (isLater) this.#context.tell(to, stamp, packet);
        else this.#replies.push(packet);
      },
    };
  }

  #deregister(client: Client, nowMs: number): void {
    const { nick, address } = client;
    this.#replies.push({ kind: "bye" });
    this.#liveness.leave(client, nowMs);
    this.#context.report({ kind: "deregistered", nick, address });
  }

  #lookUp(nick: string): void {
    const client = this.#context.registry.byNick(nick);
    this.#replies.push(
      client === undefined
        ? { kind: "refused", code: "unknown-nick", detail: nick, about: undefined }
        : { kind: "row", row: rowOf(client) },
    );
  }
}

const STORAGE_FAILED = {
  kind: "refused",
  code: "storage-failed",
  detail: "The server cannot keep that now.",
  about: undefined,
} as const satisfies ServerPacket;

const RATE_LIMITED = {
  kind: "refused",
  code: "rate-limited",
  detail: "Too many requests: wait a second.",
  about: undefined,
} as const satisfies ServerPacket;

/** What the reasons are called on the wire. */
const CODES: Readonly<Record<AdmissionRefusal | SaveRefusal, RefusalCode>> = {
  BAD_NICK: "bad-nick",
  NICK_IN_USE: "nick-in-use",
  NICK_OWNED: "nick-owned",
  SERVER_FULL: "server-full",
  // No record has an empty text.
  TEXT_EMPTY: "text-too-long",
  TEXT_TOO_LONG: "text-too-long",
  MAILBOX_FULL: "mailbox-full",
  OVERTAKEN: "overtaken",
};

function isForServer(packet: Packet): packet is SessionPacket {
  return "session" in packet && packet.kind !== "registered";
}

/** Every message of the datagram is told of; what else was asked will be asked again. */
function storageFailed(to: Address, packets: readonly (Packet | WireError)[]) {
  const refusals = packets.flatMap((packet): ServerPacket[] => {
    if (packet instanceof WireError) return [];
    if (packet.kind === "save") return [{ ...STORAGE_FAILED, about: { to: packet.to, id: packet.id } }];
    return packet.kind === "register" || packet.kind === "deregister" ? [STORAGE_FAILED] : [];
  });
  return toOne(to, stampFor(packets), refusals);
}

function toOne(to: Address, stamp: string, packets: readonly ServerPacket[]): readonly Transmit[] {
  return encodeStamped(stamp, packets).map((bytes) => ({ to, bytes }));
}

/**
 * Of what the sender of these packets shares with the server, or pretends to: by it he knows that the answer is to what he
 * said. One datagram is of one session; of several that of the first.
 */
function stampFor(packets: readonly (Packet | WireError)[]): string {
  for (const packet of packets) {
    if (packet instanceof WireError) continue;
    if (packet.kind === "register") return stampOf(packet.cookie);
    if (isForServer(packet)) return stampOf(packet.session);
  }
  return "";
}
