import type { ScenarioRun, StepProgress } from "../result.ts";
import { type Assignment, carryOut } from "./carry-out.ts";

/** Where runs are made: in this thread, or in another. */
export interface LaneHost {
  run(assignment: Assignment, onStep: (progress: StepProgress) => void): Promise<ScenarioRun>;
  close(): Promise<void>;
}

/** Runs of this thread. On the real network many fit in: they mostly wait. */
export function ownThread(signal: AbortSignal): LaneHost {
  return {
    run: (assignment, onStep) => carryOut(assignment, { signal, onStep }),
    close: () => Promise.resolve(),
  };
}
