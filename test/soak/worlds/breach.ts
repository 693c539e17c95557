import type { InvariantName } from "../../../src/scenario/language/model.ts";

/** A promise that was broken. */
export interface Breach {
  /** Which one, in a stable word: a program that was cut down must still break the same. */
  readonly rule: Rule;
  readonly expected: string;
  /** Sentences. */
  readonly found: readonly string[];
}

export type Rule =
  /** The standing invariants of the scenarios. */
  | InvariantName
  /** After the network healed somebody could not come back, or a message did not get through. */
  | "back"
  /** The network does not come to rest. */
  | "rest"
  /** A table is not what the server knows. */
  | "table"
  /** The server keeps what it should have handed over or forgotten. */
  | "leftover"
  /** A timer or datagram outlives everybody. */
  | "leak"
  | "amplification"
  /** An error of the program's own. */
  | "defect";
