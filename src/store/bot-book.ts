import type {
  BotJournal,
  Delivery,
  DeliveryState,
  DurableTimer,
  Explanation,
  JournalMessage,
  OnAppended,
  OnCommit,
  StateChange,
  StoredReply,
  TraceLine,
} from "./journal.ts";
import { deliveryOf, readTrace, replyOf } from "./journal-rows.ts";
import type { JournalStatements } from "./journal-schema.ts";
import { StoredState, writeChange } from "./stored-state.ts";

/** One staged write. */
export interface Write {
  readonly run: (statements: JournalStatements) => void;
  /**
   * Called after a commit that failed, when the write is given up; it takes back what was noted in memory. A write without
   * it is staged anew: what happened has happened, and the disk will have to hold it sooner or later.
   */
  readonly onFailure?: (error: Error) => void;
  readonly onCommit?: () => void;
  /**
   * Whether it must survive the machine, too, and not only this process. Somebody is told of it who then forgets his
   * copy. Default false: then it is safe from a power cut when the next write of the other kind is.
   */
  readonly isPromised?: boolean;
  /** It can wait for what else is to be written: lost with this process, it would be found out again. Default false. */
  readonly canWait?: boolean;
}

/** What a book needs of its journal. */
export interface BookPorts {
  readonly statements: JournalStatements;
  nextId(): number;
  stage(write: Write): void;
  commit(): void;
  /** As `BotJournal.commit` returns. */
  durable(): Promise<void> | undefined;
  /** As `BotJournal` has it. */
  onWritable(listener: () => void): () => void;
  /** Reads the tables once all that is staged is in them. */
  read<T>(action: () => T): T;
}

/** So many wire ids of one sender are remembered: a copy that comes later than this many messages is taken for new. */
const HEARD_MAX = 32;

/** So long a sender's newest wire id is remembered after his messages are forgotten: as long as a server may keep a copy. */
const HEARD_MS = 90 * 86_400_000;

/** So many handled deliveries are kept to be explained. */
const DONE_MAX = 2_000;
const DONE_SLACK = 500;

/** Older dead letters make room for newer ones. */
const DEAD_MAX = 1_000;

/** Of the way of a delivery its beginning is kept, and its end. */
const TRACE_LINES_MAX = 50;
const TRACE_HEAD_LINES = 20;
const TRACE_LINE_CHARS_MAX = 300;

/** One bot's part of the journal: what is open is in memory, what is over is in the tables. */
export class BotBook implements BotJournal {
  readonly #bot: string;
  readonly #ports: BookPorts;
  readonly #waiting = new Map<number, Delivery>();
  readonly #traces = new Map<number, TraceLine[]>();
  /** What the handlers of waiting deliveries sent, by ordinal. */
  readonly #replies = new Map<number, Map<number, StoredReply>>();
  readonly #dead = new Set<number>();
  /** By sender, the newest last. */
  readonly #heard = new Map<string, Set<string>>();
  readonly #state = new StoredState();
  /** Timers of waiting deliveries, as texts. */
  readonly #due = new Set<string>();
  readonly #done: number[] = [];
  /** Messages were taken in since the last commit from here. */
  #hasPromised = false;

