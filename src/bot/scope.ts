import { HandlerAbort } from "./context.ts";
import type { Deadline, Deadlines } from "./deadlines.ts";
import { inWords } from "./duration.ts";
import type { ScopeKeeper, SendTag } from "./ports.ts";
import { UnitOfWork, type WorkingState } from "./unit-of-work.ts";

/** A handler took longer than it may. */
export class HandlerTimeoutError extends Error {
  override readonly name = "HandlerTimeoutError";
}

/**
 * On whose behalf code runs: one call of a handler, with all that it awaits, and the timers and promises that it begins.
 *
 * It comes in turns. In each it works for one delivery, and the next message of the same sender waits for the turn's end; a
 * handler that asks somebody something ends its turn and goes on, with the answer, in another.
 */
export class Scope {
  /** The handler, for people. */
  label: string;
  /** What is being handled, for the log. */
  event: string;
  unit: UnitOfWork;
  readonly abort = new HandlerAbort();
  /** Called once, at the end of the turn. */
  onTurnEnd: (() => void) | undefined;
  /** What `within` fails with when the time is up. */
  timeout: HandlerTimeoutError | undefined;
  /** Its time is up, and that was told: nothing more is sent for it. */
  isExpired = false;
  readonly #deadlines: Deadlines;
  #deadline: Deadline | undefined;
  #limitMs = 0;
  #ordinal = 0;
  /** While there is work whose end is waited for. */
  #fail: ((error: unknown) => void) | undefined;

  /** @param isDelivery whether messages that are sent in it have their place among those of a delivery */
  constructor(event: string, label: string, deadlines: Deadlines, isDelivery = true) {
    this.event = event;
    this.unit = new UnitOfWork(isDelivery ? event : undefined);
    this.label = label;
    this.#deadlines = deadlines;
  }

  /** Calls one of the two, once: the work is done; or it has failed, or its time is up. */
  within(work: Promise<unknown>, done: () => void, failed: (error: unknown) => void): void {
    this.#fail = failed;
    work.then(
      () => {
        if (this.#isFirst()) done();
      },
      (error: unknown) => {
        if (this.#isFirst()) failed(error);
      },
    );
  }

  #isFirst(): boolean {
    const isFirst = this.#fail !== undefined;
    this.#fail = undefined;
    return isFirst;
  }

  endTurn(): void {
    this.#callOffDeadline();
    const { onTurnEnd } = this;
    this.onTurnEnd = undefined;
    onTurnEnd?.();
  }

  /** The next turn: from here on it runs for another delivery, or for none, with its time anew. */
  nextTurn(event: string | undefined): void {
    this.unit = new UnitOfWork(event);
    this.event = event ?? this.event;
    this.#ordinal = 0;
    this.limitTime(this.#limitMs);
  }

  /** It may take so long, from now on. */
  limitTime(limitMs: number): void {
    this.#limitMs = limitMs;
    this.#callOffDeadline();
    this.#deadline = this.#deadlines.add(limitMs, () => this.#expire());
  }

  #expire(): void {
    const time = this.#limitMs < 1_000 ? `${this.#limitMs} ms` : inWords(this.#limitMs);
    this.timeout = new HandlerTimeoutError(`it took longer than ${time}`);
    const fail = this.#fail;
    this.#fail = undefined;
    fail?.(this.timeout);
  }

  #callOffDeadline(): void {
    if (this.#deadline !== undefined) this.#deadlines.callOff(this.#deadline);
  }

  /** The next message's place among those of its delivery; `undefined` once that is done with. */
  nextTag(): SendTag | undefined {
    const { event, isDone } = this.unit;
    return event === undefined || isDone ? undefined : { event, ordinal: this.#ordinal++ };
  }
}

/** The scope in which code runs, for what does not have it at hand. */
export class Scopes {
  readonly #keeper: ScopeKeeper;
  readonly #state: WorkingState;

  constructor(keeper: ScopeKeeper, state: WorkingState) {
    this.#keeper = keeper;
    this.#state = state;
  }

  get current(): Scope | undefined {
    const scope = this.#keeper.current();
    return scope instanceof Scope ? scope : undefined;
  }

  run<T>(scope: Scope, call: () => T): T {
    return this.#keeper.run(scope, call);
  }

  /** Calls with the unit that changes belong to; outside of handlers that is one for this call alone. */
  change<T>(call: (unit: UnitOfWork) => T): T {
    const unit = this.current?.unit;
    if (unit !== undefined && !unit.isDone) return call(unit);
    const own = new UnitOfWork(undefined);
    try {
      return call(own);
    } finally {
      this.#state.finish(own);
    }
  }
}
