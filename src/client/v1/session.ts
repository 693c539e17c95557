import type { Instant } from "../../net/network.ts";
import { type Address, sameAddress } from "../../protocol/address.ts";
import { earliest } from "../../protocol/earliest.ts";
import { decodePeerPacket, encodePeerPacket, encodeRequest, ReplyDecoder } from "../../protocol/v1/index.ts";
import type { Reply } from "../../protocol/v1/packets.ts";
import { decodeDatagram, isV2 } from "../../protocol/v2/index.ts";
import { WireError } from "../../protocol/wire-error.ts";
import type { Contact, FailureReason } from "../api.ts";
import type { CommandEnd, OutgoingMessage, Session, SessionEvent, SessionTransmit } from "../session.ts";
import { Strangers, type StrangersMessage } from "../strangers.ts";
import { MailIntake } from "./mail-intake.ts";
import { Outbox } from "./outbox.ts";
import { type Answer, type AnsweredRequest, type RequestEnd, ServerRequests } from "./server-requests.ts";
import { ServerWatch } from "./server-watch.ts";
import { Table } from "./table.ts";

/**
 * Speaks v1. Its answers do not say what they answer and nothing has an id, so one request is under way at a time, and a message
 * whose acknowledgement was lost may be shown twice.
 */
export class V1Session implements Session {
  readonly protocol = 1;
  readonly #nick: string;
  readonly #server: Address;
  readonly #offersV2: boolean;
  readonly #utcOffsetMs: () => number;
  readonly #decoder = new ReplyDecoder();
  readonly #table = new Table();
  readonly #mail = new MailIntake();
  readonly #requests = new ServerRequests();
  readonly #outbox: Outbox;
  readonly #watch = new ServerWatch();
  #registered = false;
  /** The question whether a silent server is back, while it waits for its turn or its answer. */
  #asking: AnsweredRequest | undefined;
  #events: SessionEvent[] = [];
  #transmits: SessionTransmit[] = [];
  #refresh: Refresh = { rounds: 0, dueMs: undefined };
  readonly #strangers = new Strangers();