  constructor(bot: string, ports: BookPorts) {
    this.#bot = bot;
    this.#ports = ports;
    ports.read(() => this.#load(ports.statements));
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  get deadLetterCount(): number {
    return this.#dead.size;
  }

  get timerCount(): number {
    return this.#state.timers.size;
  }

  get timerChars(): number {
    return this.#state.timerChars;
  }

  get storeChars(): number {
    return this.#state.entryChars;
  }

  commit(): Promise<void> | undefined {
    this.#ports.commit();
    if (!this.#hasPromised) return undefined;
    this.#hasPromised = false;
    return this.#ports.durable();
  }

  onWritable(listener: () => void): () => void {
    return this.#ports.onWritable(listener);
  }

  waiting(): readonly Delivery[] {
    return [...this.#waiting.values()];
  }

  append(message: JournalMessage, nowMs: number, onCommit: OnAppended = () => {}): Delivery | undefined {
    const { from, text, sentAtMs, saved, auto, wireId } = message;
    if (wireId !== undefined && this.#heard.get(from)?.has(wireId) === true) return undefined;
    if (wireId !== undefined) this.#noteHeard(from, wireId);
    const delivery = this.#open({ kind: "message", message }, nowMs);
    const { id } = delivery;
    this.#hasPromised = true;
    const flags = [saved ? 1 : 0, auto ? 1 : 0];
    this.#ports.stage({
      run: ({ addDelivery }) =>
        addDelivery.run(id, this.#bot, "message", from, text, sentAtMs, ...flags, wireId ?? null, nowMs),
      isPromised: true,
      onCommit: () => onCommit(undefined, delivery),
      onFailure: (error) => {
        this.#waiting.delete(id);
        if (wireId !== undefined) this.#heard.get(from)?.delete(wireId);
        onCommit(error, delivery);
      },
    });
    return delivery;
  }

  appendTimer(timer: DurableTimer, nowMs: number, onCommit: OnAppended = () => {}): Delivery {
    const delivery = this.#open({ kind: "timer", timer }, nowMs);
    const { id: name, data, dueMs } = timer;
    this.#ports.stage({
      run: ({ addDelivery }) =>
        addDelivery.run(delivery.id, this.#bot, "timer", name, data, Math.round(dueMs), 0, 0, null, nowMs),
      onCommit: () => onCommit(undefined, delivery),
    });
    return delivery;
  }

  note(id: number, text: string, nowMs: number): void {
    if (!this.#waiting.has(id)) return;
    const trace = this.#traces.get(id) ?? [];
    const cut = text.length > TRACE_LINE_CHARS_MAX ? `${text.slice(0, TRACE_LINE_CHARS_MAX)}…` : text;
    trace.push({ atMs: nowMs, text: cut });
    if (trace.length > TRACE_LINES_MAX) trace.splice(TRACE_HEAD_LINES, 1);
    this.#traces.set(id, trace);
  }

  countAttempt(id: number): number {
    const delivery = this.#waiting.get(id);
    if (delivery === undefined) return 0;
    const attempts = delivery.attempts + 1;
    this.#waiting.set(id, { ...delivery, attempts });
    this.#ports.stage({ run: (statements) => statements.countAttempt.run(attempts, id) });
    return attempts;
  }

  finish(ids: readonly number[], changes: readonly StateChange[], nowMs: number): void {
    const all: StateChange[] = [];
    const ended: { readonly id: number; readonly trace: string | null }[] = [];
    for (const id of ids) {
      const delivery = this.#waiting.get(id);
      if (delivery === undefined) continue;
      if (delivery.kind === "timer") {
        const { id: timer, dueMs } = delivery.timer;
        if (this.#state.timers.get(timer)?.dueMs === dueMs) all.push({ kind: "timer-clear", id: timer });
      }
      ended.push({ id, trace: this.#close(id) });
    }
    all.push(...changes);
    for (const change of all) this.#state.apply(change);
    this.#ports.stage({
      run: (statements) => {
        for (const { id, trace } of ended) statements.end.run("done", nowMs, trace, id);
        for (const change of all) writeChange(statements, this.#bot, change);
      },
    });
    for (const { id } of ended) this.#keepDone(id, nowMs);
  }

  end(id: number, state: "dead" | "dropped", reason: string, nowMs: number): void {
    if (!this.#waiting.has(id)) return;
    this.note(id, reason, nowMs);
    const trace = this.#close(id);
    this.#ports.stage({ run: (statements) => statements.end.run(state, nowMs, trace, id) });
    if (state === "dropped") {
      this.#keepDone(id, nowMs);
      return;
    }
    this.#dead.add(id);
    const [oldest] = this.#dead;
    if (this.#dead.size > DEAD_MAX && oldest !== undefined) this.drop(oldest, nowMs);
  }

  reply(delivery: number, ordinal: number): StoredReply | undefined {
    return this.#replies.get(delivery)?.get(ordinal);
  }

  openReplies(): readonly StoredReply[] {
    const { statements, read } = this.#ports;
    return read(() => statements.openReplies.all(this.#bot)).map(replyOf);
  }

  addReply(reply: Omit<StoredReply, "receipt">, onCommit: OnCommit): void {
    const { delivery, ordinal, to, text, wireId } = reply;
    this.#noteReply({ ...reply, receipt: undefined });
    this.#ports.stage({
      run: ({ addReply }) => addReply.run(delivery, ordinal, this.#bot, to, text, wireId ?? null),
      onCommit: () => onCommit(undefined),
      onFailure: (error) => {
        this.#replies.get(delivery)?.delete(ordinal);
        onCommit(error);
      },
    });
  }

  afterCommit(onCommit: OnCommit): void {
    this.#ports.stage({ run: () => {}, onCommit: () => onCommit(undefined), onFailure: onCommit });
  }

  setReceipt(delivery: number, ordinal: number, receipt: string): void {
    const reply = this.reply(delivery, ordinal);
    if (reply !== undefined) this.#noteReply({ ...reply, receipt });
    this.#ports.stage({
      run: (statements) => statements.setReceipt.run(receipt, delivery, ordinal),
      canWait: true,
    });
  }

  entries(): readonly (readonly [key: string, json: string])[] {
    return [...this.#state.entries];
  }

  entry(key: string): string | undefined {
    return this.#state.entries.get(key);
  }

  timers(): readonly DurableTimer[] {
    return [...this.#state.timers.values()];
  }

  timer(id: string): DurableTimer | undefined {
    return this.#state.timers.get(id);
  }

  isTimerWaiting(timer: DurableTimer): boolean {
    return this.#due.has(dueKey(timer));
  }

  deadLetters(): readonly Explanation[] {
    return [...this.#dead].map((id) => this.explain(id)).filter((letter) => letter !== undefined);
  }

  retry(id: number): Delivery | undefined {
    if (!this.#dead.has(id)) return undefined;
    const { statements, read, stage } = this.#ports;
    const row = read(() => statements.delivery.get(id, this.#bot));
    if (row === undefined) return undefined;
    const delivery = { ...deliveryOf(row), attempts: 0 };
    this.#dead.delete(id);
    this.#wait(delivery);
    this.#traces.set(id, [...readTrace(row["trace"])]);
    for (const reply of read(() => statements.replies.all(id)).map(replyOf)) this.#noteReply(reply);
    stage({ run: () => statements.retry.run(id) });
    return delivery;
  }

  drop(id: number, nowMs: number): boolean {
    if (!this.#dead.delete(id)) return false;
    const { statements, read, stage } = this.#ports;
    const trace = readTrace(read(() => statements.delivery.get(id, this.#bot))?.["trace"]);
    const text = JSON.stringify([...trace, { atMs: nowMs, text: "dropped" }]);
    stage({ run: () => statements.end.run("dropped", nowMs, text, id) });
    this.#keepDone(id, nowMs);
    return true;
  }

  explain(id: number): Explanation | undefined {
    const { statements, read } = this.#ports;
    const [row, replies] = read(
      () => [statements.delivery.get(id, this.#bot), statements.replies.all(id)] as const,
    );
    if (row === undefined) return undefined;
    const endedAtMs = row["ended_at_ms"];
    return {
      delivery: this.#waiting.get(id) ?? deliveryOf(row),
      state: row["state"] as DeliveryState,
      endedAtMs: endedAtMs === null ? undefined : Number(endedAtMs),
      trace: this.#traces.get(id) ?? readTrace(row["trace"]),
      replies: replies.map(replyOf),
    };
  }

  #load(statements: JournalStatements): void {
    for (const row of statements.open.all(this.#bot)) {
      const delivery = deliveryOf(row);
      if (row["state"] === "dead") this.#dead.add(delivery.id);
      else {
        this.#wait(delivery);
        for (const reply of statements.replies.all(delivery.id).map(replyOf)) this.#noteReply(reply);
      }
    }
    for (const { sender, wire_id } of statements.heard.all(this.#bot)) {
      this.#noteHeard(String(sender), String(wire_id));
    }
    for (const { key, value } of statements.entries.all(this.#bot)) {
      this.#state.apply({ kind: "put", key: String(key), json: String(value) });
    }
    for (const { id, due_ms, data } of statements.timers.all(this.#bot)) {
      const timer = { id: String(id), dueMs: Number(due_ms), data: String(data) };
      this.#state.apply({ kind: "timer", timer });
    }
    for (const { id } of statements.done.all(this.#bot)) this.#done.push(Number(id));
  }

  #open(
    what: { kind: "message"; message: JournalMessage } | { kind: "timer"; timer: DurableTimer },
    nowMs: number,
  ): Delivery {
    const id = this.#ports.nextId();
    const delivery: Delivery = { id, bot: this.#bot, receivedAtMs: nowMs, attempts: 0, ...what };
    this.#wait(delivery);
    return delivery;
  }

  #wait(delivery: Delivery): void {
    this.#waiting.set(delivery.id, delivery);
    if (delivery.kind === "timer") this.#due.add(dueKey(delivery.timer));
  }

  #noteHeard(sender: string, wireId: string): void {
    const heard = this.#heard.get(sender) ?? new Set();
    this.#heard.set(sender, heard.add(wireId));
    const [oldest] = heard;
    if (heard.size > HEARD_MAX && oldest !== undefined) heard.delete(oldest);
  }

  #noteReply(reply: StoredReply): void {
    if (!this.#waiting.has(reply.delivery)) return;
    const replies = this.#replies.get(reply.delivery) ?? new Map<number, StoredReply>();
    replies.set(reply.ordinal, reply);
    this.#replies.set(reply.delivery, replies);
  }

  /** @returns its trace, as it is stored. */
  #close(id: number): string | null {
    const trace = this.#traces.get(id);
    this.#traces.delete(id);
    this.#replies.delete(id);
    const delivery = this.#waiting.get(id);
    if (delivery?.kind === "timer") this.#due.delete(dueKey(delivery.timer));
    this.#waiting.delete(id);
    return trace === undefined ? null : JSON.stringify(trace);
  }

  #keepDone(id: number, nowMs: number): void {
    this.#done.push(id);
    if (this.#done.length < DONE_MAX + DONE_SLACK) return;
    const newest = Math.max(...this.#done.splice(0, DONE_SLACK));
    const bot = this.#bot;
    this.#ports.stage({
      run: (statements) => {
        statements.rememberHeard.run(bot, newest);
        statements.forgetHeard.run(bot, nowMs - HEARD_MS);
        statements.forgetReplies.run(bot, newest);
        statements.forgetDeliveries.run(bot, newest);
      },
    });
  }
}

function dueKey({ id, dueMs }: DurableTimer): string {
  return `${Math.round(dueMs)} ${id}`;
}
