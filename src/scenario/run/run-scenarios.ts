import { performance } from "node:perf_hooks";
import type { Address } from "../../protocol/address.ts";
import type { Scenario } from "../language/model.ts";
import { onServer } from "./elsewhere.ts";
import type { Assignment, TraceMode } from "./lanes/carry-out.ts";
import { type LaneHost, ownThread } from "./lanes/lane-host.ts";
import { otherThread } from "./lanes/other-thread.ts";
import { shareOut } from "./lanes/share-out.ts";
import type { NetKind, Reporter, RunResult, ScenarioResult, ScenarioRun, SeedRange } from "./result.ts";
import { hashOf, sumUp, withoutDetails } from "./sum-up.ts";
import { traceFileOf } from "./trace-file.ts";

/** Where neither the caller nor the file gives a seed: the same call gives the same run. */
export const DEFAULT_SEED = 1;

/** A simulated run computes all the time, a real one mostly waits. */
const LANES_PER_THREAD_MIN: Readonly<Record<NetKind, number>> = { sim: 1, real: 16 };

export interface RunOptions {
  readonly net: NetKind;
  /** Goes before the seed that a file gives. Default: the file's, else {@link DEFAULT_SEED}. */
  readonly seed?: number | undefined;
  /** Each scenario is run with each of these seeds. Goes before `seed`. */
  readonly seeds?: SeedRange | undefined;
  /** How often each scenario is run with each seed. Default 1. */
  readonly repeat?: number;
  /** How often what failed is run again. Default 0. */
  readonly retries?: number;
  /** Ends at the first failure. */
  readonly bail?: boolean;
  /** Runs under way at the same time. Default 1. */
  readonly workers?: number;
  /** Threads that they may be spread over, this one included. Default 1. */
  readonly threads?: number;
  /** In simulation: makes each run twice, and fails it where the second is not like the first. */
  readonly checkDeterminism?: boolean;
  /** One that runs elsewhere, in the place of each scenario's own: see {@link onServer}. */
  readonly server?: Address | undefined;
  /** Which runs leave all that happened behind, a file each. Default `off`. */
  readonly trace?: TraceMode;
  /** The folder for that. */
  readonly traceFolder?: string;
  /** Ends the runs under way, in order, and begins no other. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Reporter | undefined;
}

/** Where runs are made. */
export interface Hosts {
  readonly ownThread: (signal: AbortSignal) => LaneHost;
  readonly otherThread: (signal: AbortSignal) => LaneHost;
}

/** Runs scenarios. Never rejects for what they do: failures are in the result. */
export async function runScenarios(
  scenarios: readonly Scenario[],
  options: RunOptions,
  hosts: Hosts = { ownThread, otherThread },
): Promise<RunResult> {
  const { net, seed, seeds, server, signal = new AbortController().signal } = options;
  const { workers = 1, threads = 1, onProgress = () => {} } = options;
  const beganMs = performance.now();
  const works: Work[] = [];
  const jobs: Job[] = [];
  for (const scenario of scenarios) {
    const placed = server === undefined ? scenario : onServer(scenario, server);
    const work = new Work(placed, options, jobs.length);
    works.push(work);
    jobs.push(...work.jobs);
  }
  const asked = { net, seed, seeds, server, selected: scenarios.length };
  onProgress({ kind: "run-started", ...asked, runs: jobs.length });

  let bailed = false;
  const lanes = {
    lanes: workers,
    lanesPerThread: Math.max(Math.ceil(workers / threads), LANES_PER_THREAD_MIN[net]),
    ownThread: () => hosts.ownThread(signal),
    otherThread: () => hosts.otherThread(signal),
  };
  await shareOut(jobs, lanes, async (job, host) => {
    if (signal.aborted) return false;
    const run = await job.work.make(job, host);
    bailed ||= options.bail === true && run.failures.length > 0;
    return !signal.aborted && !bailed;
  });
  const results = works.flatMap((work) => work.end() ?? []);

  const result: RunResult = {
    ...asked,
    scenarios: results,
    traceHash: net === "sim" ? hashOf(results.map((one) => [one.scenario.name, one.traceHash])) : undefined,
    elapsedMs: performance.now() - beganMs,
    interrupted: signal.aborted,
    bailed: bailed && results.reduce((sum, { runs }) => sum + runs.length, 0) < jobs.length,
  };
  onProgress({ kind: "run-ended", result });
  return result;
}

/** One run of one scenario that is to be made. */
interface Job {
  /** In the whole run. */
  readonly number: number;
  /** Of this scenario. */
  readonly index: number;
  readonly work: Work;
  readonly seed: number;
  readonly round: number;
}

/** All that is to be done about one scenario. */
class Work {
  readonly jobs: readonly Job[];
  readonly #scenario: Scenario;
  readonly #options: RunOptions;
  readonly #onProgress: Reporter;
  /** By the indices of their jobs. */
  readonly #ended: (readonly ScenarioRun[] | undefined)[] = [];
  #endedCount = 0;
  #failedCount = 0;
  #begun = false;
  #result: ScenarioResult | undefined;

  constructor(scenario: Scenario, options: RunOptions, firstNumber: number) {
    this.#scenario = scenario;
    this.#options = options;
    this.#onProgress = options.onProgress ?? (() => {});
    const own = options.seed ?? scenario.net.seed ?? DEFAULT_SEED;
    const { first, last } = options.seeds ?? { first: own, last: own };
    const jobs: Job[] = [];
    for (let seed = first; seed <= last; seed++) {
      for (let round = 1; round <= (options.repeat ?? 1); round++) {
        const index = jobs.length;
        jobs.push({ number: firstNumber + index, index, work: this, seed, round });
      }
    }
    this.jobs = jobs;
  }

  /** Makes one run, and again while it fails and may be tried again. Returns how it ended at last. */
  async make(job: Job, host: LaneHost): Promise<ScenarioRun> {
    const scenario = this.#scenario;
    const { retries = 0, signal } = this.#options;
    if (!this.#begun) this.#onProgress({ kind: "scenario-started", scenario });
    this.#begun = true;
    const runs: ScenarioRun[] = [];
    for (let attempt = 1; ; attempt++) {
      const run = await host.run(this.#assignment(job, attempt), (step) =>
        this.#onProgress({ kind: "step-started", job: job.number, ...step }),
      );
      const failed = run.failures.length > 0;
      const retried = failed && attempt <= retries && signal?.aborted !== true;
      if (failed) this.#failedCount += 1;
      runs.push(withoutDetails(run, this.#failedCount));
      this.#onProgress({ kind: "attempt-ended", job: job.number, scenario, run, retried });
      if (retried) continue;
      this.#ended[job.index] = runs;
      this.#endedCount += 1;
      if (this.#endedCount === this.jobs.length) this.end();
      return run;
    }
  }

  /** What came of it so far; `undefined` when it was not run. */
  end(): ScenarioResult | undefined {
    if (this.#result === undefined && this.#endedCount > 0) {
      const result = sumUp(this.#scenario, this.#options.net, this.#ended);
      this.#result = result;
      this.#onProgress({ kind: "scenario-ended", result });
    }
    return this.#result;
  }

  #assignment({ seed, round }: Job, attempt: number): Assignment {
    const { net, trace = "off", traceFolder = "", checkDeterminism = false } = this.#options;
    const traceFile = traceFileOf(traceFolder, this.#scenario, { net, seed, round, attempt });
    return {
      scenario: this.#scenario,
      net,
      seed,
      round,
      attempt,
      trace,
      traceFile,
      twice: checkDeterminism && net === "sim",
    };
  }
}
