import { performance } from "node:perf_hooks";
import type { Scenario } from "../language/model.ts";
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
  const skipped = reasonToSkip(scenario, net);
  if (skipped !== undefined) return { run: skippedRun(seed, skipped), lines: [] };
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
  const verdict = signal.aborted ? { failures, note: undefined } : judge(scenario, net, failures);
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

function skippedRun(seed: number, note: string): RecordedRun["run"] {
  const empty = { failures: [], datagrams: [], elapsedMs: 0, virtualMs: 0, traceHash: undefined } as const;
  return { seed, outcome: "skipped", note, ...empty };
}

function outcomeOf(failures: readonly Failure[], signal: AbortSignal): RunOutcome {
  const kinds = new Set(failures.map(({ kind }) => kind));
  if (kinds.has("internal")) return "internal";
  if (kinds.has("environment")) return "environment";
  if (failures.length > 0) return "failed";
  return signal.aborted ? "interrupted" : "passed";
}
