import type { Address } from "../protocol/address.ts";
import { sameAddress } from "../protocol/address.ts";
import { Exchange, type RetransmissionPolicy } from "../protocol/exchange.ts";
import {
  isNick,
  MAILBOX_BYTES_MAX,
  MAILBOX_MESSAGES_MAX,
  V1_TABLE_ROWS_MAX,
  V1_TEXT_BYTES_MAX,
} from "../protocol/limits.ts";
import type { Reply, Request } from "../protocol/packets.ts";
import { decodeRequest, encodeReply } from "../protocol/v1/index.ts";
import { WireError } from "../protocol/wire-error.ts";
import type { ChatStore } from "../store/chat-store.ts";
import type { ServerEvent } from "./api.ts";
import { MailDelivery } from "./mail-delivery.ts";
import { type Client, Registry } from "./registry.ts";
import { type Transmit, Turn } from "./turn.ts";

/** The time, on the clock that never goes back and on the one for people. */
export interface Instant {
  readonly nowMs: number;
  readonly dateMs: number;
}

/**
 * The chat server without its socket and clock.
 *
 * The caller reports what happened (`handleDatagram`, `handleTimeout`), then ends the turn: `endTurn` commits
 * and gives what to send. `takeEvents` tells what is worth a log line, `pollTimeout` when to call
 * `handleTimeout`. Nothing ever waits for one client: what needs an answer first (is the holder of this
 * nickname still there?) is put as a question and goes on when the answer or its deadline comes.
 */
export class ChatServer {
  readonly #turn: Turn;
  readonly #store: ChatStore;
  readonly #utcOffsetMs: () => number;
  readonly #registry = new Registry();
  /** Those with a deadline. Only these are looked at when time passes. */
  readonly #waiting = new Set<Client>();
  #events: ServerEvent[] = [];

  /** @param options.utcOffsetMs how far local civil time is ahead of UTC; v1 stamps saved messages with it. */
  constructor(options: { readonly store: ChatStore; readonly utcOffsetMs: () => number }) {
    this.#store = options.store;
    this.#utcOffsetMs = options.utcOffsetMs;
    this.#turn = new Turn(options.store);
    for (const client of options.store.clients()) this.#registry.add(client);
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    this.#begin(from);
    const sender = this.#registry.byAddress(from);
    const request = decodeRequest(bytes);
    if (sender?.presence === "vanished") {
      this.#revive(sender, at.nowMs);
      // The late answer to a ping that has been given up.
      if (!(request instanceof WireError) && request.kind === "ack") return;
    }
    if (request instanceof WireError) this.#handleUnreadable(from, sender, request, at.nowMs);
    else this.#handleRequest(from, sender, request, at);
  }

