import type { Deadlines } from "./deadlines.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Scope } from "./scope.ts";
import type { UnitOfWork, WorkingState } from "./unit-of-work.ts";

/** How much of a question is kept, to remind of it. */
const QUESTION_CHARS_MAX = 200;

interface Question {
  readonly scope: Scope;
  readonly settle: (text: string | undefined, event: string | undefined) => void;
  /** Resolves when it has been answered or its time has passed. */
  readonly over: Promise<void>;
}

/** The mark that a question leaves in the state, for the time after a crash. */
interface Mark {
  readonly question: string;
  readonly untilMs: number;
}

/** Questions that handlers wait for. */
export class Asks {
  readonly #state: WorkingState;
  readonly #deadlines: Deadlines;
  readonly #outgoing: Outgoing;
  readonly #nowMs: () => number;
  readonly #open = new Map<string, Question>();

  constructor(state: WorkingState, deadlines: Deadlines, outgoing: Outgoing, nowMs: () => number) {
    this.#state = state;
    this.#deadlines = deadlines;
    this.#outgoing = outgoing;
    this.#nowMs = nowMs;
  }

  /** Asks, ends the scope's turn, and resolves to the answer in another one. */
  async ask(scope: Scope, nick: string, question: string, timeoutMs: number): Promise<string | undefined> {
    for (let earlier = this.#open.get(nick); earlier !== undefined; earlier = this.#open.get(nick)) {
      await earlier.over;
    }
    if (scope.isExpired) return undefined;
    // Not awaited: if the question does not arrive, no answer does.
    void this.#outgoing.send(nick, question, scope);
    const mark: Mark = {
      question: question.slice(0, QUESTION_CHARS_MAX),
      untilMs: this.#nowMs() + timeoutMs,
    };
    this.#state.put(scope.unit, askKey(nick), JSON.stringify(mark));
    this.#state.finish(scope.unit);

    const answer = Promise.withResolvers<string | undefined>();
    const over = Promise.withResolvers<void>();
    const settle = (text: string | undefined, event: string | undefined): void => {
      this.#deadlines.callOff(deadline);
      this.#open.delete(nick);
      scope.nextTurn(event);
      this.#state.delete(scope.unit, askKey(nick));
      over.resolve();
      answer.resolve(text);
    };
    const deadline = this.#deadlines.add(timeoutMs, () => settle(undefined, undefined));
    this.#open.set(nick, { scope, settle, over: over.promise });
    scope.endTurn();
    return answer.promise;
  }

  /** Gives the message to whoever asked for it; `undefined` when nobody did. */
  answer(nick: string, text: string, event: string): Scope | undefined {
    const question = this.#open.get(nick);
    question?.settle(text, event);
    return question?.scope;
  }

  /** The question that a process before this one asked and whose answer nobody waits for any more. */
  takeForgotten(unit: UnitOfWork, nick: string): string | undefined {
    const json = this.#state.get(unit, askKey(nick));
    if (json === undefined || this.#open.has(nick)) return undefined;
    this.#state.delete(unit, askKey(nick));
    const { question, untilMs } = JSON.parse(json) as Mark;
    return this.#nowMs() <= untilMs ? question : undefined;
  }
}

function askKey(nick: string): string {
  return `a/${nick}`;
}
