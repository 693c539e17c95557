/** The program of a worker thread: makes the runs that it is told to make. Nothing imports it. */
import { performance } from "node:perf_hooks";
import { parentPort } from "node:worker_threads";
import { carryOut } from "./carry-out.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** Often enough for what a person sees of it. */
const STEP_EVERY_MS = 50;

if (parentPort === null) throw new TypeError("this is the program of a worker thread");
const port = parentPort;
const aborted = new AbortController();
let toldStepMs = Number.NEGATIVE_INFINITY;

port.on("message", (message: ToWorker) => {
  if (message.type === "abort") {
    aborted.abort(new Error("interrupted"));
    return;
  }
  const { id, assignment } = message;
  carryOut(assignment, {
    signal: aborted.signal,
    onStep: ({ label, number, of }) => {
      const nowMs = performance.now();
      if (nowMs - toldStepMs < STEP_EVERY_MS) return;
      toldStepMs = nowMs;
      say({ type: "step", id, step: { label, number, of } });
    },
  }).then(
    (run) => say({ type: "ended", id, run }),
    (error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      say({ type: "broke", id, reason });
    },
  );
});

function say(message: FromWorker): void {
  port.postMessage(message);
}
