import { type Address, sameAddress } from "../../protocol/address.ts";
import { Exchange } from "../../protocol/exchange.ts";
import type { Contact, FailureReason, Receipt } from "../api.ts";
import { V1_ACK_POLICY } from "./ack-policy.ts";
import type { AnsweredRequest, RequestEnd, ServerRequests } from "./server-requests.ts";

/** What the outbox needs of the session around it. */
export interface OutboxContext {
  readonly requests: ServerRequests;
  /** True while part of the table is known to be missing and asked for. */
  readonly tableIncomplete: boolean;
  contact(nick: string): Contact | undefined;
  /** The server says that the recipient is away, whatever the table showed. */
  markOffline(nick: string): void;
  /** Asks the server for its table, for something that should be in it is not. */
  requestTable(nowMs: number): void;
  /** The server did not answer. */
  serverSilent(nowMs: number): void;
  transmit(to: Address, text: string): void;
  /** The recipient did not acknowledge in time: the server is asked next. */
  unacknowledged(nick: string): void;
  finish(id: number, receipt: Receipt): void;
}

/**
 * Messages on their way, one at a time per recipient, which keeps their order.
 *
 * Each goes straight to the recipient while the table shows him online. Unacknowledged, it goes to
 * the server, which saves it or says that the recipient is there: then it is tried again. v1 has no
 * ids, so when only the acknowledgement was lost the recipient sees it twice; the receipt's `attempts` tells.
 *
 * States: queued → seeking? → direct ⇄ pausing, direct → with server → pausing | finished.
 */
export class Outbox {
  readonly #context: OutboxContext;
  readonly #queues = new Map<string, Message[]>();
  readonly #messages = new Map<number, Message>();

  constructor(context: OutboxContext) {
    this.#context = context;
  }

  add(id: number, to: string, text: string, nowMs: number): void {
    const message: Message = {
      id,
      to,
      text,
      attempts: 0,
      rounds: 0,
      transmittedMs: nowMs,
      state: { kind: "queued" },
    };
    this.#messages.set(id, message);
    const queue = this.#queues.get(to);
    if (queue !== undefined) {
      queue.push(message);
      return;
    }
    this.#queues.set(to, [message]);
    this.#begin(message, nowMs);
  }

  /** Ends a message early. What was transmitted may arrive all the same. */
  fail(id: number, reason: FailureReason, detail: string, nowMs: number): void {
    const message = this.#messages.get(id);
    if (message !== undefined) this.#fail(message, reason, detail, nowMs);
  }

