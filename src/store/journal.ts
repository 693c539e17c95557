/**
 * What a bot host must not forget: messages that were acknowledged and are not yet handled, what handlers sent, what bots
 * stored, which timers they set. One implementation, on SQLite (`sqlite-journal.ts`), in a folder or in memory.
 *
 * Calling order: what is to be done is *staged*, then everything staged in one turn of the event loop is committed at
 * once. A staged write is visible at once to the readers here; who promises something on the strength of it (an
 * acknowledgement, a reply that goes out) waits for the commit.
 */

/** Something that a handler is to be run for, and must not be lost. */
export type Delivery = {
  /** Unique in the journal, growing. */
  readonly id: number;
  readonly bot: string;
  readonly receivedAtMs: number;
  /** How often it was handed to a process that did not survive it. */
  readonly attempts: number;
} & (
  | { readonly kind: "message"; readonly message: JournalMessage }
  | { readonly kind: "timer"; readonly timer: DurableTimer }
);

export interface JournalMessage {
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAtMs: number;
  /** The server kept it while the bot was away. */
  readonly saved: boolean;
  /** Written by a program. */
  readonly auto: boolean;
  /** The message's id on the wire, unique for its sender; `undefined` where the wire has none. */
  readonly wireId: string | undefined;
}

/** A timer that survives processes and the host. */
export interface DurableTimer {
  /** Of the bot's choice; setting the same id again replaces it. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
  /** JSON text that comes back when it fires. */
  readonly data: string;
}

/** What a handler changed. Of what is committed together, a later change of the same key or id replaces an earlier one. */
export type StateChange =
  /** `json` is JSON text. */
  | { readonly kind: "put"; readonly key: string; readonly json: string }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "timer"; readonly timer: DurableTimer }
  | { readonly kind: "timer-clear"; readonly id: string };

/** What a handler sent, by its place among what the handler sent. */
export interface StoredReply {
  readonly delivery: number;
  readonly ordinal: number;
  readonly to: string;
  readonly text: string;
  readonly wireId: string | undefined;
  /** The receipt as JSON; `undefined` while it is not known what became of the reply. */
  readonly receipt: string | undefined;
}

/** Told of an error when it could not be committed. */
export type OnCommit = (error: Error | undefined) => void;

/** May be called before the call that appends returns, where nothing needs a disk. */
export type OnAppended = (error: Error | undefined, delivery: Delivery) => void;

/** `waiting` to be handled, `done`, `dead` after too many attempts, `dropped` by the operator or by a guard. */
export type DeliveryState = "waiting" | "done" | "dead" | "dropped";

/** The way of one delivery. */
export interface Explanation {
  readonly delivery: Delivery;
  readonly state: DeliveryState;
  readonly endedAtMs: number | undefined;
  readonly trace: readonly TraceLine[];
  readonly replies: readonly StoredReply[];
}

export interface TraceLine {
  readonly atMs: number;
  readonly text: string;
}

export interface Journal {
  /** The part of the journal that is one bot's. */
  bot(name: string): BotJournal;
  /** Names of all bots of which something is kept. */
  bots(): readonly string[];
  /**
   * Makes everything staged durable, all or none.
   *
   * @throws {StoreError} when it cannot. Then appended deliveries and replies are taken back; what was finished is staged anew.
   */
  commit(): void;
  close(): void;
}

/** One bot's deliveries, replies, entries and timers. */
export interface BotJournal {
  /**
   * As `Journal.commit`: of all bots, since one commit for all costs no more.
   *
   * @returns when messages were appended for this bot: resolves once they would survive the machine, too, and may be
   * acknowledged; rejects when the disk could not do it. `undefined` when there is nothing to wait for.
   */
  commit(): Promise<void> | undefined;
  /** Calls whenever it can be written again after it could not. @returns what ends that */
  onWritable(listener: () => void): () => void;
  /** Waiting deliveries, oldest first. */
  waiting(): readonly Delivery[];
  readonly waitingCount: number;
  /**
   * @param onCommit called when it is committed, or with the error that prevented it: then it is taken back
   * @returns `undefined` when the message is known: its wire id was heard from this sender before.
   */
  append(message: JournalMessage, nowMs: number, onCommit?: OnAppended): Delivery | undefined;
  /** The timer is due; it stays until the delivery is finished. */
  appendTimer(timer: DurableTimer, nowMs: number, onCommit?: OnAppended): Delivery;
  /** Whether a delivery of this timer, at that time, waits already. */
  isTimerWaiting(timer: DurableTimer): boolean;
  /** Notes on a waiting delivery's way, for {@link explain}. */
  note(id: number, text: string, nowMs: number): void;
  /** Its process did not survive it. @returns the attempts so far. */
  countAttempt(id: number): number;
  /**
   * The handlers of these deliveries are done: they are consumed, and the changes take effect, in one commit. A timer that
   * is consumed is gone, unless the changes set it again. Ids that are not waiting are ignored.
   */
  finish(ids: readonly number[], changes: readonly StateChange[], nowMs: number): void;
  /** Ends a waiting delivery without its handler. */
  end(id: number, state: "dead" | "dropped", reason: string, nowMs: number): void;

  /** What the handler of a waiting delivery sent as its nth, in this attempt or an earlier one. */
  reply(delivery: number, ordinal: number): StoredReply | undefined;
  /** Replies whose receipt is not known, oldest first. */
  openReplies(): readonly StoredReply[];
  /** @param onCommit called when it is committed, or with the error that prevented it: then it is taken back */
  addReply(reply: Omit<StoredReply, "receipt">, onCommit: OnCommit): void;
  /** Calls once all that is staged now is committed, in order with the other calls of the kind. */
  afterCommit(onCommit: OnCommit): void;
  setReceipt(delivery: number, ordinal: number, receipt: string): void;

  /** All that is stored, as JSON texts by key. */
  entries(): readonly (readonly [key: string, json: string])[];
  entry(key: string): string | undefined;
  /** Of all keys and values together, in UTF-16 units. */
  readonly storeChars: number;
  timers(): readonly DurableTimer[];
  timer(id: string): DurableTimer | undefined;
  readonly timerCount: number;
  /** Of the data of all timers together, in UTF-16 units. */
  readonly timerChars: number;

  readonly deadLetterCount: number;
  deadLetters(): readonly Explanation[];
  /** Hands a dead letter out again, with its attempts forgotten. `undefined` when there is none of the id. */
  retry(id: number): Delivery | undefined;
  /** Forgets a dead letter. @returns whether there was one. */
  drop(id: number, nowMs: number): boolean;
  explain(id: number): Explanation | undefined;
}
