import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ScenarioRun, StepProgress } from "../result.ts";
import type { Assignment } from "./carry-out.ts";
import type { LaneHost } from "./lane-host.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

const HERE = fileURLToPath(import.meta.url);
const PROGRAM = new URL(HERE.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

interface Awaited {
  readonly assignment: Assignment;
  readonly onStep: (progress: StepProgress) => void;
  readonly resolve: (run: ScenarioRun) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Runs of a worker thread. The thread dies with this process whatever ends it, and everything it holds with it.
 *
 * What `run` rejects with is a defect of the program: the thread broke.
 */
export function otherThread(signal: AbortSignal): LaneHost {
  const worker = new Worker(PROGRAM);
  const awaited = new Map<number, Awaited>();
  let next = 0;
  let broken: Error | undefined;
  const say = (message: ToWorker) => worker.postMessage(message);
  const breakDown = (error: Error) => {
    broken ??= error;
    for (const { reject } of awaited.values()) reject(broken);
    awaited.clear();
  };
  worker.on("error", breakDown);
  worker.on("exit", (code) => breakDown(new Error(`a worker thread ended by itself, code ${code}`)));
  worker.on("message", (message: FromWorker) => {
    const waiting = awaited.get(message.id);
    if (waiting === undefined) return;
    if (message.type === "step") {
      waiting.onStep({ scenario: waiting.assignment.scenario, ...message.step });
      return;
    }
    awaited.delete(message.id);
    if (message.type === "ended") waiting.resolve(message.run);
    else waiting.reject(new Error(message.reason));
  });
  const abort = () => say({ type: "abort" });
  signal.addEventListener("abort", abort, { once: true });

  return {
    run(assignment, onStep) {
      if (broken !== undefined) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        next += 1;
        awaited.set(next, { assignment, onStep, resolve, reject });
        say({ type: "run", id: next, assignment });
      });
    },
    async close() {
      signal.removeEventListener("abort", abort);
      awaited.clear();
      await worker.terminate();
    },
  };
}
