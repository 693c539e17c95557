import { Exchange, type RetransmissionPolicy } from "../../protocol/exchange.ts";
import type { Reply, Request } from "../../protocol/v1/packets.ts";

/** Replies that end a request; the rest the server says by itself. */
export type Answer = Extract<
  Reply,
  { kind: "registered" | "nick-in-use" | "deregistered" | "saved" | "online" | "unknown-nick" | "refused" }
>;

/** Requests that the server answers with a reply of their own. */
export type AnsweredRequest = Extract<Request, { kind: "register" | "deregister" | "save" }>;

/** What a request ended with; `expired` when no answer came. */
export type RequestEnd = Answer | { readonly kind: "expired" };

interface Pending {
  readonly request: AnsweredRequest;
  readonly exchange: Exchange;
  readonly onTransmit: () => void;
  readonly onEnd: (end: RequestEnd, nowMs: number) => void;
}

/**
 * Requests to a v1 server, one at a time: its replies say not what they answer. After a retransmission the next
 * request waits a moment, for the answers to both transmissions may come.
 */
export class ServerRequests {
  readonly #waiting: Omit<Pending, "exchange">[] = [];
  #active: Pending | undefined;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #goodbyeAtMs = Number.NEGATIVE_INFINITY;
  #latestSave: { readonly request: AnsweredRequest; readonly atMs: number } | undefined;

  /** @param onTransmit called for each transmission, the first included. */
  add(request: AnsweredRequest, onEnd: Pending["onEnd"], onTransmit: () => void = () => {}): void {
    this.#waiting.push({ request, onTransmit, onEnd });
  }

  /**
   * The server is handing over saved messages, then the table. Who deregisters in the midst of it gets the same messages
   * again, so that waits until it is done or nothing more comes.
   */
  holdGoodbye(nowMs: number): void {
    this.#goodbyeAtMs = nowMs + HANDOVER_QUIET_MS;
  }

  releaseGoodbye(): void {
    this.#goodbyeAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Forgets a request, sent or not; its `onEnd` is not called. */
  drop(request: AnsweredRequest): void {
    const index = this.#waiting.findIndex((pending) => pending.request === request);
    if (index >= 0) this.#waiting.splice(index, 1);
    if (this.#active?.request === request) this.#active = undefined;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#waiting.length = 0;
    this.#active = undefined;
  }

  /** False when nothing that is awaited can be answered so. */
  handleAnswer(answer: Answer, nowMs: number): boolean {
    const active = this.#active;
    if (active === undefined || !ANSWERS[active.request.kind].includes(answer.kind)) return false;
    if (answer.kind === "online" && active.request.kind === "save" && answer.nick !== active.request.to)
      return false;
    this.#active = undefined;
    if (active.exchange.attempts > 1) this.#quietUntilMs = nowMs + STRAY_ANSWER_MS;
    active.exchange.handleReply(nowMs);
    active.onEnd(answer, nowMs);
    return true;
  }

  handleTimeout(nowMs: number): void {
    const active = this.#active;
    active?.exchange.handleTimeout(nowMs);
    if (active?.exchange.expired !== true) return;
    this.#active = undefined;
    if (active.request.kind === "save") this.#quietUntilMs = nowMs + LATE_ANSWER_MS;
    active.onEnd({ kind: "expired" }, nowMs);
  }

  pollTimeout(): number | undefined {
    if (this.#active !== undefined) return this.#active.exchange.pollTimeout();
    const [next] = this.#waiting;
    return next === undefined ? undefined : this.#earliestMs(next.request);
  }

  /** The request to transmit now, if one is due. */
  pollTransmit(nowMs: number): AnsweredRequest | undefined {
    const [next] = this.#waiting;
    if (this.#active === undefined && next !== undefined && nowMs >= this.#earliestMs(next.request)) {
      this.#waiting.shift();
      this.#active = { ...next, exchange: new Exchange(POLICIES[next.request.kind], nowMs) };
    }
    const active = this.#active;
    if (active?.exchange.pollTransmit(nowMs) !== true) return undefined;
    if (active.request.kind === "save") this.#latestSave = { request: active.request, atMs: nowMs };
    active.onTransmit();
    return active.request;
  }

  /** Not before the server would take it for another request than the one before. */
  #earliestMs(request: AnsweredRequest): number {
    if (request.kind === "deregister") return Math.max(this.#quietUntilMs, this.#goodbyeAtMs);
    const latest = this.#latestSave;
    if (latest?.request.kind !== "save" || request.kind !== "save") return this.#quietUntilMs;
    const isSame = latest.request.to === request.to && latest.request.text === request.text;
    return isSame ? Math.max(this.#quietUntilMs, latest.atMs + SAME_TEXT_MS) : this.#quietUntilMs;
  }
}

/** How the original's client times its requests: six transmissions each. */
const POLICIES: Readonly<Record<AnsweredRequest["kind"], RetransmissionPolicy>> = {
  register: { firstWaitMs: 500, backoff: 1, attemptsMax: 6 },
  deregister: { firstWaitMs: 500, backoff: 1, attemptsMax: 6 },
  save: { firstWaitMs: 1_000, backoff: 1, attemptsMax: 6 },
};

const ANSWERS: Readonly<Record<AnsweredRequest["kind"], readonly Answer["kind"][]>> = {
  register: ["registered", "nick-in-use", "refused"],
  deregister: ["deregistered", "refused"],
  save: ["saved", "online", "unknown-nick", "refused"],
};

const STRAY_ANSWER_MS = 500;

/** Before it answers a `save` a server asks after the recipient for up to 2 s, which is 1 s more than the last wait. */
const LATE_ANSWER_MS = 1_500;

/** A server hands over in one go, but for one round trip. */
const HANDOVER_QUIET_MS = 250;

/** A server takes the same text to the same recipient again within 1.5 s for a repetition of the request. */
const SAME_TEXT_MS = 1_600;
