import { identityFrom } from "../net/keys.ts";
import type { Timer, World } from "../net/network.ts";
import { randomEpoch } from "../net/random-epoch.ts";
import { systemWorld } from "../net/system-world.ts";
import type { Address } from "../protocol/address.ts";
import { nickFault, textFault } from "../protocol/limits.ts";
import {
  type ChatClient,
  ClientError,
  type ClientEvent,
  type ClientOptions,
  type Contact,
  type FailureReason,
  type MessageId,
  type Receipt,
  type Registration,
  type SendOptions,
} from "./api.ts";
import { EventQueue } from "./event-queue.ts";
import { NegotiatingSession } from "./negotiating-session.ts";
import type { CommandEnd, Session, SessionEvent, SessionTransmit } from "./session.ts";
import { V1Session } from "./v1/session.ts";
import { V2Session } from "./v2/session.ts";

/**
 * Opens a port for a nickname; nothing is sent before `register`.
 *
 * @param world where the network and the time come from. Default: UDP and the system's clock.
 * @throws {TypeError} when the nickname is none.
 * @throws {NetworkError} when the port cannot be opened or the server's host is unknown.
 */
export async function openClient(options: ClientOptions, world: World = systemWorld()): Promise<ChatClient> {
  const fault = nickFault(options.nick);
  if (fault !== undefined) throw new TypeError(fault);
  const server = { host: await world.network.lookup(options.server.host), port: options.server.port };
  const driver = new Driver(options.nick, createSession(options, server, world), world);
  await driver.open({ host: listeningHost(server.host), ...options.bind });
  return driver;
}

function createSession(
  { nick, protocol = "auto", identity }: ClientOptions,
  server: Address,
  world: World,
): Session {
  const utcOffsetMs = () => world.clock.utcOffsetMs();
  if (protocol === 1) return new V1Session({ nick, server, utcOffsetMs });
  const v2 = new V2Session({
    nick,
    server,
    identity: identity ?? identityFrom(world.random.bytes(32)),
    epoch: randomEpoch(world.random),
    jitter: () => world.random.next(),
  });
  if (protocol === 2) return v2;
  const newV1 = () => new V1Session({ nick, server, utcOffsetMs, offersV2: true });
  return new NegotiatingSession(server, newV1, v2);
}

/** A port on 127.0.0.1 hears nothing from other machines, and one on all addresses too much where loopback will do. */
function listeningHost(serverIp: string): string {
  const isLoopback = serverIp === "::1" || serverIp.startsWith("127.");
  if (serverIp.includes(":")) return isLoopback ? "::1" : "::";
  return isLoopback ? "127.0.0.1" : "0.0.0.0";
}

/** Runs a session on a port of a network: feeds it datagrams and time, carries out what it wants. */
class Driver implements ChatClient {
  readonly nick: string;
  readonly #session: Session;
  readonly #world: World;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #commits = new Set<() => Promise<void> | undefined>();
  /** What turns sent and what is not yet durable of them. */
  readonly #held = new Set<Promise<void>>();
  readonly #queues = new Set<EventQueue<ClientEvent>>();
  readonly #receipts = new Map<number, (receipt: Receipt) => void>();
  /** The latest given out, by recipient. */
  readonly #latestIds = new Map<string, MessageId>();
  #endpoint: Awaited<ReturnType<World["network"]["bind"]>> | undefined;
  #command: Command | undefined;
  #timer: Timer | undefined;
  /** When it rings. */
  #timerMs = 0;
  #lastKey = 0;
  #inTurn = false;
  /** What came could not be made durable, and some of it may have been forgotten: nothing goes out any more. */
  #isMute = false;
  #closed = false;

  constructor(nick: string, session: Session, world: World) {
    this.nick = nick;
    this.#session = session;
    this.#world = world;
  }

