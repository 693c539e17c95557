import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SeedReport } from "./report.ts";
import type { Task } from "./sweep-worker.ts";

const WORKER = new URL("./sweep-worker.ts", import.meta.url);

/** Breaches that are cut down and told; of more only the seeds are listed. */
const EXPLAINED_MAX = 5;

/** Plays the programs of many seeds over threads. Reports come as they are done; resolves when all are, or on abort. */
export async function sweep(options: {
  readonly from: number;
  readonly to: number;
  readonly threads: number;
  readonly datagrams: boolean;
  readonly signal: AbortSignal;
  readonly onReport: (report: SeedReport) => void;
}): Promise<void> {
  const { from, to, threads, datagrams, signal, onReport } = options;
  let next = from;
  let broken = 0;
  const lane = async (): Promise<void> => {
    const worker = new Worker(WORKER);
    try {
      while (next <= to && !signal.aborted) {
        const task: Task = { seed: next, explain: broken < EXPLAINED_MAX, datagrams };
        next += 1;
        worker.postMessage(task);
        const [report]: SeedReport[] = await once(worker, "message", { signal });
        if (report === undefined) continue;
        if (report.breaches.length > 0) broken += 1;
        onReport(report);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, to - from + 1) }, lane));
}
