/** What steps look for and compare, as the runner sees it. */
import type { Showing } from "./driver/model.ts";

export type Scalar = string | number | boolean | null;

/** A scalar in the file is `equals`. Numbers are compared as numbers, everything else as text. */
export type Comparison =
  | { readonly operator: "equals" | "not"; readonly value: Scalar }
  | { readonly operator: "contains"; readonly value: string }
  | { readonly operator: "matches"; readonly value: RegExp }
  | { readonly operator: "oneOf"; readonly value: readonly Scalar[] }
  | { readonly operator: "gt" | "gte" | "lt" | "lte"; readonly value: number }
  | { readonly operator: "exists"; readonly value: boolean };

/** Rows of the table of clients by nickname; each is compared as `online`, `offline` or `absent`. */
export type Rows = ReadonlyMap<string, Comparison>;

export interface MessagePattern {
  readonly kind: "message";
  readonly from?: Comparison;
  readonly text?: Comparison;
  readonly saved?: boolean;
  readonly auto?: boolean;
}

export interface TablePattern {
  readonly kind: "table";
  readonly rows: Rows;
}

export interface ErrorPattern {
  readonly kind: "error";
  readonly text?: Comparison;
}

/** What an event in a client's ledger must look like. Fields left out match anything. */
export type EventPattern = MessagePattern | TablePattern | ErrorPattern | ProgramPattern;

/** What a program of somebody else's does; see `src/scenario/foreign/seen.ts`. */
export type ProgramPattern =
  | { readonly kind: "line"; readonly text?: Comparison }
  | { readonly kind: "shown"; readonly what: Showing; readonly to?: Comparison }
  | { readonly kind: "exit"; readonly code?: Comparison; readonly signal?: Comparison }
  | { readonly kind: "datagram" };

/** What is looked at in a client's ledger as it stands. */
export type Check =
  /** How many events there are like this one. */
  | { readonly kind: "count"; readonly pattern: EventPattern; readonly is: Comparison }
  | { readonly kind: "table"; readonly rows: Rows }
  /** These events are there, in this order; others may lie between them. */
  | { readonly kind: "sequence"; readonly patterns: readonly EventPattern[] }
  /** Each event like this one has such a text, and there is one; with `exists` only that. */
  | { readonly kind: "texts"; readonly pattern: EventPattern; readonly is: Comparison }
  /** The events like this one have, in their order, exactly these texts; or not, where `same` is false. */
  | {
      readonly kind: "list";
      readonly pattern: EventPattern;
      readonly texts: readonly string[];
      readonly same: boolean;
    };

/** What is known of a run: variables by their names, and what it runs on. All must agree. */
export type Facts = ReadonlyMap<string, Comparison>;

export type Condition =
  | { readonly kind: "flag"; readonly value: boolean }
  | { readonly kind: "facts"; readonly facts: Facts }
  | {
      readonly kind: "check";
      readonly at: string;
      readonly check: Check;
      readonly since: string | undefined;
    };

/** What ends a `repeat`: a condition, or an event, which is then consumed. */
export type Until =
  | Condition
  | {
      readonly kind: "event";
      readonly at: string;
      readonly pattern: EventPattern;
      readonly since: string | undefined;
    };