  constructor(options: {
    readonly nick: string;
    readonly server: Address;
    /** Says at each registration that udpchat/2 is spoken, too. Default false. */
    readonly offersV2?: boolean;
    readonly utcOffsetMs: () => number;
  }) {
    this.#nick = options.nick;
    this.#server = options.server;
    this.#offersV2 = options.offersV2 ?? false;
    this.#utcOffsetMs = options.utcOffsetMs;
    const table = this.#table;
    this.#outbox = new Outbox({
      requests: this.#requests,
      get tableIncomplete() {
        return table.incomplete;
      },
      contact: (nick) => this.#table.contacts.get(nick),
      markOffline: (nick) => table.markOffline(nick),
      requestTable: (nowMs) => this.#expectTable(nowMs, 0),
      serverSilent: (nowMs) => this.#handleSilence(nowMs),
      transmit: (to, text) =>
        this.#transmits.push({ to, bytes: encodePeerPacket({ kind: "message", text }) }),
      unacknowledged: (to) => this.#events.push({ kind: "unacknowledged", to }),
      finish: (key, receipt) => this.#events.push({ kind: "receipt", key, receipt }),
    });
  }

  get registered(): boolean {
    return this.#registered;
  }

  get contacts(): ReadonlyMap<string, Contact> {
    return this.#table.contacts;
  }

  /** See `ChatClient.busy`. */
  get busy(): boolean {
    return (
      this.#requests.pollTimeout() !== undefined ||
      this.#outbox.pollTimeout() !== undefined ||
      !this.#strangers.empty ||
      (this.#refresh.dueMs !== undefined && !this.#isWhole)
    );
  }

  /** Nothing of the server's is known to be missing. */
  get #isWhole(): boolean {
    return !this.#table.incomplete && !this.#mail.incomplete && this.#strangers.empty;
  }

  register(): () => void {
    const request = this.#registration();
    this.#requests.add(request, (end, nowMs) => {
      if (end.kind === "registered") this.#join(end.outcome, nowMs);
      else if (end.kind === "expired") this.#handleSilence(nowMs);
      this.#events.push({ kind: "register-ended", end: commandEnd(end) });
    });
    return () => this.#requests.drop(request);
  }

  deregister(): () => void {
    const request: AnsweredRequest = { kind: "deregister", nick: this.#nick };
    this.#requests.add(request, (end, nowMs) => {
      if (end.kind === "deregistered") {
        this.#leave(nowMs);
        this.#events.push({ kind: "deregistered" });
      } else if (end.kind === "expired") {
        this.#handleSilence(nowMs);
      }
      this.#events.push({ kind: "deregister-ended", end: commandEnd(end) });
    });
    return () => this.#requests.drop(request);
  }

  send({ key, to, text }: OutgoingMessage, nowMs: number): void {
    this.#outbox.add(key, to, text, nowMs);
  }

  fail(key: number, reason: FailureReason, detail: string, nowMs: number): void {
    this.#outbox.fail(key, reason, detail, nowMs);
  }

  failAll(reason: FailureReason, detail: string, nowMs: number): void {
    this.#outbox.failAll(reason, detail, nowMs);
  }

  /** v1 has no ids: what comes again is new. */
  forgetTurn(): void {}

  /** Goes on in the other dialect: ends all that was under way here, without a word. */
  stop(nowMs: number): void {
    this.#leave(nowMs);
    this.#requests.clear();
    this.#events = [];
    this.#transmits = [];
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    if (isV2(bytes)) this.#ignore(v2FaultOf(bytes) ?? "WRONG_DIALECT", from);
    else if (sameAddress(from, this.#server)) this.#handleServer(from, bytes, at.nowMs);
    else this.#handlePeer(from, bytes, at);
  }

  /** Acts on passed deadlines. Calling it early or twice does nothing. */
  handleTimeout(nowMs: number): void {
    this.#requests.handleTimeout(nowMs);
    this.#outbox.handleTimeout(nowMs);
    for (const { from } of this.#strangers.takeOverdue(nowMs)) this.#ignore("UNKNOWN_SENDER", from);
    if (this.#watch.pollAsk(nowMs)) this.#askServer();
    if (this.#refresh.dueMs !== undefined && nowMs >= this.#refresh.dueMs) this.#refreshTable(nowMs);
  }

  pollTimeout(): number | undefined {
    return earliest(
      this.#requests.pollTimeout(),
      this.#outbox.pollTimeout(),
      this.#refresh.dueMs,
      this.#watch.pollTimeout(),
      this.#strangers.pollTimeout(),
    );
  }

  takeEvents(): readonly SessionEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  takeTransmits(nowMs: number): readonly SessionTransmit[] {
    const request = this.#requests.pollTransmit(nowMs);
    if (request !== undefined) this.#tellServer(encodeRequest(request));
    const transmits = this.#transmits;
    this.#transmits = [];
    return transmits;
  }

  #handleServer(from: Address, bytes: Uint8Array, nowMs: number): void {
    if (this.#watch.handleHeard(nowMs)) this.#events.push({ kind: "server-back" });
    const reply = this.#decoder.decode(bytes);
    if (reply === undefined) {
      this.#expectTable(nowMs, TABLE_QUIET_MS);
    } else if (reply instanceof WireError) {
      this.#ignore(reply.code, from);
      if (reply.code === "OUT_OF_PLACE" && this.#registered) this.#expectTable(nowMs, TABLE_QUIET_MS);
    } else {
      this.#handleReply(from, reply, nowMs);
    }
  }

  #handleReply(from: Address, reply: Reply, nowMs: number): void {
    switch (reply.kind) {
      case "table":
        // Ours sends no table before saved messages have arrived; the original forgets those that did not.
        this.#mail.giveUp();
        this.#showMail();
        this.#table.begin(reply.rows);
        this.#tableMoved(nowMs);
        return;
      case "row":
        this.#table.add(reply);
        this.#tableMoved(nowMs);
        return;
      case "ping":
        if (!this.#registered) return;
        // Unanswered, it tells the server that saved messages are missing.
        if (this.#mail.incomplete) this.#expectTable(nowMs, 0);
        else this.#tellServer(encodeRequest({ kind: "ack" }));
        return;
      case "mail-notice":
        this.#requests.holdGoodbye(nowMs);
        this.#mail.handleNotice();
        this.#refresh = { ...this.#refresh, rounds: 0 };
        this.#tellServer(encodeRequest({ kind: "ack" }));
        this.#expectTable(nowMs, TABLE_QUIET_MS);
        return;
      case "mail-count":
        this.#events.push({ kind: "mail", count: reply.count });
        this.#mail.handleCount(reply.count);
        this.#showMail();
        this.#expectTable(nowMs, TABLE_QUIET_MS);
        return;
      case "mail":
        this.#requests.holdGoodbye(nowMs);
        this.#mail.handleMail(reply);
        this.#showMail();
        this.#expectTable(nowMs, TABLE_QUIET_MS);
        return;
      default:
        this.#handleAnswer(from, reply, nowMs);
    }
  }

  #handleAnswer(from: Address, answer: Answer, nowMs: number): void {
    if (this.#requests.handleAnswer(answer, nowMs)) return;
    if (answer.kind === "refused") this.#events.push({ kind: "notice", text: answer.detail });
    else this.#ignore("UNASKED_ANSWER", from);
  }

  #showMail(): void {
    for (const { from, text, savedAtLocalMs } of this.#mail.takeComplete()) {
      const sentAtMs = savedAtLocalMs - this.#utcOffsetMs();
      this.#events.push({ kind: "message", from, text, saved: true, sentAtMs, auto: false });
    }
  }

  #handlePeer(from: Address, bytes: Uint8Array, at: Instant): void {
    if (!this.#registered) {
      this.#ignore("NOT_REGISTERED", from);
      return;
    }
    const packet = decodePeerPacket(bytes);
    if (packet instanceof WireError) {
      this.#ignore(packet.code, from);
    } else if (packet.kind === "ack") {
      if (!this.#outbox.handleAck(from, at.nowMs)) this.#ignore("UNASKED_ACK", from);
    } else {
      const message: StrangersMessage = { from, text: packet.text, dateMs: at.dateMs };
      const sender = this.#table.nickAt(from);
      if (sender !== undefined) this.#accept(message, sender);
      else if (this.#strangers.add(message, at.nowMs)) this.#expectTable(at.nowMs, 0);
      else this.#ignore("UNKNOWN_SENDER", from);
    }
  }

  #accept({ from, text, dateMs }: StrangersMessage, sender: string): void {
    this.#events.push({ kind: "message", from: sender, text, saved: false, sentAtMs: dateMs, auto: false });
    this.#transmits.push({ to: from, bytes: encodePeerPacket({ kind: "ack" }) });
  }

  #recogniseStrangers(): void {
    const known = this.#strangers.takeKnown((address) => this.#table.nickAt(address));
    for (const { sender, ...message } of known) this.#accept(message, sender);
  }

  #tableMoved(nowMs: number): void {
    this.#expectTable(nowMs, TABLE_QUIET_MS);
    if (this.#table.incomplete) return;
    if (!this.#mail.incomplete) this.#requests.releaseGoodbye();
    this.#reportTable({ settled: false }, nowMs);
  }

  #reportTable(how: { settled: boolean }, nowMs: number): void {
    const news = this.#table.takeNews(how);
    this.#recogniseStrangers();
    this.#outbox.handleTable(nowMs);
    if (!news) return;
    const contacts = [...this.#table.contacts.values()].sort((a, b) => (a.nick < b.nick ? -1 : 1));
    this.#events.push({ kind: "table", contacts });
  }

  /** Something of the server's is to come; if it does not within `waitMs`, the client asks for it. */
  #expectTable(nowMs: number, waitMs: number): void {
    this.#table.expect();
    const { rounds, dueMs } = this.#refresh;
    // Asking too early or too often would begin again what is under way.
    if (waitMs === 0 && dueMs !== undefined) return;
    this.#refresh = { rounds: waitMs === 0 ? 0 : rounds, dueMs: nowMs + waitMs };
  }

  #refreshTable(nowMs: number): void {
    this.#decoder.reset();
    this.#reportTable({ settled: true }, nowMs);
    const { rounds } = this.#refresh;
    if (this.#isWhole || rounds >= REFRESH_ROUNDS_MAX) {
      this.#table.giveUp();
      this.#refresh = { rounds: 0, dueMs: undefined };
      return;
    }
    this.#tellServer(encodeRequest({ kind: "table" }));
    this.#refresh = { rounds: rounds + 1, dueMs: nowMs + TABLE_QUIET_MS * REFRESH_BACKOFF ** rounds };
  }

  #join(outcome: "new" | "back", nowMs: number): void {
    this.#registered = true;
    this.#watch.start(nowMs);
    this.#events.push({ kind: "registered", outcome });
    this.#expectTable(nowMs, TABLE_QUIET_MS);
    this.#requests.holdGoodbye(nowMs);
  }

  /** A server that lives answers a repeated registration and changes nothing; one that forgot us takes us in again. */
  #askServer(): void {
    // The question before waits its turn behind other requests.
    if (this.#asking !== undefined) return;
    this.#asking = this.#registration();
    this.#requests.add(this.#asking, (end, nowMs) => {
      this.#asking = undefined;
      if (!this.#registered) return;
      if (end.kind === "expired") this.#handleSilence(nowMs);
      else if (end.kind === "registered") this.#expectTable(nowMs, TABLE_QUIET_MS);
    });
  }

  #registration(): AnsweredRequest {
    return { kind: "register", nick: this.#nick, offersV2: this.#offersV2 };
  }

  #handleSilence(nowMs: number): void {
    if (this.#watch.handleSilence(nowMs)) this.#events.push({ kind: "server-lost" });
  }

  #leave(nowMs: number): void {
    this.#registered = false;
    this.#watch.stop();
    // Sent after the goodbye it would be a registration that nobody asked for.
    if (this.#asking !== undefined) this.#requests.drop(this.#asking);
    this.#asking = undefined;
    this.#strangers.clear();
    this.#refresh = { rounds: 0, dueMs: undefined };
    this.#table.giveUp();
    this.#mail.drop();
    this.#decoder.reset();
    this.#outbox.failAll("NOT_REGISTERED", "the nickname was deregistered", nowMs);
  }

  #tellServer(bytes: Uint8Array): void {
    this.#transmits.push({ to: this.#server, bytes });
  }

  #ignore(reason: string, from: Address): void {
    this.#events.push({ kind: "ignored", reason, from });
  }
}

/** Why a datagram is none of v2, or none that was sent so. */
function v2FaultOf(bytes: Uint8Array): string | undefined {
  return decodeDatagram(bytes).find((packet) => packet instanceof WireError)?.code;
}

/** A registration or deregistration has no other answers; see `ServerRequests`. */
function commandEnd(end: RequestEnd): CommandEnd {
  switch (end.kind) {
    case "saved":
    case "online":
    case "unknown-nick":
      return { kind: "expired" };
    default:
      return end;
  }
}

/** How the client gets what was lost of a table or of saved messages. */
interface Refresh {
  /** Times the server was asked in vain. */
  readonly rounds: number;
  /** When to look whether all has come; `undefined` when nothing is awaited. */
  readonly dueMs: number | undefined;
}

/** A server sends a table in one go: after this silence the rest was lost. */
const TABLE_QUIET_MS = 250;
/** Together about 14 s; each wait is a little longer than the one before. */
const REFRESH_ROUNDS_MAX = 20;
const REFRESH_BACKOFF = 1.1;
