/** A thread that plays what it is sent, one seed at a time, and sends what came of it. */
import { parentPort } from "node:worker_threads";
import { generate } from "./generate.ts";
import { reportOn } from "./report.ts";

export interface Task {
  readonly seed: number;
  readonly explain: boolean;
  readonly datagrams: boolean;
}

parentPort?.on("message", async ({ seed, ...how }: Task) => {
  parentPort?.postMessage(await reportOn(generate(seed), how));
});
