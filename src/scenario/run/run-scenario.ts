import { performance } from "node:perf_hooks";
import type { Scenario } from "../language/model.ts";
import { Play } from "./play.ts";
import type { Failure, NetKind, Outcome, Progress, ScenarioResult } from "./result.ts";
import { onStage, type Stage } from "./stage.ts";

export interface ScenarioOptions {
  readonly net: NetKind;
  readonly seed: number;
  /** Ends the run; what it had opened is closed all the same. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Runs one scenario on a stage of its own. Never rejects: whatever goes wrong is in the result. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioResult> {
  const { net, seed, signal, onProgress } = options;
  const beganMs = performance.now();
  let play: Play | undefined;
  let failures: readonly Failure[];
  onProgress({ kind: "scenario-started", scenario });
  try {
    failures = await onStage({ net, seed }, async (stage: Stage) => {
      play = new Play(scenario, stage, signal, onProgress);
      return await play.run();
    });
  } catch (error) {
    // The stage itself broke, so the play could not close what it had opened.
    failures = [...(play?.failuresOf(error) ?? []), ...((await play?.tearDown()) ?? [])];
    if (play === undefined) throw error;
  }
  const elapsedMs = performance.now() - beganMs;
  return {
    scenario,
    net,
    seed,
    outcome: outcomeOf(failures, signal),
    failures,
    elapsedMs,
    virtualMs: net === "sim" ? (play?.nowMs() ?? 0) : elapsedMs,
    traceHash: play?.traceHash(),
  };
}

function outcomeOf(failures: readonly Failure[], signal: AbortSignal): Outcome {
  const kinds = new Set(failures.map(({ kind }) => kind));
  if (kinds.has("internal")) return "internal";
  if (kinds.has("environment")) return "environment";
  if (failures.length > 0) return "failed";
  return signal.aborted ? "interrupted" : "passed";
}
