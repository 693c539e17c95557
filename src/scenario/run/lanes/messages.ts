/** What this thread and a worker thread say to each other. All of it is plain data. */
import type { ScenarioRun, StepProgress } from "../result.ts";
import type { Assignment } from "./carry-out.ts";

export type ToWorker =
  | { readonly type: "run"; readonly id: number; readonly assignment: Assignment }
  /** Everything under way ends, in order. */
  | { readonly type: "abort" };

export type FromWorker =
  | { readonly type: "step"; readonly id: number; readonly step: Omit<StepProgress, "scenario"> }
  | { readonly type: "ended"; readonly id: number; readonly run: ScenarioRun }
  /** It could not be run at all: a defect. */
  | { readonly type: "broke"; readonly id: number; readonly reason: string };
