import { setTimeout as sleep } from "node:timers/promises";
import type { LaneHost } from "./lane-host.ts";

export interface LanesOptions {
  /** Runs under way at the same time. */
  readonly lanes: number;
  /** How many of them one thread takes. This one is filled first. */
  readonly lanesPerThread: number;
  readonly ownThread: () => LaneHost;
  readonly otherThread: () => LaneHost;
}

/**
 * A thread takes a tenth of a second to start. What this one has done by then, with so much left to do as the
 * others would find, is done before they could help.
 */
const THREADS_AFTER_MS = 150;
const JOBS_LEFT_MIN = 4;

/**
 * Takes jobs one after the other, in their order, on several lanes at the same time. `work` gets the host of its lane, and
 * says `false` when no more are to be taken. Other threads are started only when there is something left for them.
 *
 * @throws what `work` throws, when all that was under way has ended.
 */
export async function shareOut<Job>(
  jobs: readonly Job[],
  { lanes, lanesPerThread, ownThread, otherThread }: LanesOptions,
  work: (job: Job, host: LaneHost) => Promise<boolean>,
): Promise<void> {
  const hosts: LaneHost[] = [];
  let next = 0;
  let open = true;

  const lane = async (host: LaneHost): Promise<void> => {
    for (let job = jobs[next]; open && job !== undefined; job = jobs[next]) {
      next += 1;
      try {
        if (!(await work(job, host))) open = false;
      } catch (error) {
        open = false;
        throw error;
      }
    }
  };
  const lanesOn = (host: LaneHost, number: number): Promise<void>[] => {
    hosts.push(host);
    return Array.from({ length: number }, () => lane(host));
  };

  const working = lanesOn(ownThread(), Math.min(lanesPerThread, lanes));
  const timeout = new AbortController();
  await Promise.race([
    sleep(THREADS_AFTER_MS, undefined, { signal: timeout.signal }).catch(() => {}),
    Promise.allSettled(working).finally(() => timeout.abort()),
  ]);
  for (let left = lanes - lanesPerThread; left > 0; left -= lanesPerThread) {
    if (!open || jobs.length - next < JOBS_LEFT_MIN) break;
    working.push(...lanesOn(otherThread(), Math.min(lanesPerThread, left)));
  }

  const ends = await Promise.allSettled(working);
  await Promise.all(hosts.map((host) => host.close()));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
