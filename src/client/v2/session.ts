import type { Identity } from "../../net/keys.ts";
import type { Instant } from "../../net/network.ts";
import { type Address, sameAddress } from "../../protocol/address.ts";
import { earliest } from "../../protocol/earliest.ts";
import { RoundTripEstimate } from "../../protocol/round-trip.ts";
import { answersRegistration, decodePeerPacket, encodePeerPacket } from "../../protocol/v1/index.ts";
import {
  encodePacket,
  encodePackets,
  isV2,
  type Packet,
  type PacketId,
  type ServerPacket,
} from "../../protocol/v2/index.ts";
import { WireError } from "../../protocol/wire-error.ts";
import type { Contact, FailureReason } from "../api.ts";
import type { OutgoingMessage, Session, SessionEvent, SessionTransmit } from "../session.ts";
import { arrivalsIn } from "./arrivals.ts";
import { Introductions } from "./introductions.ts";
import { type Admission, Membership } from "./membership.ts";
import { V2Outbox } from "./outbox.ts";
import { Reception } from "./reception.ts";
import { Requests } from "./requests.ts";
import { ServerExchanges } from "./server-exchanges.ts";
import { VersionedTable } from "./table.ts";

export interface V2SessionOptions {
  readonly nick: string;
  readonly server: Address;
  readonly identity: Identity;
  /** Of this start of the client. */
  readonly epoch: number;
  /** Uniform in [0, 1). */
  readonly jitter: () => number;
}

/**
 * Speaks v2 with the server, and with each peer what he speaks. What was lost on the way is transmitted again, what
 * comes again is recognised, and a session that is lost is replaced by another while messages wait.
 */
export class V2Session implements Session {
  readonly protocol = 2;
  readonly #options: V2SessionOptions;
  readonly #roundTrip = new RoundTripEstimate();
  readonly #table: VersionedTable;
  readonly #reception: Reception;
  readonly #membership: Membership;
  readonly #exchanges: ServerExchanges;
  readonly #requests: Requests;
  readonly #introductions: Introductions;
  readonly #outbox: V2Outbox;
  /** Saved messages that were announced and have not come. */
  #mailLeft = 0;
  #events: SessionEvent[] = [];
  #transmits: SessionTransmit[] = [];
  /** For the server, besides the requests. */
  #replies: Packet[] = [];

