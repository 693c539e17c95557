import type { Receipt } from "../client/api.ts";
import type { Duration } from "./duration.ts";

export interface IncomingMessage {
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** True when the server kept it while the bot was away. */
  readonly saved: boolean;
  /** True when a program wrote it. Such messages are handled only with the option `answersBots`. */
  readonly auto: boolean;
}

/** A message that is being handled. */
export interface MessageContext {
  readonly message: IncomingMessage;
  /** Aborts when the handler's time is up. */
  readonly signal: HandlerSignal;
  /** 1; more when a crash cut off the handler before. What it sent then is not sent twice. */
  readonly attempt: number;
  /** As `bot.send` to the sender of the message. */
  reply(text: string): Promise<Receipt>;
  /**
   * Asks the sender, and resolves to what he says next; to `undefined` when he does not say anything in time. Until then his
   * messages go nowhere else.
   *
   * A handler that waits here has done its work so far: what it changed in the store is durable. But the code that waits
   * cannot outlive its process. After a restart whoever answers is told that the question was forgotten. What must not be
   * forgotten is a `bot.dialog`.
   *
   * @example const answer = await ctx.ask("Really? (yes/no)", { timeout: "1m" });
   */
  ask(question: string, options?: AskOptions): Promise<string | undefined>;
}

export interface AskOptions {
  /** Default `"5m"`. */
  readonly timeout?: Duration;
}

/** What of an `AbortSignal` there is in a bot's sandbox. */
export interface HandlerSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Who may abort a handler's signal. */
export class HandlerAbort {
  readonly signal: HandlerSignal = new Signal(this);
  /** Most handlers do not listen. */
  listeners: Set<() => void> | undefined;
  reason: unknown;
  aborted = false;

  /** What a listener throws goes to `onError`. */
  abort(reason: unknown, onError: (error: unknown) => void): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.listeners ?? []) {
      try {
        listener();
      } catch (error) {
        onError(error);
      }
    }
    this.listeners = undefined;
  }
}

class Signal implements HandlerSignal {
  readonly #abort: HandlerAbort;

  constructor(abort: HandlerAbort) {
    this.#abort = abort;
  }

  get aborted(): boolean {
    return this.#abort.aborted;
  }

  get reason(): unknown {
    return this.#abort.reason;
  }

  throwIfAborted(): void {
    if (this.#abort.aborted) throw this.#abort.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#abort.listeners ??= new Set();
    this.#abort.listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#abort.listeners?.delete(listener);
  }
}