  /** Acts on passed deadlines. Calling it early or twice does nothing. */
  handleTimeout(nowMs: number): void {
    for (const client of [...this.#waiting]) {
      this.#turn.begin();
      client.mail?.handleTimeout(nowMs);
      client.probe?.handleTimeout(nowMs);
      if (client.mail?.unanswered === true || client.probe?.expired === true) this.#vanish(client, nowMs);
    }
  }

  /** When to call `handleTimeout`, or `undefined` when nothing is awaited. */
  pollTimeout(): number | undefined {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const client of this.#waiting) {
      const mailMs = client.mail?.pollTimeout() ?? Number.POSITIVE_INFINITY;
      const probeMs = client.probe?.pollTimeout() ?? Number.POSITIVE_INFINITY;
      // A table waits until the saved messages are handed over.
      const tableMs = client.mail === undefined ? (client.tableDueMs ?? Number.POSITIVE_INFINITY) : mailMs;
      earliestMs = Math.min(earliestMs, mailMs, probeMs, tableMs);
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  /** Ends the turn: makes durable what was done in it, then gives what to send, in order. */
  endTurn(nowMs: number): readonly Transmit[] {
    const { transmits, error } = this.#turn.end();
    if (error !== undefined) this.#events.push({ kind: "fault", error });
    // Only now: tables and mail show what is durable.
    for (const client of this.#waiting) this.#pollClient(client, nowMs);
    return [...transmits, ...this.#turn.end().transmits];
  }

  takeEvents(): readonly ServerEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #handleRequest(from: Address, sender: Client | undefined, request: Request, at: Instant): void {
    switch (request.kind) {
      case "register":
        this.#register(from, request.nick, at.nowMs);
        return;
      case "deregister":
        this.#deregister(from, request.nick, at.nowMs);
        return;
      case "save":
        if (sender?.presence === "online") this.#save(sender, request.to, request.text, at);
        else this.#refuse(from, request.kind, "You are not online, please register first.");
        return;
      case "ack":
        if (sender?.presence === "online") this.#handleAck(sender, at.nowMs);
        else this.#events.push({ kind: "dropped", reason: "ACK_FROM_STRANGER", address: from });
    }
  }

  /** The original answers what it does not understand with the table; ours does so for those who are registered. */
  #handleUnreadable(from: Address, sender: Client | undefined, error: WireError, nowMs: number): void {
    this.#events.push({ kind: "dropped", reason: error.code, address: from });
    if (sender?.presence !== "online") return;
    sender.mail?.restart(nowMs);
    this.#tableDue(sender, nowMs);
  }

  #register(from: Address, nick: string, nowMs: number): void {
    const client = this.#registry.byNick(nick);
    if (!isNick(nick)) {
      this.#refuse(from, "register", "That is no nickname: 1 to 32 letters, digits, _ . or -");
    } else if (client === undefined && this.#registry.size > V1_TABLE_ROWS_MAX) {
      this.#refuse(from, "register", "The server is full.");
    } else if (client?.presence !== "online") {
      this.#admit(client, nick, from, nowMs);
    } else if (sameAddress(client.address, from)) {
      this.#reply(from, { kind: "registered", outcome: client.outcome });
      client.mail?.restart(nowMs);
      this.#tableDue(client, nowMs);
    } else if (client.newcomer === undefined) {
      this.#contest(client, from, nowMs);
    } else if (!sameAddress(client.newcomer, from)) {
      this.#refuseNick(from);
    }
  }

  /** Somebody else wants a nickname that is online: he gets it when its holder does not answer. */
  #contest(holder: Client, newcomer: Address, nowMs: number): void {
    holder.newcomer = newcomer;
    this.#ask(holder, nowMs, (alive, answeredMs) => {
      this.#begin(newcomer);
      holder.newcomer = undefined;
      if (alive) this.#refuseNick(newcomer);
      else this.#admit(holder, holder.nick, newcomer, answeredMs);
    });
  }

  #admit(known: Client | undefined, nick: string, address: Address, nowMs: number): void {
    const previous = this.#registry.byAddress(address);
    // One address, one client: whoever had the port before has left it.
    if (previous !== undefined && previous !== known && previous.presence !== "offline") {
      this.#setPresence(previous, "offline");
      this.#stopTalking(previous, nowMs);
    }

    const outcome = known === undefined ? "new" : "back";
    const client = known ?? this.#registry.add({ nick, address, online: true });
    const before = { ...client };
    this.#registry.move(client, address);
    client.outcome = outcome;
    this.#turn.write(
      (store) => store.putClient({ nick, address, online: true }),
      () => {
        if (known === undefined) this.#registry.remove(client);
        else this.#registry.move(client, before.address);
        Object.assign(client, before, { mail: undefined, probe: undefined });
        this.#waiting.delete(client);
      },
    );
    client.presence = "online";
    client.latestSave = undefined;
    client.saving = undefined;
    this.#reply(address, { kind: "registered", outcome });
    this.#events.push({ kind: "registered", nick, address, outcome });
    this.#welcome(client, nowMs);
  }

  /** First the saved messages, then, for all to see, the table. */
  #welcome(client: Client, nowMs: number): void {
    client.mail = undefined;
    client.announced = this.#store.mailboxSize(client.nick).messages === 0;
    if (client.announced) this.#tableDueToAll(nowMs);
    else this.#deliverMail(client, nowMs);
  }

  #deliverMail(client: Client, nowMs: number): void {
    const load = () => this.#store.mailFor(client.nick);
    client.mail = new MailDelivery(load, this.#utcOffsetMs, nowMs);
    client.probe = undefined;
    this.#waiting.add(client);
  }

  #deregister(from: Address, nick: string, nowMs: number): void {
    const client = this.#registry.byNick(nick);
    if (client === undefined || !sameAddress(client.address, from)) {
      this.#refuse(from, "deregister", "You need to dereg using your own username.");
      return;
    }
    this.#reply(from, { kind: "deregistered" });
    if (client.presence === "offline") return;
    this.#setPresence(client, "offline");
    this.#stopTalking(client, nowMs);
    this.#events.push({ kind: "deregistered", nick, address: from });
    this.#tableDueToAll(nowMs);
  }

  #save(sender: Client, to: string, text: string, at: Instant): void {
    const recipient = this.#registry.byNick(to);
    if (recipient === undefined) {
      this.#reply(sender.address, { kind: "unknown-nick", nick: to });
    } else if (recipient === sender) {
      this.#reply(sender.address, { kind: "online", nick: to });
    } else if (this.#isRepeat(sender, to, text, at.nowMs)) {
      this.#reply(sender.address, { kind: "saved" });
    } else if (recipient.presence !== "online" || !recipient.announced) {
      this.#keep(sender, recipient, text, at);
    } else {
      this.#saveUnlessThere(sender, recipient, text, at);
    }
  }

  #saveUnlessThere(sender: Client, recipient: Client, text: string, at: Instant): void {
    const { address, saving } = sender;
    if (saving?.to === recipient.nick && saving.text === text) return;
    const asked = { to: recipient.nick, text };
    sender.saving = asked;
    this.#ask(recipient, at.nowMs, (alive, nowMs) => {
      this.#begin(address);
      if (sender.saving === asked) sender.saving = undefined;
      if (!alive) {
        this.#keep(sender, recipient, text, { nowMs, dateMs: at.dateMs + nowMs - at.nowMs });
        return;
      }
      this.#reply(address, { kind: "online", nick: recipient.nick });
      if (sameAddress(sender.address, address)) this.#tableDue(sender, nowMs);
    });
  }

  /** v1 requests have no id: the same text to the same recipient again, this soon, is the same request. */
  #isRepeat({ latestSave }: Client, to: string, text: string, nowMs: number): boolean {
    if (latestSave === undefined || latestSave.to !== to || latestSave.text !== text) return false;
    return nowMs - latestSave.atMs <= REPEAT_WINDOW_MS;
  }

  #keep(sender: Client, recipient: Client, text: string, at: Instant): void {
    const { address, nick: from } = sender;
    const { nick: to } = recipient;
    const sizeBytes = Buffer.byteLength(text);
    const mailbox = this.#store.mailboxSize(to);
    if (sizeBytes === 0) {
      this.#refuse(address, "save", "There is no text to save.");
    } else if (sizeBytes > V1_TEXT_BYTES_MAX) {
      this.#refuse(address, "save", `The text is too long: at most ${V1_TEXT_BYTES_MAX} bytes can be saved.`);
    } else if (
      mailbox.messages >= MAILBOX_MESSAGES_MAX ||
      mailbox.sizeBytes + sizeBytes > MAILBOX_BYTES_MAX
    ) {
      this.#refuse(address, "save", `The mailbox of ${to} is full.`);
    } else {
      const before = sender.latestSave;
      this.#turn.write(
        (store) => store.addMail({ to, from, text, savedAtMs: at.dateMs }),
        () => {
          sender.latestSave = before;
        },
      );
      sender.latestSave = { to, text, atMs: at.nowMs };
      this.#reply(address, { kind: "saved" });
      this.#events.push({ kind: "saved", from, to });
      this.#tableDueToAll(at.nowMs);
    }
  }

  #handleAck(client: Client, nowMs: number): void {
    client.probe = undefined;
    client.mail?.handleAck();
    this.#answer(client, true, nowMs);

    const delivered = client.mail?.confirmed;
    if (delivered === undefined) return;
    this.#turn.write(
      (store) => store.removeMail(delivered.map(({ id }) => id)),
      () => {},
    );
    this.#events.push({ kind: "mail-delivered", to: client.nick, count: delivered.length });
    this.#welcome(client, nowMs);
  }

  /** Asks whether a client that is online answers; while it is given its mail, its next `ack` tells. */
  #ask(client: Client, nowMs: number, question: Client["questions"][number]): void {
    client.questions.push(question);
    if (client.mail === undefined) client.probe ??= new Exchange(PROBE_POLICY, nowMs);
    this.#waiting.add(client);
  }

  #answer(client: Client, alive: boolean, nowMs: number): void {
    const { questions } = client;
    client.questions = [];
    for (const question of questions) question(alive, nowMs);
  }

  #vanish(client: Client, nowMs: number): void {
    this.#setPresence(client, "vanished");
    this.#events.push({ kind: "vanished", nick: client.nick, address: client.address });
    this.#stopTalking(client, nowMs);
    this.#tableDueToAll(nowMs);
  }

  /** It had not answered in time and is there all the same. */
  #revive(client: Client, nowMs: number): void {
    this.#setPresence(client, "online");
    this.#events.push({ kind: "registered", nick: client.nick, address: client.address, outcome: "back" });
    this.#welcome(client, nowMs);
  }

  #setPresence(client: Client, presence: Client["presence"]): void {
    const { nick, address, presence: before } = client;
    client.presence = presence;
    this.#turn.write(
      (store) => store.putClient({ nick, address, online: presence === "online" }),
      () => {
        client.presence = before;
      },
    );
  }

  #stopTalking(client: Client, nowMs: number): void {
    client.mail = undefined;
    client.probe = undefined;
    client.tableDueMs = undefined;
    this.#answer(client, false, nowMs);
  }

  #tableDue(client: Client, nowMs: number): void {
    client.tableDueMs ??= Math.max(nowMs, client.tableSentMs + TABLE_GAP_MS);
    this.#waiting.add(client);
  }

  #tableDueToAll(nowMs: number): void {
    for (const client of this.#registry.all())
      if (client.presence === "online") this.#tableDue(client, nowMs);
  }

  #pollClient(client: Client, nowMs: number): void {
    this.#turn.begin();
    const replies: Reply[] = client.mail?.pollTransmit(nowMs) ?? [];
    if (client.probe?.pollTransmit(nowMs) === true) replies.push({ kind: "ping" });
    if (client.mail === undefined && client.tableDueMs !== undefined && client.tableDueMs <= nowMs) {
      client.tableDueMs = undefined;
      client.tableSentMs = nowMs;
      replies.push(...this.#tableFor(client));
    }
    for (const reply of replies) this.#reply(client.address, reply);
    const isIdle = client.mail === undefined && client.probe === undefined && client.tableDueMs === undefined;
    if (isIdle) this.#waiting.delete(client);
  }

  #tableFor(reader: Client): Reply[] {
    const rows: Reply[] = [];
    for (const client of this.#registry.all()) {
      if (client === reader) continue;
      const { nick, address, presence, announced } = client;
      rows.push({ kind: "row", nick, address, online: presence === "online" && announced });
    }
    return [{ kind: "table", rows: rows.length }, ...rows];
  }

  #begin(requester: Address): void {
    this.#turn.begin((error) =>
      encodeReply({ kind: "refused", detail: `The server cannot save that now: ${error.message}` }).map(
        (bytes) => ({ to: requester, bytes }),
      ),
    );
  }

  #reply(to: Address, reply: Reply): void {
    this.#turn.transmit(to, encodeReply(reply));
  }

  #refuse(address: Address, request: string, reason: string): void {
    this.#reply(address, { kind: "refused", detail: reason });
    this.#events.push({ kind: "refused", request, reason, address });
  }

  #refuseNick(address: Address): void {
    this.#reply(address, { kind: "nick-in-use" });
    this.#events.push({ kind: "refused", request: "register", reason: "The nickname is in use.", address });
  }
}

/** A few pings over at most 2 s: a newcomer gives up after 3 s. */
const PROBE_POLICY: RetransmissionPolicy = { firstWaitMs: 500, backoff: 1, attemptsMax: 4 };

/** v1 clients repeat a `send` after 1 s. */
const REPEAT_WINDOW_MS = 1_500;

/** Between two tables to one client, so that many changes at once cost one table and not one each. */
const TABLE_GAP_MS = 50;
