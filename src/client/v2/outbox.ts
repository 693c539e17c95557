import { type Address, formatAddress, sameAddress } from "../../protocol/address.ts";
import { Exchange } from "../../protocol/exchange.ts";
import { TEXTS_PER_MESSAGE_MAX } from "../../protocol/limits.ts";
import type { PacketId, RefusalCode, TableRow } from "../../protocol/v2/index.ts";
import type { Contact, FailureReason, Receipt } from "../api.ts";
import type { OutgoingMessage } from "../session.ts";
import { V1_ACK_POLICY } from "../v1/ack-policy.ts";
import { countTogether } from "./message-batch.ts";
import { RoundTrips } from "./round-trips.ts";

/** What the outbox needs of the session around it. */
export interface OutboxContext {
  contact(nick: string): Contact | undefined;
  /** Asks the server who that is; `handleRow` or `handleUnknown` tells. */
  lookUp(nick: string, nowMs: number): void;
  /** Asks the server to keep a message. */
  save(request: SaveRequest, nowMs: number): void;
  dropSave(message: OutgoingMessage): void;
  /** The recipient is away, as of that version of the table. */
  markOffline(nick: string, version: number): void;
  /** @param isRepeat they were transmitted before. */
  transmit(to: Address, messages: readonly [OutgoingMessage, ...OutgoingMessage[]], isRepeat: boolean): void;
  /** To one who speaks v1. */
  transmitV1(to: Address, text: string): void;
  /** The recipient did not acknowledge in time: the server is asked next. */
  unacknowledged(nick: string): void;
  finish(key: number, receipt: Receipt): void;
  /** Uniform in [0, 1). */
  jitter(): number;
}

export interface SaveRequest {
  readonly message: OutgoingMessage;
  /** Although the recipient is there. */
  readonly insist: boolean;
  readonly onTransmit: () => void;
}

/**
 * Messages on their way. To each recipient one datagram is under way at a time, with as many waiting texts as fit, which keeps
 * their order by construction (as NSTART = 1 does in CoAP, RFC 7252 §4.7).
 *
 * A message goes straight to the recipient while the table shows him online. Unacknowledged, it goes to the server under the same
 * id, which keeps it or says that the recipient is there: then it is tried again, and if that fails too the server is
 * told to keep it all the same. So it arrives once, whichever acknowledgement was lost.
 *
 * States of the messages to one recipient: idle → seeking? → direct → with the server → direct | idle.
 */
export class V2Outbox {
  readonly #context: OutboxContext;
  readonly #lanes = new Map<string, Lane>();
  readonly #lettersByKey = new Map<number, Letter>();
  /** Lanes by where their latest transmission went. */
  readonly #lanesByAddress = new Map<string, Lane>();
  readonly #roundTrips = new RoundTrips();
  /**
   * Where somebody did not answer although he was there. All for him goes through the server, for what goes straight must
   * not overtake it; until he is elsewhere, or after a while, when the server says that he has it all, the straight way
   * works again.
   */
  readonly #broken = new Map<string, BrokenWay>();
  /** Nothing is to be transmitted again before that; perhaps later, for what was acknowledged meanwhile is not taken out. */
  #wakeMs = Number.POSITIVE_INFINITY;

  constructor(context: OutboxContext) {
    this.#context = context;
  }

  add(message: OutgoingMessage, nowMs: number): void {
    const letter: Letter = { message, attempts: 0, wentStraight: false, transmittedMs: nowMs };
    this.#lettersByKey.set(message.key, letter);
    const lane = this.#lanes.get(message.to);
    if (lane !== undefined) {
      lane.letters.push(letter);
      return;
    }
    const fresh: Lane = { to: message.to, letters: [letter], state: IDLE, rounds: 0, sentTo: [] };
    this.#lanes.set(message.to, fresh);
    this.#begin(fresh, nowMs);
  }

  fail(key: number, reason: FailureReason, detail: string, nowMs: number): void {
    const letter = this.#lettersByKey.get(key);
    const lane = letter && this.#lanes.get(letter.message.to);
    if (letter === undefined || lane === undefined) return;
    const wasFirst = lane.letters[0] === letter;
    if (wasFirst) this.#leaveServer(lane);
    this.#remove(lane, [letter]);
    this.#context.finish(key, { kind: "failed", reason, detail, attempts: letter.attempts });
    // What was under way together with it goes on without it.
    if (wasFirst) this.#next(lane, nowMs);
  }