  get address() {
    if (this.#endpoint === undefined) throw new TypeError("the client is not open");
    return this.#endpoint.address;
  }

  get contacts(): ReadonlyMap<string, Contact> {
    return this.#session.contacts;
  }

  get protocol(): 1 | 2 | undefined {
    return this.#session.protocol;
  }

  get registered(): boolean {
    return this.#session.registered && !this.#closed;
  }

  get busy(): boolean {
    return (this.#session.busy || this.#held.size > 0) && !this.#closed;
  }

  async open(bind: { readonly host?: string; readonly port?: number }): Promise<void> {
    this.#endpoint = await this.#world.network.bind({
      ...bind,
      onDatagrams: (datagrams) => {
        if (this.#closed) return;
        const at = { nowMs: this.#world.clock.nowMs(), dateMs: this.#world.clock.dateMs() };
        for (const { from, bytes } of datagrams) this.#session.handleDatagram(from, bytes, at);
        this.#endTurn();
      },
    });
  }

  register(options: { readonly signal?: AbortSignal } = {}): Promise<Registration> {
    return this.#run(
      (nowMs) => this.#session.register(nowMs),
      options.signal,
      (end) => {
        if (end.kind === "registered") return { outcome: end.outcome };
        throw registrationError(this.nick, end);
      },
    );
  }

  deregister(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (!this.registered && !this.#closed) {
      return Promise.reject(new ClientError("NOT_REGISTERED", `${this.nick} is not registered`));
    }
    return this.#run(
      (nowMs) => this.#session.deregister(nowMs),
      options.signal,
      (end) => {
        if (end.kind !== "deregistered") throw registrationError(this.nick, end);
      },
    );
  }

  newMessageId(to: string): MessageId {
    // Each recipient knows only his own: with another's he could speak to that one in this client's name.
    const { epoch, seq } = this.#latestIds.get(to) ?? { epoch: randomEpoch(this.#world.random), seq: 0 };
    const id = { epoch, seq: seq + 1 };
    this.#latestIds.set(to, id);
    return id;
  }