  constructor(options: V2SessionOptions) {
    const { nick, jitter } = options;
    this.#options = options;
    this.#table = new VersionedTable(nick);
    this.#introductions = new Introductions(options);
    this.#exchanges = new ServerExchanges(this.#roundTrip, jitter);
    this.#membership = new Membership(
      { ...options, roundTrip: this.#roundTrip },
      {
        joined: (admission, nowMs) => this.#join(admission, nowMs),
        suspended: () => this.#exchanges.suspend(),
        stranded: (nowMs) => {
          if (this.#exchanges.session === undefined) this.#exchanges.expireAll(nowMs);
        },
        ousted: (nowMs) => {
          this.#leave(nowMs);
          this.#events.push({ kind: "deregistered" });
        },
        tell: (event) => this.#events.push(event),
      },
    );
    this.#requests = new Requests(this.#exchanges, {
      silent: (nowMs) => this.#membership.handleSilence(nowMs),
      silentAbout: (about, nowMs) => this.#outbox.handleSilence(about, nowMs),
      deregisterExpired: () => this.#events.push({ kind: "deregister-ended", end: { kind: "expired" } }),
    });
    this.#reception = new Reception({
      nick,
      table: this.#table,
      lookUp: (sender, nowMs) => this.#requests.lookUp(sender, nowMs),
      askForTable: (nowMs) => this.#askForTable(nowMs),
      show: (message) => this.#events.push(message),
      transmit: (transmit) => this.#transmits.push(transmit),
      ignore: (reason, from) => this.#ignore(reason, from),
    });
    this.#outbox = new V2Outbox({
      contact: (to) => this.#table.contacts.get(to),
      lookUp: (to, nowMs) => this.#requests.lookUp(to, nowMs),
      save: (request, nowMs) => this.#requests.save(request, nowMs),
      dropSave: ({ to, id }) => this.#requests.dropSave(to, id),
      markOffline: (to, version) => this.#table.markOffline(to, version),
      transmit: (to, messages, isRepeat) => {
        const packet = this.#introductions.messageOf(messages, { address: to, isRepeat });
        this.#transmits.push({ to, bytes: encodePacket(packet) });
      },
      transmitV1: (to, text) =>
        this.#transmits.push({ to, bytes: encodePeerPacket({ kind: "message", text }) }),
      unacknowledged: (to) => this.#events.push({ kind: "unacknowledged", to }),
      finish: (key, receipt) => this.#events.push({ kind: "receipt", key, receipt }),
      jitter,
    });
  }

  get registered(): boolean {
    return this.#membership.registered;
  }

  get contacts(): ReadonlyMap<string, Contact> {
    return this.#table.contacts;
  }

  /** True while a session is asked for. */
  get opening(): boolean {
    return this.#membership.opening;
  }

  get busy(): boolean {
    return (
      this.#exchanges.busy ||
      this.#outbox.busy ||
      this.#membership.opening ||
      this.#mailLeft > 0 ||
      this.#reception.busy ||
      (this.registered && this.#table.incomplete && this.#exchanges.session !== undefined)
    );
  }

  /** @param cookie one that was got already. Default: asks for one. */
  register(nowMs: number, cookie?: string): () => void {
    return this.#membership.register(nowMs, cookie);
  }

  /** Takes over from a v1 session that was registered: the server speaks v2 now. */
  takeOver(cookie: string, nowMs: number): void {
    this.#membership.takeOver(cookie, nowMs);
  }

  /** Ends all that is under way, without a word: another session goes on with it. */
  stop(nowMs: number): void {
    this.#leave(nowMs);
    this.#events = [];
    this.#transmits = [];
    this.#replies = [];
  }

  deregister(nowMs: number): () => void {
    return this.#requests.deregister(nowMs);
  }

  send(message: OutgoingMessage, nowMs: number): void {
    this.#outbox.add(message, nowMs);
  }

  fail(key: number, reason: FailureReason, detail: string, nowMs: number): void {
    this.#outbox.fail(key, reason, detail, nowMs);
  }

  failAll(reason: FailureReason, detail: string, nowMs: number): void {
    this.#outbox.failAll(reason, detail, nowMs);
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    if (!isV2(bytes)) {
      this.#handleV1Datagram(from, bytes, at);
      return;
    }
    const isServer = sameAddress(from, this.#options.server);
    for (const arrival of arrivalsIn(bytes, isServer, (stamp) => this.#membership.isStamp(stamp))) {
      if (arrival.of === "nobody") this.#ignore(arrival.reason, from);
      else if (arrival.of === "server") this.#handleServer(arrival.packet, from, at.nowMs);
      else if (!this.registered) this.#ignore("NOT_REGISTERED", from);
      else if (arrival.packet.kind === "message") this.#reception.handleMessage(arrival.packet, from, at);
      else this.#handleAck(arrival.packet.id, from, at.nowMs);
    }
  }

  #handleAck(id: PacketId, from: Address, nowMs: number): void {
    if (this.#outbox.handleAck(from, id, nowMs)) this.#introductions.handleAck(from, id.epoch);
    else this.#ignore("UNASKED_ACK", from);
  }

  #handleV1Datagram(from: Address, bytes: Uint8Array, at: Instant): void {
    if (sameAddress(from, this.#options.server)) {
      if (answersRegistration(bytes)) this.#membership.handleV1Answer();
      this.#ignore("WRONG_DIALECT", from);
      return;
    }
    const packet = decodePeerPacket(bytes);
    if (packet instanceof WireError) this.#ignore(packet.code, from);
    else if (!this.registered) this.#ignore("NOT_REGISTERED", from);
    else if (packet.kind === "message") this.#reception.handleV1Message(packet.text, from, at);
    else if (!this.#outbox.handleV1Ack(from, at.nowMs)) this.#ignore("UNASKED_ACK", from);
  }

  handleTimeout(nowMs: number): void {
    this.#membership.handleTimeout(nowMs);
    this.#exchanges.handleTimeout(nowMs, this.#membership.heardMs);
    this.#outbox.handleTimeout(nowMs);
    this.#reception.handleTimeout(nowMs);
  }

  pollTimeout(): number | undefined {
    return earliest(
      this.#membership.pollTimeout(),
      this.#exchanges.pollTimeout(),
      this.#outbox.pollTimeout(),
      this.#reception.pollTimeout(),
    );
  }

  takeEvents(): readonly SessionEvent[] {
    if (this.registered && this.#table.takeNews()) {
      const contacts = [...this.#table.contacts.values()].sort((a, b) => (a.nick < b.nick ? -1 : 1));
      this.#events.push({ kind: "table", contacts });
    }
    const events = this.#events;
    this.#events = [];
    return events;
  }

  takeTransmits(nowMs: number): readonly SessionTransmit[] {
    this.#reception.keepTurn();
    const { server } = this.#options;
    const opening = this.#membership.pollTransmit(nowMs);
    if (opening !== undefined) this.#transmits.push({ to: server, bytes: opening });
    const packets = [...this.#replies, ...this.#exchanges.pollTransmit(nowMs)];
    this.#replies = [];
    if (packets.length > 0) {
      // A saved message may be one that came straight.
      const isRepeat = packets.some(({ kind }) => kind === "mail-ack");
      for (const bytes of encodePackets(packets)) this.#transmits.push({ to: server, bytes, isRepeat });
    }
    const transmits = this.#transmits;
    this.#transmits = [];
    return transmits;
  }

  forgetTurn(): void {
    this.#reception.forgetTurn();
  }

  #handleServer(packet: ServerPacket, from: Address, nowMs: number): void {
    this.#membership.handleHeard(nowMs);
    switch (packet.kind) {
      case "challenge":
        this.#membership.handleChallenge(packet.cookie, nowMs);
        return;
      case "registered":
        this.#membership.handleRegistered(packet, nowMs);
        return;
      case "refused":
        this.#handleRefused(packet, nowMs);
        return;
      case "error":
        this.#membership.handleUnknownSession(nowMs);
        return;
      case "bye":
        this.#handleBye(nowMs);
        return;
      default:
    }
    if (!this.registered) {
      this.#ignore("NOT_REGISTERED", from);
      return;
    }
    switch (packet.kind) {
      case "saved":
        if (this.#requests.saveAnswered(packet.to, packet.id, nowMs))
          this.#outbox.handleSaved(packet.to, packet.id, packet.tableVersion, nowMs);
        return;
      case "online":
        if (!this.#requests.saveAnswered(packet.row.nick, packet.id, nowMs)) return;
        this.#table.handleRow(packet.row);
        this.#outbox.handleOnline(packet.row, packet.id, nowMs);
        return;
      case "mail":
        this.#mailLeft = Math.max(0, this.#mailLeft - 1);
        this.#reception.handleMail(packet);
        this.#tellServer((session) => ({ kind: "mail-ack", session, mailId: packet.mailId }));
        return;
      case "ping":
        this.#table.handleVersion(packet.tableVersion);
        this.#tellServer((session) => ({ kind: "pong", session, haveVersion: this.#table.have }));
        this.#sync(nowMs);
        return;
      case "table":
        if (this.#table.handleStretch(packet) && this.#table.answered) this.#requests.syncAnswered(nowMs);
        if (packet.nextCursor === 0) this.#requests.syncAnswered(nowMs);
        this.#tableMoved(nowMs);
        return;
      case "delta":
        this.#table.handleDelta(packet);
        this.#tellServer((session) => ({ kind: "delta-ack", session, version: packet.to }));
        if (this.#table.have > 0) this.#requests.syncAnswered(nowMs);
        this.#tableMoved(nowMs);
        return;
      case "row":
        this.#requests.lookUpAnswered(packet.row.nick, nowMs);
        this.#table.handleRow(packet.row);
        this.#tableMoved(nowMs);
        this.#reception.handleLookedUp(packet.row.nick);
        return;
    }
  }

  #join({ session, mailCount, tableVersion }: Admission, nowMs: number): void {
    this.#exchanges.resume(session, nowMs);
    this.#table.restart(tableVersion);
    this.#mailLeft = mailCount;
    if (mailCount > 0) this.#events.push({ kind: "mail", count: mailCount });
    this.#sync(nowMs);
  }

  #handleRefused(packet: Extract<ServerPacket, { kind: "refused" }>, nowMs: number): void {
    const { code, detail, about } = packet;
    if (code === "rate-limited") {
      this.#exchanges.pause(nowMs);
    } else if (about !== undefined) {
      if (this.#requests.saveAnswered(about.to, about.id, nowMs))
        this.#outbox.handleRefused(about.to, about.id, code, detail, nowMs);
    } else if (code === "unknown-nick") {
      if (!this.#requests.lookUpAnswered(detail, nowMs)) return;
      this.#reception.handleLookedUp(detail);
      this.#outbox.handleUnknown(detail, nowMs);
    } else if (code === "storage-failed" && !this.#membership.opening) {
      if (!this.#requests.deregisterAnswered(nowMs)) return;
      this.#events.push({ kind: "deregister-ended", end: { kind: "refused", detail } });
    } else {
      this.#membership.handleRefused(code, detail, nowMs);
    }
  }

  #handleBye(nowMs: number): void {
    if (!this.#requests.deregisterAnswered(nowMs)) return;
    this.#leave(nowMs);
    this.#events.push({ kind: "deregistered" });
    this.#events.push({ kind: "deregister-ended", end: { kind: "deregistered" } });
  }

  #leave(nowMs: number): void {
    this.#membership.leave();
    this.#mailLeft = 0;
    this.#exchanges.suspend();
    this.#reception.clear();
    this.#outbox.failAll("NOT_REGISTERED", "the nickname was deregistered", nowMs);
    this.#exchanges.clear();
  }

  #tableMoved(nowMs: number): void {
    this.#reception.handleTable(nowMs);
    this.#outbox.handleTable(nowMs);
    this.#sync(nowMs);
  }

  /** Asks for what is missing, if anything is. */
  #sync(nowMs: number): void {
    if (this.registered && this.#table.incomplete) this.#askForTable(nowMs);
  }

  #askForTable(nowMs: number): void {
    this.#requests.sync(() => this.#table.pollSync(), nowMs);
  }

  #tellServer(packet: (session: string) => Packet): void {
    const { session } = this.#exchanges;
    if (session !== undefined) this.#replies.push(packet(session));
  }

  #ignore(reason: string, from: Address): void {
    this.#events.push({ kind: "ignored", reason, from });
  }
}