  failAll(reason: FailureReason, detail: string, nowMs: number): void {
    // Waiting ones first, so that the end of one does not begin the next.
    for (const key of [...this.#lettersByKey.keys()].reverse()) this.fail(key, reason, detail, nowMs);
  }

  /** The recipient has this message and those before it. False when nothing of that kind was transmitted to that address. */
  handleAck(from: Address, id: PacketId, nowMs: number): boolean {
    const lane = this.#lanesByAddress.get(formatAddress(from));
    if (lane === undefined) return false;
    const acked: Letter[] = [];
    for (const letter of lane.letters) {
      const { epoch, seq } = letter.message.id;
      if (!letter.wentStraight || epoch !== id.epoch || seq > id.seq) break;
      acked.push(letter);
    }
    // It names the last of a message. One that is none of these is a late copy of an earlier message's.
    if (acked.at(-1)?.message.id.seq !== id.seq) return false;
    this.#delivered(lane, acked, from, nowMs);
    return true;
  }

  /** The same of one who speaks v1: his acknowledgement says not of what. */
  handleV1Ack(from: Address, nowMs: number): boolean {
    const lane = this.#lanesByAddress.get(formatAddress(from));
    const [first] = lane?.letters ?? [];
    if (lane === undefined || first?.wentStraight !== true) return false;
    if (lane.state.kind === "direct" ? lane.state.protocol !== 1 : lane.state.kind !== "with-server")
      return false;
    this.#delivered(lane, [first], from, nowMs);
    return true;
  }

  /** The table changed. Whoever was sought may be in it, or whoever is written to elsewhere now. */
  handleTable(nowMs: number): void {
    for (const lane of [...this.#lanes.values()]) {
      const contact = this.#context.contact(lane.to);
      const { state } = lane;
      if (state.kind === "seeking" && contact !== undefined) this.#begin(lane, nowMs);
      else if (state.kind === "direct" && contact !== undefined) {
        const isThere = contact.online && sameAddress(contact.address, state.address);
        if (!isThere) this.#begin(lane, nowMs);
      }
    }
  }

  /** The server knows no such nickname. */
  handleUnknown(nick: string, nowMs: number): void {
    const lane = this.#lanes.get(nick);
    if (lane?.state.kind === "seeking")
      this.#failFirst(lane, "UNKNOWN_RECIPIENT", `nobody is called ${nick}`, nowMs);
  }

  /** The server keeps a message. */
  handleSaved(nick: string, id: PacketId, tableVersion: number, nowMs: number): void {
    const lane = this.#laneWithServer(nick, id);
    const [first] = lane?.letters ?? [];
    if (lane === undefined || first === undefined) return;
    // What follows must not overtake it: it goes the same way until the table shows the recipient online again.
    this.#context.markOffline(nick, tableVersion);
    this.#finishFirst(lane, { kind: "saved", attempts: first.attempts }, nowMs);
  }

  /** The server says that the recipient is there. */
  handleOnline(row: TableRow, id: PacketId, nowMs: number): void {
    const lane = this.#laneWithServer(row.nick, id);
    if (lane === undefined) return;
    // A way that is broken is tried once.
    if (this.#broken.has(row.nick)) lane.rounds = Math.max(lane.rounds, ROUNDS_MAX - 1);
    if (lane.rounds < ROUNDS_MAX) {
      this.#begin(lane, nowMs, { straight: true });
    } else {
      if (!("gone" in row)) this.#break(row.nick, row.address, nowMs);
      this.#save(lane, nowMs);
    }
  }

  handleRefused(nick: string, id: PacketId, code: RefusalCode, detail: string, nowMs: number): void {
    const lane = this.#laneWithServer(nick, id);
    if (lane === undefined) return;
    if (code === "unknown-nick")
      this.#failFirst(lane, "UNKNOWN_RECIPIENT", `nobody is called ${nick}`, nowMs);
    else this.#failFirst(lane, "REFUSED_BY_SERVER", detail, nowMs);
  }

  /** The server does not answer. */
  handleSilence(nick: string, nowMs: number): void {
    const lane = this.#lanes.get(nick);
    if (lane?.state.kind !== "with-server" && lane?.state.kind !== "seeking") return;
    this.#failFirst(lane, "SERVER_NOT_RESPONDING", "the server did not answer", nowMs);
  }

  get busy(): boolean {
    return this.#lanes.size > 0;
  }

  handleTimeout(nowMs: number): void {
    if (nowMs < this.#wakeMs) return;
    for (const lane of [...this.#lanes.values()]) {
      if (lane.state.kind !== "direct") continue;
      const { exchange } = lane.state;
      exchange.handleTimeout(nowMs);
      if (exchange.expired) this.#giveUpDirect(lane, nowMs);
      else if (exchange.pollTransmit(nowMs)) this.#transmit(lane.state, nowMs);
    }
    this.#wakeMs = Number.POSITIVE_INFINITY;
    for (const { state } of this.#lanes.values()) if (state.kind === "direct") this.#wakeFor(state.exchange);
  }

  pollTimeout(): number | undefined {
    return this.#wakeMs === Number.POSITIVE_INFINITY ? undefined : this.#wakeMs;
  }

  #wakeFor(exchange: Exchange): void {
    this.#wakeMs = Math.min(this.#wakeMs, exchange.pollTimeout() ?? Number.POSITIVE_INFINITY);
  }

  #break(nick: string, address: Address, nowMs: number): void {
    const before = this.#broken.get(nick);
    const pauseMs = before === undefined ? BROKEN_MS.min : Math.min(before.pauseMs * 2, BROKEN_MS.max);
    this.#broken.set(nick, { address, pauseMs, untilMs: nowMs + pauseMs });
  }

  /** @param straight The server has just said that the recipient is there, and has nothing for him. */
  #begin(lane: Lane, nowMs: number, { straight = false }: { readonly straight?: boolean } = {}): void {
    this.#leaveServer(lane);
    const contact = this.#context.contact(lane.to);
    if (contact === undefined) {
      lane.state = { kind: "seeking" };
      this.#context.lookUp(lane.to, nowMs);
      return;
    }
    const broken = this.#broken.get(lane.to);
    if (broken !== undefined && !sameAddress(broken.address, contact.address)) this.#broken.delete(lane.to);
    if (!contact.online || (!straight && this.#broken.has(lane.to))) {
      this.#save(lane, nowMs);
      return;
    }
    const { address, protocol } = contact;
    const key = formatAddress(address);
    const policy = protocol === 1 ? V1_ACK_POLICY : this.#roundTrips.of(key).policy(this.#context.jitter());
    const exchange = new Exchange(policy, nowMs);
    exchange.pollTransmit(nowMs);
    this.#wakeFor(exchange);
    // Of a long queue only as much is looked at as one message can hold.
    const first = lane.letters.slice(0, protocol === 1 ? 1 : TEXTS_PER_MESSAGE_MAX);
    const letters = first.slice(0, countTogether(first.map(({ message }) => message)));
    const direct: Direct = { kind: "direct", address, key, protocol, exchange, letters };
    lane.rounds += 1;
    lane.state = direct;
    if (!lane.sentTo.includes(key)) lane.sentTo.push(key);
    this.#lanesByAddress.set(key, lane);
    this.#transmit(direct, nowMs);
  }

  #transmit({ address, protocol, letters }: Direct, nowMs: number): void {
    for (const letter of letters) {
      letter.attempts += 1;
      letter.wentStraight = true;
      letter.transmittedMs = nowMs;
      if (protocol === 1) this.#context.transmitV1(address, letter.message.text);
    }
    const [first, ...others] = letters;
    if (protocol === 1 || first === undefined) return;
    const messages = others.map(({ message }) => message);
    this.#context.transmit(address, [first.message, ...messages], first.attempts > 1);
  }

  #giveUpDirect(lane: Lane, nowMs: number): void {
    if (lane.rounds === 1) this.#context.unacknowledged(lane.to);
    this.#save(lane, nowMs);
  }

  #save(lane: Lane, nowMs: number): void {
    const [first] = lane.letters;
    if (first === undefined) return;
    lane.state = { kind: "with-server" };
    const onTransmit = () => {
      first.attempts += 1;
    };
    const insist = nowMs < (this.#broken.get(lane.to)?.untilMs ?? Number.NEGATIVE_INFINITY);
    this.#context.save({ message: first.message, insist, onTransmit }, nowMs);
  }

  /** What the server says now would be of no use. */
  #leaveServer(lane: Lane): void {
    const [first] = lane.letters;
    if (lane.state.kind === "with-server" && first !== undefined) this.#context.dropSave(first.message);
  }

  #laneWithServer(nick: string, id: PacketId): Lane | undefined {
    const lane = this.#lanes.get(nick);
    const first = lane?.letters[0]?.message.id;
    const isIt = first?.epoch === id.epoch && first.seq === id.seq && lane?.state.kind === "with-server";
    return isIt ? lane : undefined;
  }

  #delivered(lane: Lane, letters: readonly Letter[], from: Address, nowMs: number): void {
    let roundTripMs: number | undefined;
    if (lane.state.kind === "direct" && sameAddress(lane.state.address, from)) {
      const { exchange, key } = lane.state;
      roundTripMs = this.#roundTrips.of(key).settle(exchange, nowMs);
      this.#broken.delete(lane.to);
    }
    this.#leaveServer(lane);
    this.#remove(lane, letters);
    for (const { message, attempts, transmittedMs } of letters) {
      const kind = "delivered";
      this.#context.finish(message.key, {
        kind,
        roundTripMs: roundTripMs ?? nowMs - transmittedMs,
        attempts,
      });
    }
    this.#next(lane, nowMs);
  }

  #failFirst(lane: Lane, reason: FailureReason, detail: string, nowMs: number): void {
    const attempts = lane.letters[0]?.attempts ?? 0;
    this.#finishFirst(lane, { kind: "failed", reason, detail, attempts }, nowMs);
  }

  #finishFirst(lane: Lane, receipt: Receipt, nowMs: number): void {
    const [first] = lane.letters;
    if (first === undefined) return;
    this.#leaveServer(lane);
    this.#remove(lane, [first]);
    this.#context.finish(first.message.key, receipt);
    this.#next(lane, nowMs);
  }

  #remove(lane: Lane, letters: readonly Letter[]): void {
    for (const { message } of letters) this.#lettersByKey.delete(message.key);
    if (letters[0] === lane.letters[0]) lane.letters.splice(0, letters.length);
    else lane.letters = lane.letters.filter((letter) => !letters.includes(letter));
  }

  /** Goes on with the next message, if there is one. */
  #next(lane: Lane, nowMs: number): void {
    lane.state = IDLE;
    lane.rounds = 0;
    if (lane.letters.length > 0) {
      this.#begin(lane, nowMs);
      return;
    }
    this.#lanes.delete(lane.to);
    if (this.#lanes.size === 0) this.#wakeMs = Number.POSITIVE_INFINITY;
    for (const key of lane.sentTo) {
      if (this.#lanesByAddress.get(key) === lane) this.#lanesByAddress.delete(key);
    }
  }
}