  send(
    to: string,
    text: string,
    { signal, auto = false, id = this.newMessageId(to) }: SendOptions = {},
  ): Promise<Receipt> {
    const fault = textFault(text);
    if (this.#closed) return failed("CLOSED", "the client is closed");
    if (signal?.aborted === true) return failed("ABORTED", "the send was aborted");
    if (!this.#session.registered) return failed("NOT_REGISTERED", `${this.nick} is not registered`);
    if (fault !== undefined) return failed(fault, FAULTS[fault]);
    if (to === this.nick) return failed("UNKNOWN_RECIPIENT", "a client cannot write to itself");
    // Who is in the table was let in by its server, whatever he is called.
    const toFault = this.#session.contacts.has(to) ? undefined : nickFault(to);
    if (toFault !== undefined) return failed("UNKNOWN_RECIPIENT", toFault);

    this.#lastKey += 1;
    const key = this.#lastKey;
    const { promise, resolve } = Promise.withResolvers<Receipt>();
    this.#receipts.set(key, signal === undefined ? resolve : this.#abortable(key, resolve, signal));
    const { clock } = this.#world;
    const sentAtMs = Math.round(clock.dateMs());
    this.#session.send({ key, to, text: text.toWellFormed(), auto, id, sentAtMs }, clock.nowMs());
    this.#endTurn();
    return promise;
  }

  /** Gives the message up when the signal says so. @returns what takes its receipt */
  #abortable(key: number, resolve: (receipt: Receipt) => void, signal: AbortSignal) {
    const abort = () => {
      this.#session.fail(key, "ABORTED", "the send was aborted", this.#world.clock.nowMs());
      this.#endTurn();
    };
    signal.addEventListener("abort", abort, { once: true });
    return (receipt: Receipt) => {
      signal.removeEventListener("abort", abort);
      resolve(receipt);
    };
  }

  events(): AsyncIterableIterator<ClientEvent> {
    const queue = new EventQueue<ClientEvent>(() => this.#queues.delete(queue));
    if (this.#closed) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  subscribe(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  beforeTransmit(commit: () => Promise<void> | undefined): () => void {
    this.#commits.add(commit);
    return () => this.#commits.delete(commit);
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#session.failAll("CLOSED", "the client was closed", this.#world.clock.nowMs());
      for (const event of this.#session.takeEvents()) this.#settle(event);
      this.#closed = true;
      this.#timer?.cancel();
      this.#command?.reject(new ClientError("CLOSED", "the client was closed"));
      this.#command = undefined;
      for (const queue of this.#queues) queue.end();
    }
    await Promise.all(this.#held);
    await this.#endpoint?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One registration or deregistration at a time. */
  #run<T>(
    begin: (nowMs: number) => () => void,
    signal: AbortSignal | undefined,
    finish: (end: CommandEnd) => T,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new ClientError("CLOSED", "the client is closed"));
    if (this.#command !== undefined) {
      return Promise.reject(new ClientError("BUSY", "a registration or deregistration is under way"));
    }
    if (signal?.aborted === true) return Promise.reject(signal.reason);

    const { promise, resolve, reject } = Promise.withResolvers<CommandEnd>();
    const cancel = begin(this.#world.clock.nowMs());
    const abort = () => {
      cancel();
      this.#command = undefined;
      reject(signal?.reason);
      this.#endTurn();
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#command = { resolve, reject };
    this.#endTurn();
    return promise.then(finish).finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Events before transmissions: an acknowledgement says that the listeners have the message. */
  #endTurn(): void {
    // A listener that sends is inside a turn: its message goes out at the end of it.
    if (this.#inTurn) return;
    this.#inTurn = true;
    const failures: unknown[] = [];
    const commits: Promise<void>[] = [];
    let isCommitted = true;
    let events = this.#session.takeEvents();
    while (events.length > 0) {
      for (const event of events) {
        try {
          this.#settle(event);
        } catch (error) {
          failures.push(error);
        }
      }
      for (const commit of this.#commits) {
        try {
          const durable = commit();
          if (durable !== undefined) commits.push(durable);
        } catch {
          // Whoever commits has seen it fail, and says so. Thrown from here it would end the process in a turn of a timer.
          isCommitted = false;
        }
      }
      events = this.#session.takeEvents();
    }
    this.#inTurn = false;
    const withhold = failures.length > 0 || !isCommitted || this.#isMute;
    if (withhold) this.#session.forgetTurn();
    this.#transmit(withhold, commits);
    if (failures.length > 0) throw failures[0];
  }

  #transmit(withhold: boolean, commits: readonly Promise<void>[]): void {
    const { clock } = this.#world;
    const transmits = this.#session.takeTransmits(clock.nowMs());
    this.#setTimer();
    if (withhold) return;
    // What comes again may not be durable yet.
    const repeats = this.#held.size === 0 ? [] : transmits.filter(({ isRepeat }) => isRepeat);
    const others = repeats.length === 0 ? transmits : transmits.filter(({ isRepeat }) => !isRepeat);
    if (repeats.length > 0) this.#hold(repeats, [...this.#held, ...commits]);
    if (commits.length === 0) this.#send(others);
    else if (others.length > 0) this.#hold(others, commits);
  }

  /** One that rings early is left as it is: most deadlines are put off before they come, and to set a timer anew takes longer. */
  #setTimer(): void {
    const deadlineMs = this.#closed ? undefined : this.#session.pollTimeout();
    if (deadlineMs !== undefined && this.#timer !== undefined && this.#timerMs <= deadlineMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (deadlineMs === undefined) return;
    const { clock } = this.#world;
    this.#timerMs = deadlineMs;
    this.#timer = clock.schedule(Math.max(0, deadlineMs - clock.nowMs()), () => this.#wake());
  }

  #hold(transmits: readonly SessionTransmit[], safe: readonly Promise<void>[]): void {
    // The disk is not on the clock.
    const release = this.#world.clock.hold();
    const held = Promise.all(safe).then(
      () => this.#send(transmits),
      // Whoever commits has seen it fail, and says so.
      () => {
        this.#isMute = true;
      },
    );
    this.#held.add(held);
    void held.then(() => {
      this.#held.delete(held);
      release();
    });
  }

  #send(transmits: readonly SessionTransmit[]): void {
    if (this.#isMute) return;
    for (const { to, bytes } of transmits) this.#endpoint?.send(to, bytes);
  }

  #wake(): void {
    this.#timer = undefined;
    this.#session.handleTimeout(this.#world.clock.nowMs());
    this.#endTurn();
  }

  #settle(event: SessionEvent): void {
    switch (event.kind) {
      case "receipt":
        this.#receipts.get(event.key)?.(event.receipt);
        this.#receipts.delete(event.key);
        return;
      case "register-ended":
      case "deregister-ended":
        this.#command?.resolve(event.end);
        this.#command = undefined;
        return;
      default:
        for (const queue of this.#queues) queue.push(event);
        for (const listener of this.#listeners) listener(event);
    }
  }
}

interface Command {
  readonly resolve: (end: CommandEnd) => void;
  readonly reject: (error: unknown) => void;
}

const FAULTS = {
  TEXT_EMPTY: "there is no text to send",
  TEXT_TOO_LONG: "the text has more than 1,000 bytes; send it in parts",
} as const;

function failed(reason: FailureReason, detail: string): Promise<Receipt> {
  return Promise.resolve({ kind: "failed", reason, detail, attempts: 0 });
}

function registrationError(nick: string, end: CommandEnd): ClientError {
  switch (end.kind) {
    case "nick-in-use":
      return new ClientError(
        "NICK_IN_USE",
        `${nick} is registered from another address, and somebody answers there`,
      );
    case "nick-owned":
      return new ClientError("NICK_OWNED", `${nick} belongs to another key`);
    case "refused":
      return new ClientError("REFUSED", end.detail);
    default:
      return new ClientError("SERVER_NOT_RESPONDING", "the server did not answer");
  }
}
