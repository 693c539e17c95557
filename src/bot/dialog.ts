import type { MessageContext } from "./context.ts";
import type { Duration } from "./duration.ts";

/**
 * A talk with one person in named steps.
 *
 * A step asks; what the person says next is its answer. The answer's handler says where the talk goes on: `ctx.next("step")`
 * asks that step's question, `ctx.again("why")` stays, and when it returns nothing the talk is over.
 *
 * What is kept between two messages is the step's name and the state, in the same commit as everything else that the handler
 * changed. No code is kept and none is run twice; a bot that was restarted or reloaded goes on at the step.
 *
 * @example
 * const order = bot.dialog("order", {
 *   state: { size: "" },
 *   steps: {
 *     size: {
 *       ask: "Small or large?",
 *       answer: (ctx) => {
 *         if (!["small", "large"].includes(ctx.answer)) return ctx.again("Say small or large.");
 *         ctx.state.size = ctx.answer;
 *         return ctx.next("confirm");
 *       },
 *     },
 *     confirm: {
 *       ask: ({ state }) => `One ${state.size} pizza. Right?`,
 *       answer: (ctx) => ctx.reply(ctx.answer === "yes" ? "Coming!" : "Then not."),
 *     },
 *   },
 * });
 * bot.command("pizza", (ctx) => order.begin(ctx));
 */
export interface DialogDefinition<State extends object, Step extends string> {
  /** What it begins with. Plain data, as in the store. */
  readonly state: State;
  /** It begins with the first. */
  readonly steps: { readonly [Name in Step]: DialogStep<State, NoInfer<Step>> };
  /** How long it waits for an answer. Default `"10m"`. */
  readonly timeout?: Duration;
  /** The word that ends it; `false`: there is none. Default `"cancel"`. */
  readonly cancel?: string | false;
  /** What is said, or done, when no answer came in time. Default: a sentence that says so. */
  readonly expired?: string | ((end: DialogEnd<State>) => unknown);
}

export interface DialogStep<State extends object, Step extends string> {
  readonly ask: string | ((asked: DialogEnd<State>) => string | Promise<string>);
  readonly answer: (ctx: DialogContext<State, Step>) => unknown;
}

export interface DialogEnd<State extends object> {
  readonly nick: string;
  readonly state: State;
}

export interface DialogContext<State extends object, Step extends string> extends MessageContext {
  /** The message without blanks around it. */
  readonly answer: string;
  /** To be changed at will; what it is when the handler returns is kept. After an error it is what it was before. */
  readonly state: State;
  /** Return it to go on with this step. */
  next(step: Step): DialogMove;
  /** Return it to ask for another answer to the same step, with these words or with its question. */
  again(text?: string): DialogMove;
}

/** Where a dialog goes on. */
export class DialogMove {
  /** `undefined`: the same step. */
  readonly step: string | undefined;
  readonly text: string | undefined;

  constructor(step: string | undefined, text: string | undefined) {
    this.step = step;
    this.text = text;
  }
}

export interface Dialog<State extends object> {
  /**
   * Asks the first question. A dialog that the person is in already gives way to this one.
   *
   * @param who The message's sender, or a nickname.
   * @param state Put over the definition's.
   */
  begin(who: MessageContext | string, state?: Partial<State>): Promise<void>;
  /** Ends the dialog with this person without a word. Whether there was one. */
  end(nick: string): Promise<boolean>;
}