  failAll(reason: FailureReason, detail: string, nowMs: number): void {
    // Waiting ones first, so that the end of one does not begin the next.
    for (const id of [...this.#messages.keys()].reverse()) this.fail(id, reason, detail, nowMs);
  }

  /** False when no message to that address awaits an acknowledgement. */
  handleAck(from: Address, nowMs: number): boolean {
    for (const [message] of this.#queues.values()) {
      if (message?.address === undefined || !sameAddress(message.address, from)) continue;
      if (message.state.kind === "direct") {
        const roundTripMs = message.state.exchange.handleReply(nowMs) ?? 0;
        this.#finish(message, { kind: "delivered", roundTripMs, attempts: message.attempts }, nowMs);
      } else {
        // Late, and the server was asked already: its answer decides whether a second copy exists.
        message.lateRoundTripMs ??= nowMs - message.transmittedMs;
      }
      return true;
    }
    return false;
  }

  /** The table changed: whoever was sought may be in it now. */
  handleTable(nowMs: number): void {
    for (const [message] of this.#queues.values()) {
      if (message?.state.kind === "seeking" && this.#context.contact(message.to) !== undefined) {
        this.#begin(message, nowMs);
      }
    }
  }

  handleTimeout(nowMs: number): void {
    for (const [message] of [...this.#queues.values()]) if (message !== undefined) this.#wake(message, nowMs);
  }

  pollTimeout(): number | undefined {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const [message] of this.#queues.values()) {
      if (message !== undefined) earliestMs = Math.min(earliestMs, deadlineOf(message));
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  #begin(message: Message, nowMs: number): void {
    const contact = this.#context.contact(message.to);
    if (contact === undefined) {
      message.state = { kind: "seeking", deadlineMs: nowMs + SEEK_MS };
      this.#context.requestTable(nowMs);
    } else if (!contact.online) {
      this.#passToServer(message);
    } else {
      const exchange = new Exchange(V1_ACK_POLICY, nowMs);
      exchange.pollTransmit(nowMs);
      message.attempts += 1;
      message.rounds += 1;
      message.address = contact.address;
      message.transmittedMs = nowMs;
      message.state = { kind: "direct", exchange };
      this.#context.transmit(contact.address, message.text);
    }
  }

  #wake(message: Message, nowMs: number): void {
    const { state } = message;
    switch (state.kind) {
      case "seeking":
        if (nowMs < state.deadlineMs) return;
        if (this.#context.tableIncomplete) message.state = { kind: "seeking", deadlineMs: nowMs + SEEK_MS };
        else this.#fail(message, "UNKNOWN_RECIPIENT", `nobody is called ${message.to}`, nowMs);
        return;
      case "pausing":
        if (nowMs >= state.deadlineMs) this.#begin(message, nowMs);
        return;
      case "direct":
        state.exchange.handleTimeout(nowMs);
        if (!state.exchange.expired) return;
        if (message.rounds === 1) this.#context.unacknowledged(message.to);
        this.#passToServer(message);
        return;
      default:
    }
  }

  #passToServer(message: Message): void {
    const request: AnsweredRequest = { kind: "save", to: message.to, text: message.text };
    message.state = { kind: "with-server", request };
    this.#context.requests.add(
      request,
      (end, nowMs) => this.#handleServer(message, end, nowMs),
      () => {
        message.attempts += 1;
      },
    );
  }

  #handleServer(message: Message, end: RequestEnd, nowMs: number): void {
    const { to, attempts, lateRoundTripMs, rounds } = message;
    if (end.kind === "saved") {
      // What follows must not overtake it: it goes the same way until the table shows the recipient online again.
      this.#context.markOffline(to);
      this.#finish(message, { kind: "saved", attempts }, nowMs);
    } else if (lateRoundTripMs !== undefined) {
      this.#finish(message, { kind: "delivered", roundTripMs: lateRoundTripMs, attempts }, nowMs);
    } else if (end.kind === "online") {
      if (rounds < ROUNDS_MAX) message.state = { kind: "pausing", deadlineMs: nowMs + TABLE_WAIT_MS };
      else this.#fail(message, "NO_ACKNOWLEDGEMENT", `${to} is online and did not acknowledge it`, nowMs);
    } else if (end.kind === "unknown-nick") {
      this.#fail(message, "UNKNOWN_RECIPIENT", `nobody is called ${to}`, nowMs);
    } else if (end.kind === "expired") {
      this.#context.serverSilent(nowMs);
      this.#fail(message, "SERVER_NOT_RESPONDING", "the server did not answer", nowMs);
    } else {
      const detail = end.kind === "refused" ? end.detail : end.kind;
      this.#fail(message, "REFUSED_BY_SERVER", detail, nowMs);
    }
  }

  #fail(message: Message, reason: FailureReason, detail: string, nowMs: number): void {
    this.#finish(message, { kind: "failed", reason, detail, attempts: message.attempts }, nowMs);
  }

  #finish(message: Message, receipt: Receipt, nowMs: number): void {
    if (message.state.kind === "with-server") this.#context.requests.drop(message.state.request);
    this.#messages.delete(message.id);
    const queue = this.#queues.get(message.to) ?? [];
    const wasFirst = queue[0] === message;
    const rest = queue.filter((other) => other !== message);
    if (rest.length === 0) this.#queues.delete(message.to);
    else this.#queues.set(message.to, rest);
    this.#context.finish(message.id, receipt);
    const [next] = rest;
    if (wasFirst && next !== undefined) this.#begin(next, nowMs);
  }
}

interface Message {
  readonly id: number;
  readonly to: string;
  readonly text: string;
  /** Transmissions of the text, to whomever. */
  attempts: number;
  /** Of these, straight to the recipient. */
  rounds: number;
  /** Where it went last. */
  address?: Address;
  /** When it went there. */
  transmittedMs: number;
  /** Of an acknowledgement that came after the server was asked. */
  lateRoundTripMs?: number;
  state: MessageState;
}

type MessageState =
  | { readonly kind: "queued" }
  | { readonly kind: "seeking"; readonly deadlineMs: number }
  | { readonly kind: "direct"; readonly exchange: Exchange }
  | { readonly kind: "with-server"; readonly request: AnsweredRequest }
  | { readonly kind: "pausing"; readonly deadlineMs: number };

function deadlineOf({ state }: Message): number {
  if (state.kind === "direct") return state.exchange.pollTimeout() ?? Number.POSITIVE_INFINITY;
  return "deadlineMs" in state ? state.deadlineMs : Number.POSITIVE_INFINITY;
}

/** How often a message goes straight to a recipient who is there and does not acknowledge. */
const ROUNDS_MAX = 8;

/** After `[Client x exists.]` comes the table, perhaps with another address. */
const TABLE_WAIT_MS = 200;

/** How long a nickname that is not in the table is waited for; while the table is incomplete, that long again. */
const SEEK_MS = 1_500;
