import { performance } from "node:perf_hooks";
import type { Scenario } from "../language/model.ts";
import { EndlessMatch } from "../timed-match.ts";
import { judge, reasonToSkip } from "./exemptions.ts";
import { Play } from "./play.ts";
import { Recorder } from "./recorder.ts";
import type { Failure, NetKind, RunOutcome, ScenarioRun, StepProgress } from "./result.ts";
import { onStage, type Stage } from "./stage.ts";

export interface ScenarioOptions {
  readonly net: NetKind;
  readonly seed: number;
  /** Whether all that happens is to be kept, for a trace. */
  readonly whole: boolean;
  /** Ends the run; what it had opened is closed all the same. */
  readonly signal: AbortSignal;
  readonly onStep: (progress: StepProgress) => void;
}

/** One run, and what was recorded of it. */
export interface RecordedRun {
  readonly run: Omit<ScenarioRun, "round" | "attempt" | "traceFile">;
  /** Lines of a trace, where all was kept. */
  readonly lines: readonly string[];
}

/** Runs one scenario once, on a stage of its own. Never rejects: whatever goes wrong is in the result. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<RecordedRun> {
  const { net, seed, whole, signal, onStep } = options;
  const beganMs = performance.now();
  const recorder = new Recorder({ whole });
  let play: Play | undefined;
  let failures: readonly Failure[];
  try {
    const skipped = reasonToSkip(scenario, net);
    if (skipped !== undefined) return { run: notRun(seed, "skipped", { note: skipped }), lines: [] };
  } catch (error) {
    return { run: notRun(seed, "failed", { failures: [endlessWhen(scenario, error)] }), lines: [] };
  }
  try {
    failures = await onStage({ net, seed, recorder }, async (stage: Stage) => {
      recorder.begin(scenario, net, seed, () => stage.clock.nowMs());
      play = new Play(scenario, stage, signal, onStep);
      return await play.run();
    });
  } catch (error) {
    // The stage itself broke, so the play could not close what it had opened.
    if (play === undefined) throw error;
    failures = [...play.failuresOf(error), ...(await play.tearDown())];
  }
  const elapsedMs = performance.now() - beganMs;
  const verdict = signal.aborted ? { failures, note: undefined } : judged(scenario, net, failures);
  const names = new Set(failures[0]?.ledgers.map(({ client }) => client));
  const run = {
    seed,
    outcome: outcomeOf(verdict.failures, signal),
    ...verdict,
    datagrams: verdict.failures.length === 0 ? [] : recorder.lastDatagrams(names),
    elapsedMs,
    virtualMs: net === "sim" ? (play?.nowMs() ?? 0) : elapsedMs,
    traceHash: play?.traceHash(),
  };
  recorder.end(run);
  return { run, lines: recorder.lines ?? [] };
}

function notRun(
  seed: number,
  outcome: RunOutcome,
  { note, failures = [] }: { readonly note?: string; readonly failures?: readonly Failure[] },
): RecordedRun["run"] {
  const empty = { datagrams: [], elapsedMs: 0, virtualMs: 0, traceHash: undefined } as const;
  return { seed, outcome, note, failures, ...empty };
}

function judged(scenario: Scenario, net: NetKind, failures: readonly Failure[]): ReturnType<typeof judge> {
  try {
    return judge(scenario, net, failures);
  } catch (error) {
    return { failures: [...failures, endlessWhen(scenario, error)], note: undefined };
  }
}

/** Whether the scenario is to be run, or to fail, nobody knows then. @throws what is anything else. */
function endlessWhen({ skip, expectFail, name, place }: Scenario, error: unknown): Failure {
  if (!(error instanceof EndlessMatch)) throw error;
  return {
    kind: "expectation",
    place: skip?.place ?? expectFail?.place ?? place,
    step: name,
    expected: "every regular expression comes to an end",
    found: [error.message],
    ledgers: [],
  };
}

function outcomeOf(failures: readonly Failure[], signal: AbortSignal): RunOutcome {
  const kinds = new Set(failures.map(({ kind }) => kind));
  if (kinds.has("internal")) return "internal";
  if (kinds.has("environment")) return "environment";
  if (failures.length > 0) return "failed";
  return signal.aborted ? "interrupted" : "passed";
}
