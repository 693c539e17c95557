import type { Step } from "../language/actions.ts";
import type { CastNames } from "../language/cast.ts";
import type { Cast } from "./cast.ts";
import type { RunFacts } from "./facts.ts";
import type { Memory } from "./memory.ts";
import type { Failure } from "./result.ts";
import type { Stage } from "./stage.ts";

/** What a step acts on. */
export interface Scene {
  readonly cast: Cast;
  /** Who takes part, for values that are put into steps. */
  readonly names: CastNames;
  /** Somebody has this nickname from now on. */
  readonly noteNick: (nick: string) => void;
  readonly stage: Stage;
  /** What the run knows of itself. */
  readonly facts: RunFacts;
  /** Of the file that the step stands in. */
  readonly memory: Memory;
  /** Told before each step; call the result when it has ended. */
  readonly onStep: (step: Step) => () => void;
  /** Sends whose receipts no step waits for. */
  readonly inBackground: (send: Promise<unknown>) => void;
  /** Failures after which the scenario goes on. */
  readonly note: (failure: Failure) => void;
  /** Begins the time of steps that are performed whatever happened. */
  readonly lastSignal: () => { readonly signal: AbortSignal; readonly end: () => void };
}

export type Of<Verb extends Step["verb"]> = Extract<Step, { verb: Verb }>;
