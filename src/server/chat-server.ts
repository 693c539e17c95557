import { type Address, sameAddress } from "../protocol/address.ts";
import { isNick } from "../protocol/limits.ts";
import type { Request } from "../protocol/packets.ts";
import { decodeRequest } from "../protocol/v1/index.ts";
import { WireError } from "../protocol/wire-error.ts";
import { type ChatStore, StoreError } from "../store/chat-store.ts";
import type { ServerEvent } from "./api.ts";
import { type Instant, ServerContext } from "./context.ts";
import { Gate, type V1Policy } from "./gate.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./limits.ts";
import { Liveness } from "./liveness.ts";
import type { Client } from "./registry.ts";
import { Saving } from "./saving.ts";
import type { Transmit } from "./turn.ts";

export interface ChatServerOptions {
  readonly store: ChatStore;
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
  readonly #saving: Saving;

  /** @throws {StoreError} when what was kept cannot be read. */
  constructor(options: ChatServerOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#context = new ServerContext(options.store, limits, options.utcOffsetMs);
    this.#gate = new Gate(options.v1 ?? "private", limits);
    this.#liveness = new Liveness(this.#context);
    this.#saving = new Saving(this.#context, this.#liveness);
  }

  /** How many nicknames are known, and how many of them online. */
  get population(): { readonly known: number; readonly online: number } {
    const { registry } = this.#context;
    return { known: registry.size, online: registry.online.size };
  }

  /** See `RunningServer.busy`. */
  get busy(): boolean {
    return this.#context.waiting.size > 0 || this.#context.tables.pollTimeout() !== undefined;
  }

  handleDatagram(from: Address, bytes: Uint8Array, at: Instant): void {
    const sender = this.#context.registry.byAddress(from);
    const isClient = sender !== undefined && sender.presence !== "offline";
    const refusal = this.#gate.refuses(from, isClient, at.nowMs);
    if (refusal !== undefined) {
      this.#context.publish([{ kind: "dropped", reason: refusal, address: from }]);
      return;
    }
    const request = decodeRequest(bytes);
    // v1 demands an answer to `reg`, so a stranger gets that in full.
    const isFree = isClient || (!(request instanceof WireError) && request.kind === "register");
    this.#context.begin(from, isFree ? {} : { refusalBytesMax: AMPLIFICATION_MAX * bytes.length });
    try {
      this.#handle(from, isClient ? sender : undefined, request, at);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#context.turn.fail(error);
    }
  }

  /** Acts on passed deadlines. Calling it early or twice does nothing. */
  handleTimeout(nowMs: number): void {
    this.#liveness.handleTimeout(nowMs);
  }

