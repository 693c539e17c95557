/** What a run tells: while it is under way, and at its end. */
import type { Place, Scenario } from "../language/model.ts";

/** `sim`: virtual time and a seeded network in one process; `real`: UDP on 127.0.0.1. */
export type NetKind = "real" | "sim";

export interface RunResult {
  readonly net: NetKind;
  /** As the caller gave it, for all; `undefined`: each scenario has its own. */
  readonly seed: number | undefined;
  readonly scenarios: readonly ScenarioResult[];
  /** How many were selected; more than there are results when the run was interrupted. */
  readonly selected: number;
  /** In simulation: 16 hexadecimal digits over all that happened to datagrams. Equal for equal runs. */
  readonly traceHash: string | undefined;
  readonly elapsedMs: number;
  readonly interrupted: boolean;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly net: NetKind;
  /** With which its network threw dice. */
  readonly seed: number;
  readonly outcome: Outcome;
  /** Empty exactly when it passed or was interrupted. The first one is what ended it. */
  readonly failures: readonly Failure[];
  /** On the clock of the person who waits. */
  readonly elapsedMs: number;
  /** On the scenario's clock: the same on the real network. */
  readonly virtualMs: number;
  readonly traceHash: string | undefined;
}

export type Outcome = "passed" | "failed" | "environment" | "internal" | "interrupted";

type FailureKind =
  /** A step did not find what it asks for. */
  | "expectation"
  /** The scenario's time was up. */
  | "timeout"
  /** A message that no step expected. */
  | "leftover"
  /** A promise that holds in every run was broken. */
  | "invariant"
  /** The world did not let us: a port, a script that does not start. */
  | "environment"
  /** A defect of the program. */
  | "internal";

export interface Failure {
  readonly kind: FailureKind;
  readonly place: Place;
  /** What was under way there. */
  readonly step: string;
  readonly expected: string;
  /** Sentences. The first says what is there instead. */
  readonly found: readonly string[];
  /** What those concerned saw. */
  readonly ledgers: readonly LedgerView[];
}

export interface LedgerView {
  readonly client: string;
  readonly lines: readonly LedgerLine[];
  /** Entries before the first line that are not shown. */
  readonly omitted: number;
}

export interface LedgerLine {
  readonly atMs: number;
  readonly text: string;
  /** A message or error that no step has consumed. */
  readonly unconsumed: boolean;
  /** What comes nearest to what was expected. */
  readonly near: boolean;
}

export type Progress =
  | {
      readonly kind: "run-started";
      readonly net: NetKind;
      readonly seed: number | undefined;
      readonly selected: number;
    }
  | { readonly kind: "scenario-started"; readonly scenario: Scenario }
  | {
      readonly kind: "step-started";
      readonly scenario: Scenario;
      readonly label: string;
      /** From 1; steps within `parallel` count one by one. */
      readonly number: number;
      readonly of: number;
    }
  | { readonly kind: "scenario-ended"; readonly result: ScenarioResult }
  | { readonly kind: "run-ended"; readonly result: RunResult };

/** Told of a run as it goes on. */
export type Reporter = (progress: Progress) => void;
