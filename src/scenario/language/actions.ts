/** What steps do, as the runner sees them: one shape for each verb. */
import type { ExactFault, NetChange } from "../../net/faults.ts";
import type { Check, Condition, EventPattern, Until } from "./patterns.ts";
import type { Place } from "./place.ts";
import type { ScalarNode, SourceNode } from "./source-node.ts";

/** A value of a variable, and how it is written into a text. */
export type Value = Pick<ScalarNode, "value" | "text">;

export type Values = ReadonlyMap<string, Value>;

export type Step = StepCommon & Action;

export interface StepCommon {
  /** Of the verb. */
  readonly place: Place;
  readonly name: string | undefined;
  /** `undefined`: always. */
  readonly condition: Condition | undefined;
  /**
   * What the step is read from again, by `bindStep`, once the values that it refers to are known. Until then a text
   * holds the reference itself, and anything else a value of the right kind. `undefined`: nothing is left to put in.
   */
  readonly unbound: Unbound | undefined;
}

export interface Unbound {
  readonly common: SourceNode;
  readonly fields: SourceNode;
}

/** Keeps a field of an event, or of a receipt, under the name of a variable. */
export interface Capture {
  readonly variable: string;
  readonly field: string;
}

export type Action = LeafAction | Parallel | Repeat | Call;

export type LeafAction =
  | {
      readonly verb: "register";
      readonly client: string;
      readonly as: string | undefined;
      readonly result: "ok" | "refused" | "timeout";
    }
  | { readonly verb: "deregister"; readonly client: string }
  | {
      readonly verb: "send";
      readonly from: string;
      readonly to: string;
      readonly text: string;
      /** `undefined`: the step does not wait for the receipt, unless it captures something of it. */
      readonly result: "delivered" | "saved" | "failed" | undefined;
      readonly captures: readonly Capture[];
    }
  | {
      readonly verb: "expect";
      readonly at: string;
      /** One, or those of `all`. */
      readonly patterns: readonly EventPattern[];
      readonly withinMs: number;
      /** `strict`: nothing of the kind may lie unconsumed before it, and those of `all` come as they are listed. */
      readonly order: "any" | "strict";
      /** A failure is noted, and the scenario goes on. */
      readonly soft: boolean;
      readonly captures: readonly Capture[];
      /** Only what came after this mark. */
      readonly since: string | undefined;
    }
  | {
      readonly verb: "never";
      readonly at: string;
      readonly pattern: EventPattern;
      readonly forMs: number | undefined;
      readonly since: string | undefined;
    }
  | {
      readonly verb: "assert";
      readonly at: string;
      readonly check: Check;
      readonly since: string | undefined;
    }
  | { readonly verb: "settle"; readonly quietMs: number; readonly maxMs: number }
  | { readonly verb: "server"; readonly do: ServerCommand }
  | { readonly verb: "client"; readonly at: string; readonly do: ClientCommand }
  /** Without a line the input ends. With a command, the line is what stands behind its word, which a program's driver knows. */
  | {
      readonly verb: "input";
      readonly at: string;
      readonly line: string | undefined;
      readonly command: InputCommand | undefined;
    }
  | { readonly verb: "bot"; readonly at: string; readonly do: BotCommand }
  | { readonly verb: "net"; readonly change: NetChange }
  | { readonly verb: "fault"; readonly fault: ExactFault }
  | {
      readonly verb: "raw";
      readonly from: string;
      /** The name of a client, of a bot, or `server`. */
      readonly to: string;
      readonly bytes: Uint8Array;
    }
  | { readonly verb: "mark"; readonly mark: string }
  | { readonly verb: "set"; readonly values: Values }
  | { readonly verb: "wait"; readonly waitMs: number };

export type ServerCommand = "start" | "stop" | "kill" | "restart" | "pause" | "resume" | "silence";
export type BotCommand = "start" | "stop" | "kill" | "restart";
/** A command of the exercise, by what it is for: drivers have its word. */
export type InputCommand = "register" | "deregister" | "send";
export type ClientCommand = "start" | "stop" | "kill" | "pause" | "resume";

export interface Parallel {
  readonly verb: "parallel";
  readonly branches: readonly (readonly Step[])[];
}

export interface Repeat {
  readonly verb: "repeat";
  /** How often; with `until` at most so often. `undefined`: as often as `maxMs` allows. */
  readonly times: number | undefined;
  /** Looked at after each pass. */
  readonly until: Until | undefined;
  readonly maxMs: number | undefined;
  readonly steps: readonly Step[];
}

export interface Call {
  readonly verb: "call";
  /** As it is written. */
  readonly file: string;
  /** The parameters that are given, by their names. */
  readonly with: Values;
  readonly story: Story;
}

/** Steps with what goes before and, whatever happens, after them; and the variables that they see at the start. */
export interface Story {
  readonly values: Values;
  readonly setup: readonly Step[];
  readonly steps: readonly Step[];
  readonly finally: readonly Step[];
}
