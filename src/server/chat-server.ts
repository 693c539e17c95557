import type { Instant, Random } from "../net/network.ts";
import { type Address, sameAddress } from "../protocol/address.ts";
import { earliest } from "../protocol/earliest.ts";
import { decodeRequest } from "../protocol/v1/index.ts";
import type { Request } from "../protocol/v1/packets.ts";
import { isV2 } from "../protocol/v2/index.ts";
import { WireError } from "../protocol/wire-error.ts";
import type { ChatStore } from "../store/chat-store.ts";
import { StoreError } from "../store/store-error.ts";
import { Admission, type AdmissionAnswer } from "./admission.ts";
import type { ServerEvent } from "./api.ts";
import { ServerContext } from "./context.ts";
import { Gate, type V1Policy } from "./gate.ts";
import { AMPLIFICATION_MAX, DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { Liveness } from "./liveness.ts";
import type { Client } from "./registry.ts";
import { type SaveAnswer, Saving } from "./saving.ts";
import type { ServerEntries } from "./server-entries.ts";
import type { Transmit } from "./turn.ts";
import { V2Desk } from "./v2/desk.ts";

export interface ChatServerOptions {
  readonly store: ChatStore;
  /** For sessions and cookies: fit for secrets, unless all is simulated. */
  readonly random: Random;
  /** How far local civil time is ahead of UTC, in milliseconds; v1 stamps saved messages with it. */
  readonly utcOffsetMs: () => number;
  /** Default `private`. */
  readonly v1?: V1Policy;
  /** Default: {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<ServerLimits>;
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
  readonly #context: ServerContext;
  readonly #gate: Gate;
  readonly #liveness: Liveness;
  readonly #admission: Admission;
  readonly #saving: Saving;
  readonly #desk: V2Desk;

  /** @throws {StoreError} when what was kept cannot be read. */
  constructor(options: ChatServerOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#context = new ServerContext(options.store, limits, options.random, options.utcOffsetMs);
    this.#gate = new Gate(options.v1 ?? "private", limits);
    this.#liveness = new Liveness(this.#context);
    this.#admission = new Admission(this.#context, this.#liveness);
    this.#saving = new Saving(this.#context, this.#liveness);
    this.#desk = new V2Desk(this.#context, this.#liveness, this.#admission, this.#saving, this.#gate);
  }

  /** How many nicknames are known, and how many of them online. */
  get population(): { readonly known: number; readonly online: number } {
    const { registry } = this.#context;
    return { known: registry.size, online: registry.online.size };
  }

  /** What it holds in memory. */
  get entries(): ServerEntries {
    return { ...this.#context.entries, rates: this.#gate.size };
  }

  /** See `RunningServer.busy`. */
  get busy(): boolean {
    return this.#context.waiting.size > 0 || this.#context.tables.busy;
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    const client = this.#context.registry.byAddress(from);
    const isClient = client !== undefined && client.presence !== "offline";
    if (!this.#gate.admits(from, { isClient, sizeBytes: bytes.length }, at.nowMs)) {
      this.#drop("RATE_LIMITED", from);
      if (isClient && isV2(bytes) && this.#gate.mayTell(from, at.nowMs)) this.#desk.handleExcess(client);
      return;
    }
    try {
      if (isV2(bytes)) this.#desk.handleDatagram(from, bytes, at);
      // Whoever speaks v2 proves himself with each request: in v1 anybody could speak in his name.
      else this.#handleV1(from, bytes, isClient && client.native === undefined ? client : undefined, at);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#context.turn.fail(error);
    }
  }

  /** Acts on passed deadlines. Calling it early or twice does nothing. */
  handleTimeout(nowMs: number): void {
    this.#gate.forgetQuiet(nowMs);
    this.#liveness.handleTimeout(nowMs);
  }

  /** When to call `handleTimeout`, or `undefined` when nothing is awaited. */
  pollTimeout(): number | undefined {
    return earliest(this.#liveness.pollTimeout(), this.#context.tables.pollTimeout());
  }

  /** Ends the turn: makes durable what was done in it, then gives what to send, in order. */
  endTurn(nowMs: number): readonly Transmit[] {
    const { turn, tables } = this.#context;
    const { transmits, events } = turn.end();
    this.#context.publish(events);

    // Only now: tables and saved messages show what is durable.
    this.#liveness.poll(nowMs);
    for (const { client, datagrams } of tables.poll(nowMs)) {
      turn.begin();
      turn.transmit(client.address, datagrams);
    }
    const later = turn.end();
    this.#context.publish(later.events);
    return later.transmits.length === 0 ? transmits : [...transmits, ...later.transmits];
  }

  takeEvents(): readonly ServerEvent[] {
    return this.#context.takeEvents();
  }

  #handleV1(from: Address, bytes: Uint8Array, sender: Client | undefined, at: Instant): void {
    const request = decodeRequest(bytes);
    const isRegister = !(request instanceof WireError) && request.kind === "register";
    // v1 demands an answer to `reg`, so a stranger gets that in full.
    const isFree = sender !== undefined || isRegister;
    this.#context.begin(from, isFree ? {} : { refusalBytesMax: AMPLIFICATION_MAX * bytes.length });
    if (isRegister && request.offersV2 === true) this.#desk.handleOffer(from, at.nowMs);
    else if (!this.#gate.servesV1(from)) this.#drop("V1_NOT_SERVED", from);
    else if (isRegister && !this.#gate.admitsRegistration(from, at.nowMs)) this.#drop("RATE_LIMITED", from);
    else this.#handleRequest(from, sender, request, at);
  }

  #drop(reason: string, address: Address): void {
    this.#context.publish([{ kind: "dropped", reason, address }]);
  }

  #handleRequest(from: Address, sender: Client | undefined, request: Request | WireError, at: Instant): void {
    const wasOnline = sender?.presence === "online";
    if (sender !== undefined) this.#liveness.handleHeard(sender, at.nowMs);
    if (request instanceof WireError) {
      this.#handleUnreadable(from, sender, request, at.nowMs);
    } else if (request.kind === "ack") {
      if (sender === undefined)
        this.#context.report({ kind: "dropped", reason: "ACK_FROM_STRANGER", address: from });
      // Of one that had vanished it is the late answer to a ping that was given up.
      else if (wasOnline) this.#liveness.handleAck(sender, at.nowMs);
    } else if (request.kind === "register") {
      this.#admission.handle({ nick: request.nick, from }, at.nowMs, this.#admissionAnswer(from));
    } else if (request.kind === "deregister") {
      this.#deregister(from, request.nick, at.nowMs);
    } else if (request.kind === "table") {
      if (sender === undefined)
        this.#context.report({ kind: "dropped", reason: "TABLE_FOR_STRANGER", address: from });
      else this.#resend(sender, at.nowMs);
    } else if (sender === undefined) {
      this.#context.refuse(
        from,
        request.kind,
        "NOT_REGISTERED",
        "You are not online, please register first.",
      );
    } else {
      const { to, text } = request;
      const answer = this.#saveAnswer(sender, at.nowMs);
      this.#saving.handle(sender, { to, text, auto: false, insist: false }, at, answer);
    }
  }

  /** The original answers what it does not understand with the table; ours does so for those who are registered. */
  #handleUnreadable(from: Address, sender: Client | undefined, error: WireError, nowMs: number): void {
    this.#context.report({ kind: "dropped", reason: error.code, address: from });
    if (sender !== undefined) this.#resend(sender, nowMs);
  }

  /** Something of the table or of the saved messages was lost. */
  #resend(client: Client, nowMs: number): void {
    if (client.mail?.dialect === 1) client.mail.restart(nowMs);
    this.#context.tables.send(client, nowMs);
  }

  #admissionAnswer(from: Address): AdmissionAnswer {
    return {
      begin: () => this.#context.begin(from),
      registered: ({ outcome }) => this.#context.reply(from, { kind: "registered", outcome }),
      repeated: (client) => {
        this.#context.reply(from, { kind: "registered", outcome: client.outcome });
        this.#resend(client, client.heardMs);
      },
      refused: (reason, detail) => {
        if (reason !== "NICK_IN_USE") {
          this.#context.refuse(from, "register", reason, detail);
          return;
        }
        this.#context.reply(from, { kind: "nick-in-use" });
        this.#context.report({ kind: "refused", request: "register", reason, address: from });
      },
    };
  }

  #saveAnswer(sender: Client, nowMs: number): SaveAnswer {
    const { address } = sender;
    let wasAsked = false;
    return {
      begin: () => {
        wasAsked = true;
        this.#context.begin(address);
      },
      saved: () => this.#context.reply(address, { kind: "saved" }),
      online: ({ nick }) => {
        this.#context.reply(address, { kind: "online", nick });
        // The sender got no acknowledgement from one who is there: so the sender's table may be wrong.
        if (wasAsked && sameAddress(sender.address, address)) this.#context.tables.send(sender, nowMs);
      },
      unknown: (nick) => {
        this.#context.reply(address, { kind: "unknown-nick", nick });
        this.#context.report({ kind: "refused", request: "save", reason: "UNKNOWN_NICK", address });
      },
      refused: (reason, detail) => this.#context.refuse(address, "save", reason, detail),
    };
  }

  #deregister(from: Address, nick: string, nowMs: number): void {
    const client = this.#context.registry.byNick(nick);
    if (client === undefined || client.native !== undefined || !sameAddress(client.address, from)) {
      this.#context.refuse(from, "deregister", "NOT_YOURS", "You need to dereg using your own username.");
      return;
    }
    this.#context.reply(from, { kind: "deregistered" });
    if (client.presence === "offline") return;
    this.#liveness.leave(client, nowMs);
    this.#context.report({ kind: "deregistered", nick, address: from });
  }
}
