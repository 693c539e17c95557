/** What a run tells: while it is under way, and at its end. */
import type { Address } from "../../protocol/address.ts";
import type { Place, Scenario } from "../language/model.ts";

/** `sim`: virtual time and a seeded network in one process; `real`: UDP on 127.0.0.1. */
export type NetKind = "real" | "sim";

/** Both ends belong to it. */
export interface SeedRange {
  readonly first: number;
  readonly last: number;
}

export interface RunResult {
  readonly net: NetKind;
  /** As the caller gave it, for all; `undefined`: each scenario has its own, or `seeds` has them. */
  readonly seed: number | undefined;
  /** The seeds that each scenario was run with, where there was a sweep. */
  readonly seeds: SeedRange | undefined;
  /** That runs elsewhere and was given for all. */
  readonly server: Address | undefined;
  readonly scenarios: readonly ScenarioResult[];
  /** How many were selected; more than there are results when the run ended early. */
  readonly selected: number;
  /** In simulation: 16 hexadecimal digits over all that happened to datagrams. Equal for equal runs. */
  readonly traceHash: string | undefined;
  readonly elapsedMs: number;
  readonly interrupted: boolean;
  /** It ended at the first failure, as asked. */
  readonly bailed: boolean;
}

/**
 * What came of one scenario. It may have been run many times: with several seeds, in several rounds, again after a
 * failure. What is said of one run (seed, failures, trace) is that of the first that failed, else of the first.
 */
export interface ScenarioResult extends RunReport {
  readonly scenario: Scenario;
  readonly net: NetKind;
  readonly outcome: Outcome;
  /** All of it, together. */
  readonly elapsedMs: number;
  readonly virtualMs: number;
  /** In the order of their seeds and rounds; only the first {@link TOLD_WHOLE_MAX} failed ones have all details. */
  readonly runs: readonly ScenarioRun[];
}

/** Failed runs of one scenario of which all is kept. Of the others it is kept that they failed. */
export const TOLD_WHOLE_MAX = 20;

/** One run of one scenario. */
export interface ScenarioRun extends RunReport {
  /** From 1; above 1 only with `--repeat`. */
  readonly round: number;
  /** From 1; above 1 it was run again because it had failed. */
  readonly attempt: number;
  readonly outcome: RunOutcome;
}

interface RunReport {
  /** With which its network threw dice. */
  readonly seed: number;
  /** Empty exactly when it passed or was interrupted. The first one is what ended it. */
  readonly failures: readonly Failure[];
  /** What the network last did before it failed; the oldest first. */
  readonly datagrams: readonly DatagramLine[];
  /** On the clock of the person who waits. */
  readonly elapsedMs: number;
  /** On the scenario's clock: the same on the real network. */
  readonly virtualMs: number;
  readonly traceHash: string | undefined;
  /** Path of the file that has all that happened; `undefined`: none was kept. */
  readonly traceFile: string | undefined;
  /** What a report says beside the outcome: why it was skipped, or that it failed as expected. */
  readonly note?: string | undefined;
}

export interface DatagramLine {
  readonly atMs: number;
  readonly text: string;
}

export type RunOutcome = "passed" | "failed" | "environment" | "internal" | "interrupted" | "skipped";

export type Outcome =
  | RunOutcome
  /** It failed, and passed when it was run again with the same seed. */
  | "flaky";

type FailureKind =
  /** A step did not find what it asks for. */
  | "expectation"
  /** The scenario's time was up. */
  | "timeout"
  /** A message that no step expected. */
  | "leftover"
  /** A promise that holds in every run was broken. */
  | "invariant"
  /** A second run with the same seed did not do the same. */
  | "replay"
  /** It was expected to fail, and did not. */
  | "unexpected-pass"
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
  /** Field by field what both are, where one event or table can be held against the other. */
  readonly fields?: readonly FieldCompared[];
  /** What those concerned saw. */
  readonly ledgers: readonly LedgerView[];
}

export interface FieldCompared {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
  readonly differs: boolean;
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
      readonly seeds: SeedRange | undefined;
      readonly server: Address | undefined;
      readonly selected: number;
      /** Of all scenarios, retries aside. */
      readonly runs: number;
    }
  /** Its first run begins. */
  | { readonly kind: "scenario-started"; readonly scenario: Scenario }
  | ({ readonly kind: "step-started"; readonly job: number } & StepProgress)
  /** One of its runs has ended; it may be run again. */
  | {
      readonly kind: "attempt-ended";
      readonly job: number;
      readonly scenario: Scenario;
      readonly run: ScenarioRun;
      readonly retried: boolean;
    }
  | { readonly kind: "scenario-ended"; readonly result: ScenarioResult }
  | { readonly kind: "run-ended"; readonly result: RunResult };

export interface StepProgress {
  readonly scenario: Scenario;
  readonly label: string;
  /** From 1; steps within `parallel` count one by one. */
  readonly number: number;
  readonly of: number;
}

/** Told of a run as it goes on. */
export type Reporter = (progress: Progress) => void;
