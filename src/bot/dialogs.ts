import type { MessageContext } from "./context.ts";
import {
  type Dialog,
  type DialogContext,
  type DialogDefinition,
  type DialogEnd,
  DialogMove,
} from "./dialog.ts";
import { readDuration } from "./duration.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Scopes } from "./scope.ts";
import { jsonOf } from "./store.ts";
import type { UnitOfWork, WorkingState } from "./unit-of-work.ts";

type AnyDefinition = DialogDefinition<object, string>;

/** Where somebody stands in a dialog. */
interface Standing {
  readonly dialog: string;
  readonly step: string;
  readonly state: object;
  readonly untilMs: number;
}

/** A message that is an answer. */
export interface DialogAnswer {
  readonly label: string;
  handle(ctx: MessageContext): Promise<void>;
}

export const DIALOG_TIMER_PREFIX = "d/";

/** All dialogs of a bot, and where everybody stands. */
export class Dialogs {
  readonly #state: WorkingState;
  readonly #scopes: Scopes;
  readonly #outgoing: Outgoing;
  readonly #nowMs: () => number;
  readonly #definitions = new Map<
    string,
    { readonly definition: AnyDefinition; readonly timeoutMs: number }
  >();

  constructor(state: WorkingState, scopes: Scopes, outgoing: Outgoing, nowMs: () => number) {
    this.#state = state;
    this.#scopes = scopes;
    this.#outgoing = outgoing;
    this.#nowMs = nowMs;
  }

  define<State extends object>(name: string, definition: DialogDefinition<State, string>): Dialog<State> {
    if (this.#definitions.has(name)) throw new TypeError(`the dialog ${JSON.stringify(name)} is there twice`);
    const [first] = Object.keys(definition.steps);
    if (first === undefined) throw new TypeError(`the dialog ${JSON.stringify(name)} has no steps`);
    const timeoutMs = readDuration(definition.timeout ?? "10m");
    this.#definitions.set(name, { definition: definition as unknown as AnyDefinition, timeoutMs });
    return {
      begin: (who, state = {}) => {
        const nick = typeof who === "string" ? who : who.message.from;
        return this.#goTo(nick, name, first, { ...definition.state, ...state }, undefined);
      },
      end: async (nick) => this.#scopes.change((unit) => this.#forget(unit, nick)),
    };
  }

  /** `undefined` when the person is in no dialog. */
  answerOf(unit: UnitOfWork, nick: string): DialogAnswer | undefined {
    const standing = this.#standing(unit, nick);
    if (standing === undefined) return undefined;
    const known = this.#definitions.get(standing.dialog);
    const step = known?.definition.steps[standing.step];
    if (known === undefined || step === undefined) {
      return {
        label: `dialog ${JSON.stringify(standing.dialog)}, which this version of the bot does not know`,
        handle: async (ctx) => {
          this.#forget(unit, nick);
          await ctx.reply("I was changed meanwhile and cannot go on where we were. Please start again.");
        },
      };
    }
    return {
      label: `dialog ${JSON.stringify(standing.dialog)}, step ${JSON.stringify(standing.step)}`,
      handle: (ctx) => this.#answer(ctx, standing, known.definition),
    };
  }

  /** No answer came in time. */
  async expire(unit: UnitOfWork, nick: string, dueMs: number): Promise<void> {
    const standing = this.#standing(unit, nick);
    if (standing?.untilMs !== dueMs) return;
    this.#state.delete(unit, dialogKey(nick));
    const expired = this.#definitions.get(standing.dialog)?.definition.expired;
    if (typeof expired === "function") await expired({ nick, state: standing.state });
    else await this.#say(nick, expired ?? "Time is up; we stop here.");
  }

  async #answer(ctx: MessageContext, standing: Standing, definition: AnyDefinition): Promise<void> {
    const nick = ctx.message.from;
    const answer = ctx.message.text.trim();
    const { cancel = "cancel" } = definition;
    if (cancel !== false && answer.toLowerCase() === cancel.toLowerCase()) {
      this.#scopes.change((unit) => this.#forget(unit, nick));
      await ctx.reply("Cancelled.");
      return;
    }
    const dialogContext: DialogContext<object, string> = {
      ...ctx,
      answer,
      state: standing.state,
      next: (step) => new DialogMove(step, undefined),
      again: (text) => new DialogMove(undefined, text),
    };
    const before = this.#scopes.change((unit) => this.#state.get(unit, dialogKey(nick)));
    const move = await definition.steps[standing.step]?.answer(dialogContext);
    if (move instanceof DialogMove) {
      await this.#goTo(nick, standing.dialog, move.step ?? standing.step, standing.state, move.text);
      return;
    }
    // Unless the handler has begun another.
    this.#scopes.change((unit) => {
      if (this.#state.get(unit, dialogKey(nick)) === before) this.#forget(unit, nick);
    });
  }

  async #goTo(
    nick: string,
    name: string,
    step: string,
    state: object,
    text: string | undefined,
  ): Promise<void> {
    const known = this.#definitions.get(name);
    const ask = known?.definition.steps[step]?.ask;
    if (known === undefined || ask === undefined) {
      throw new TypeError(`the dialog ${JSON.stringify(name)} has no step ${JSON.stringify(step)}`);
    }
    const untilMs = this.#nowMs() + known.timeoutMs;
    const json = jsonOf(`the state of dialog ${JSON.stringify(name)}`, {
      dialog: name,
      step,
      state,
      untilMs,
    });
    this.#scopes.change((unit) => {
      this.#state.put(unit, dialogKey(nick), json);
      this.#state.setTimer(unit, { id: timerId(nick), dueMs: untilMs, data: "null" });
    });
    const asked: DialogEnd<object> = { nick, state };
    // Not awaited: where the dialog stands does not depend on what becomes of the question.
    void this.#say(nick, text ?? (typeof ask === "function" ? await ask(asked) : ask));
  }

  async #say(nick: string, text: string): Promise<void> {
    await this.#outgoing.send(nick, text, this.#scopes.current);
  }

  #standing(unit: UnitOfWork, nick: string): Standing | undefined {
    const json = this.#state.get(unit, dialogKey(nick));
    return json === undefined ? undefined : (JSON.parse(json) as Standing);
  }

  #forget(unit: UnitOfWork, nick: string): boolean {
    this.#state.clearTimer(unit, timerId(nick));
    return this.#state.delete(unit, dialogKey(nick));
  }
}

function dialogKey(nick: string): string {
  return `d/${nick}`;
}

function timerId(nick: string): string {
  return `${DIALOG_TIMER_PREFIX}${nick}`;
}
