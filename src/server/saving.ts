import type { Instant } from "../net/network.ts";
import { TEXT_BYTES_MAX, V1_TEXT_BYTES_MAX, V1_TEXT_JSON_BYTES_MAX } from "../protocol/limits.ts";
import type { SavedId } from "../store/chat-store.ts";
import type { RefusalReason } from "./api.ts";
import type { ServerContext } from "./context.ts";
import type { Liveness } from "./liveness.ts";
import { type Client, isShown } from "./registry.ts";

/** What a client wants kept. */
export interface SaveRequest {
  readonly to: string;
  readonly text: string;
  /** As its sender counts; `undefined` in v1, which has no ids. */
  readonly id?: SavedId;
  /** When its sender says that he sent it. Default: now. */
  readonly sentAtMs?: number;
  readonly auto: boolean;
  /** Keep it even when the recipient is there: he does not answer the sender. */
  readonly insist: boolean;
}

/** Why a text is not kept for somebody who is known. */
export type SaveRefusal = Extract<
  RefusalReason,
  "TEXT_EMPTY" | "TEXT_TOO_LONG" | "MAILBOX_FULL" | "OVERTAKEN"
>;

/** How the outcome is told, in the sender's dialect; perhaps in a later turn. */
export interface SaveAnswer {
  /** Begins an operation of its own, for an outcome that comes later. */
  begin(): void;
  saved(recipient: Client): void;
  online(recipient: Client): void;
  unknown(nick: string): void;
  refused(reason: SaveRefusal, detail: string): void;
}

/** Keeps messages for those who are away, and says so of those who are not. */
export class Saving {
  readonly #context: ServerContext;
  readonly #liveness: Liveness;

  constructor(context: ServerContext, liveness: Liveness) {
    this.#context = context;
    this.#liveness = liveness;
  }

  /** A registered client wants a text kept. */
  handle(sender: Client, request: SaveRequest, at: Instant, answer: SaveAnswer): void {
    const { to } = request;
    const recipient = this.#context.registry.byNick(to);
    if (recipient === undefined) answer.unknown(to);
    else if (recipient === sender) answer.online(recipient);
    else if (this.#isRepeat(sender, request, at)) answer.saved(recipient);
    else if (this.#isOvertaken(sender, request)) answer.refused("OVERTAKEN", OVERTAKEN);
    else if (!isShown(recipient) || request.insist || this.#isHandedOver(recipient)) {
      this.#keep(sender, recipient, request, at, answer);
    } else {
      this.#keepUnlessThere(sender, recipient, request, at, answer);
    }
  }

  /** What comes now must not overtake what is on its way to the recipient through the server. */
  #isHandedOver({ nick, native }: Client): boolean {
    return native !== undefined && this.#context.store.mailboxSize(nick).messages > 0;
  }

  #keepUnlessThere(
    sender: Client,
    recipient: Client,
    request: SaveRequest,
    at: Instant,
    answer: SaveAnswer,
  ): void {
    const asked = keyOf(request);
    if (sender.saving.has(asked)) return;
    // One more than an honest client has under way will be asked for again.
    if (sender.saving.size >= SAVING_MAX) return;
    sender.saving.add(asked);
    this.#liveness.ask(recipient, at.nowMs, (alive, nowMs) => {
      answer.begin();
      sender.saving.delete(asked);
      const later = { nowMs, dateMs: Math.round(at.dateMs + nowMs - at.nowMs) };
      // He may have been let in from another address meanwhile: kept now, it would wait until he comes once more.
      if (alive || recipient.presence === "online") answer.online(recipient);
      // Its sender has registered anew meanwhile and asked again.
      else if (this.#isRepeat(sender, request, later)) answer.saved(recipient);
      else if (this.#isOvertaken(sender, request)) answer.refused("OVERTAKEN", OVERTAKEN);
      else this.#keep(sender, recipient, request, later, answer);
    });
  }