  /** When to call `handleTimeout`, or `undefined` when nothing is awaited. */
  pollTimeout(): number | undefined {
    const livenessMs = this.#liveness.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const tablesMs = this.#context.tables.pollTimeout() ?? Number.POSITIVE_INFINITY;
    const earliestMs = Math.min(livenessMs, tablesMs);
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
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

  #handle(from: Address, sender: Client | undefined, request: Request | WireError, at: Instant): void {
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
      this.#register(from, request.nick, at.nowMs);
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
      this.#saving.handle(sender, request.to, request.text, at);
    }
  }

  /** The original answers what it does not understand with the table; ours does so for those who are registered. */
  #handleUnreadable(from: Address, sender: Client | undefined, error: WireError, nowMs: number): void {
    this.#context.report({ kind: "dropped", reason: error.code, address: from });
    if (sender !== undefined) this.#resend(sender, nowMs);
  }

  /** Something of the table or of the saved messages was lost. */
  #resend(client: Client, nowMs: number): void {
    client.mail?.restart(nowMs);
    this.#context.tables.mark(client, nowMs);
  }

  #register(from: Address, nick: string, nowMs: number): void {
    const client = this.#context.registry.byNick(nick);
    if (!isNick(nick)) {
      this.#context.refuse(
        from,
        "register",
        "BAD_NICK",
        "That is no nickname: 1 to 32 letters, digits, _ . or -",
      );
    } else if (client?.presence !== "online") {
      if (client === undefined && !this.#makeRoom())
        this.#context.refuse(from, "register", "SERVER_FULL", "The server is full.");
      else this.#admit(client, nick, from, nowMs);
    } else if (sameAddress(client.address, from)) {
      this.#context.reply(from, { kind: "registered", outcome: client.outcome });
      this.#resend(client, nowMs);
    } else if (client.newcomer === undefined) {
      this.#contest(client, from, nowMs);
    } else if (!sameAddress(client.newcomer, from)) {
      this.#refuseNick(from);
    }
  }

  /** Somebody else wants a nickname that is online: he gets it when its holder does not answer. */
  #contest(holder: Client, newcomer: Address, nowMs: number): void {
    holder.newcomer = newcomer;
    this.#liveness.ask(holder, nowMs, (alive, answeredMs) => {
      this.#context.begin(newcomer);
      holder.newcomer = undefined;
      if (alive) this.#refuseNick(newcomer);
      else this.#admit(holder, holder.nick, newcomer, answeredMs);
    });
  }

  #admit(known: Client | undefined, nick: string, address: Address, nowMs: number): void {
    const { registry, turn, waiting, tables } = this.#context;
    const previous = registry.byAddress(address);
    // One address, one client: whoever had the port before has left it.
    if (previous !== undefined && previous !== known && previous.presence !== "offline") {
      this.#context.setPresence(previous, "offline");
      this.#liveness.stop(previous, nowMs);
    }

    const outcome = known === undefined ? "new" : "back";
    const client = known ?? registry.add({ nick, address, online: false });
    const { address: addressBefore, outcome: outcomeBefore } = client;
    registry.move(client, address);
    client.outcome = outcome;
    client.latestSave = undefined;
    client.saving = undefined;
    turn.write(
      () => {},
      () => {
        client.mail = undefined;
        waiting.delete(client);
        tables.forget(client);
        if (known === undefined) registry.remove(client);
        else registry.move(client, addressBefore);
        client.outcome = outcomeBefore;
      },
    );
    this.#context.setPresence(client, "online");
    this.#context.reply(address, { kind: "registered", outcome });
    this.#context.report({ kind: "registered", nick, address, outcome });
    this.#liveness.handleHeard(client, nowMs);
    this.#liveness.welcome(client, nowMs);
  }

  /** When all nicknames are taken, forgets the one that has been away longest with nothing kept for it. */
  #makeRoom(): boolean {
    const { registry, limits, store, turn } = this.#context;
    if (registry.size < limits.nicksMax) return true;
    let longestAway: Client | undefined;
    for (const client of registry.all()) {
      if (client.presence === "online" || store.mailboxSize(client.nick).messages > 0) continue;
      if (longestAway === undefined || client.heardMs < longestAway.heardMs) longestAway = client;
    }
    if (longestAway === undefined) return false;
    const { nick, address } = longestAway;
    registry.remove(longestAway);
    turn.write(
      () => store.removeClient(nick),
      () => registry.add({ nick, address, online: false }),
    );
    return true;
  }

  #deregister(from: Address, nick: string, nowMs: number): void {
    const client = this.#context.registry.byNick(nick);
    if (client === undefined || !sameAddress(client.address, from)) {
      this.#context.refuse(from, "deregister", "NOT_YOURS", "You need to dereg using your own username.");
      return;
    }
    this.#context.reply(from, { kind: "deregistered" });
    if (client.presence === "offline") return;
    this.#context.setPresence(client, "offline");
    this.#liveness.stop(client, nowMs);
    this.#context.report({ kind: "deregistered", nick, address: from });
    this.#context.tables.markAll(nowMs, { changed: true });
  }

  #refuseNick(address: Address): void {
    this.#context.reply(address, { kind: "nick-in-use" });
    this.#context.report({ kind: "refused", request: "register", reason: "NICK_IN_USE", address });
  }
}

/** Whose address is not known to be his own draws at most so many times the bytes that he sent (RFC 9000 §8.1). */
const AMPLIFICATION_MAX = 3;