/** All messages to one recipient that are not finished. */
interface Lane {
  readonly to: string;
  letters: Letter[];
  state: LaneState;
  /** How often the first was begun straight to the recipient. */
  rounds: number;
  /** Addresses to which something of it went. */
  readonly sentTo: string[];
}

/** A way on which nothing gets through, and when to try it again. */
interface BrokenWay {
  readonly address: Address;
  readonly pauseMs: number;
  readonly untilMs: number;
}

interface Letter {
  readonly message: OutgoingMessage;
  /** Transmissions of the text, to whomever. */
  attempts: number;
  /** Of these, at least one to the recipient. */
  wentStraight: boolean;
  transmittedMs: number;
}

interface Direct {
  readonly kind: "direct";
  readonly address: Address;
  /** The address as text. */
  readonly key: string;
  readonly protocol: 1 | 2;
  readonly exchange: Exchange;
  /** Under way together. A retransmission is the same datagram, whatever has been given up meanwhile. */
  readonly letters: readonly Letter[];
}

type LaneState = { readonly kind: "idle" | "seeking" | "with-server" } | Direct;

const IDLE: LaneState = { kind: "idle" };

/** How often a message goes straight to a recipient who is there and does not acknowledge. */
const ROUNDS_MAX = 2;

/** So long nothing is tried on a broken way; each time it fails, twice as long. */
const BROKEN_MS = { min: 5_000, max: 60_000 } as const;