  #keep(sender: Client, recipient: Client, request: SaveRequest, at: Instant, answer: SaveAnswer): void {
    const { nick: from } = sender;
    const { nick: to } = recipient;
    const { text, auto } = request;
    const refusal = this.#refusal(sender, to, text);
    if (refusal !== undefined) {
      answer.refused(...refusal);
      return;
    }
    const messageId = request.id ?? this.#context.newMessageId();
    const sentAtMs = request.sentAtMs ?? at.dateMs;
    const before = sender.latestSave;
    this.#context.turn.write(
      (store) => store.addMail({ to, from, text, savedAtMs: at.dateMs, sentAtMs, messageId, auto }),
      () => {
        sender.latestSave = before;
      },
    );
    sender.latestSave = { to, text, when: { nowMs: at.nowMs } };
    answer.saved(recipient);
    this.#context.report({ kind: "saved", from, to });
    this.#context.tables.repeat(at.nowMs);
    if (recipient.presence === "online") this.#liveness.handOver(recipient, at.nowMs);
  }

  #refusal(sender: Client, to: string, text: string): readonly [SaveRefusal, string] | undefined {
    const { limits, store } = this.#context;
    const sizeBytes = Buffer.byteLength(text);
    const sizeBytesMax = sender.native === undefined ? V1_TEXT_BYTES_MAX : TEXT_BYTES_MAX;
    if (sizeBytes === 0) return ["TEXT_EMPTY", "There is no text to save."];
    if (sizeBytes > sizeBytesMax) {
      return ["TEXT_TOO_LONG", `The text is too long: at most ${sizeBytesMax} bytes can be saved.`];
    }
    if (Buffer.byteLength(JSON.stringify(text)) > V1_TEXT_JSON_BYTES_MAX) {
      return ["TEXT_TOO_LONG", "The text has too many control characters to be saved."];
    }
    const mailbox = store.mailboxSize(to);
    const isFull =
      mailbox.messages >= limits.mailboxMessagesMax || mailbox.sizeBytes + sizeBytes > limits.mailboxBytesMax;
    return isFull ? ["MAILBOX_FULL", `The mailbox of ${to} is full.`] : undefined;
  }

  #isRepeat(sender: Client, request: SaveRequest, at: Instant): boolean {
    const { to, id } = request;
    if (id === undefined) return isRepeatInV1(sender, request, at);
    const latest = this.#context.store.latestSaved(sender.nick, to);
    return latest?.epoch === id.epoch && latest.seq === id.seq;
  }

  /**
   * A later one was kept. Whether this one was as well nobody remembers: kept now it might be shown twice. Who counts in order never
   * asks so; a copy that the network made may, and its answer is ignored.
   */
  #isOvertaken(sender: Client, { to, id }: SaveRequest): boolean {
    const latest = this.#context.store.latestSaved(sender.nick, to);
    return id !== undefined && latest?.epoch === id.epoch && id.seq < latest.seq;
  }
}

const OVERTAKEN = "A later message was kept already; this one may have been kept before, or not.";

/** What tells one request of a sender from another. */
function keyOf({ to, id, text }: SaveRequest): string {
  return id === undefined ? `${to} ${text}` : `${to} ${id.epoch} ${id.seq}`;
}

/** v1 requests have no id: the same text to the same recipient again, this soon, is the same request. */
function isRepeatInV1({ latestSave }: Client, { to, text }: SaveRequest, at: Instant): boolean {
  if (latestSave === undefined || latestSave.to !== to || latestSave.text !== text) return false;
  const { when } = latestSave;
  return "nowMs" in when
    ? at.nowMs - when.nowMs <= REPEAT_WINDOW_MS
    : Math.abs(at.dateMs - when.dateMs) <= RESTART_WINDOW_MS;
}

/** Texts of one sender that wait for an answer of their recipients; each is kept in memory meanwhile. */
const SAVING_MAX = 1_024;

/** v1 clients repeat a `send` after 1 s. */
const REPEAT_WINDOW_MS = 1_500;

/** They do so five times, and the server may have been away meanwhile. */
const RESTART_WINDOW_MS = 7_000;
