/**
 * A scenario as the runner sees it: checked, with every variable put in and every unit turned into
 * milliseconds or a fraction. One file with a `matrix` gives several. `load.ts` makes it from YAML.
 */
import type { LinkFaults, NetChange } from "../../net/faults.ts";

/** Where something stands in a file, for messages; both count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Scenario {
  /** With the matrix's variables put in, so it is unique within a file. */
  readonly name: string;
  readonly place: Place;
  readonly tags: readonly string[];
  /** The whole scenario, on the clock it runs on. Default 60 s. */
  readonly timeoutMs: number;
  readonly net: NetSpec;
  /** `undefined`: the scenario starts no server by itself. */
  readonly server: ServerSpec | undefined;
  readonly clients: ReadonlyMap<string, ClientSpec>;
  readonly bots: ReadonlyMap<string, BotSpec>;
  readonly steps: readonly Step[];
  readonly leftovers: "fail" | "allow";
}

export interface NetSpec {
  /** `undefined`: the runner's own. */
  readonly seed: number | undefined;
  readonly links: readonly LinkFaults[];
}

interface ServerSpec {
  readonly place: Place;
  /** Keeps its data over `kill` and `start`. */
  readonly persist: boolean;
}

interface ClientSpec {
  readonly place: Place;
}

export interface BotSpec {
  readonly place: Place;
  /** Absolute path of the TypeScript file. */
  readonly script: string;
  readonly nick: string;
}

export type Step = StepCommon & Action;

interface StepCommon {
  /** Of the verb. */
  readonly place: Place;
  readonly name: string | undefined;
}

export type Action =
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
      /** `undefined`: the step does not wait for the receipt. */
      readonly result: "delivered" | "saved" | "failed" | undefined;
    }
  | {
      readonly verb: "expect";
      readonly at: string;
      readonly pattern: EventPattern;
      readonly withinMs: number;
    }
  | {
      readonly verb: "never";
      readonly at: string;
      readonly pattern: EventPattern;
      readonly forMs: number | undefined;
    }
  | { readonly verb: "assert"; readonly at: string; readonly check: Check }
  | { readonly verb: "settle"; readonly quietMs: number; readonly maxMs: number }
  | { readonly verb: "server"; readonly do: "start" | "stop" | "kill" }
  | { readonly verb: "net"; readonly change: NetChange }
  | { readonly verb: "parallel"; readonly branches: readonly (readonly Step[])[] };

export type Check =
  | { readonly kind: "count"; readonly pattern: EventPattern; readonly is: Comparison }
  | { readonly kind: "table"; readonly rows: ReadonlyMap<string, "online" | "offline" | "absent"> };

/** What an event in a client's ledger must look like. Fields left out match anything. */
export type EventPattern =
  | {
      readonly kind: "message";
      readonly from?: Comparison;
      readonly text?: Comparison;
      readonly saved?: boolean;
    }
  | { readonly kind: "table"; readonly rows: ReadonlyMap<string, "online" | "offline" | "absent"> }
  | { readonly kind: "error"; readonly text?: Comparison };

/** A scalar in the file is `equals`. Numbers are compared as numbers, everything else as text. */
export type Comparison =
  | { readonly operator: "equals" | "not"; readonly value: Scalar }
  | { readonly operator: "contains"; readonly value: string }
  | { readonly operator: "matches"; readonly value: RegExp }
  | { readonly operator: "oneOf"; readonly value: readonly Scalar[] }
  | { readonly operator: "gt" | "gte" | "lt" | "lte"; readonly value: number }
  | { readonly operator: "exists"; readonly value: boolean };

export type Scalar = string | number | boolean | null;
