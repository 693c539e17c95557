import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Scenario } from "../language/model.ts";
import type { NetKind, Reporter, RunResult, ScenarioResult } from "./result.ts";
import { runScenario } from "./run-scenario.ts";

/** Where neither the caller nor the file gives a seed: the same call gives the same run. */
export const DEFAULT_SEED = 1;

export interface RunOptions {
  readonly net: NetKind;
  /** Goes before the seed that a file gives. Default: the file's, else {@link DEFAULT_SEED}. */
  readonly seed?: number | undefined;
  /** Runs only scenarios whose name matches. */
  readonly grep?: RegExp | undefined;
  /** Ends the run under way, in order, and begins no other. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: Reporter | undefined;
}

/** Runs scenarios one after the other. Never rejects for what they do: failures are in the result. */
export async function runScenarios(scenarios: readonly Scenario[], options: RunOptions): Promise<RunResult> {
  const { net, seed, grep, signal = new AbortController().signal, onProgress = () => {} } = options;
  const selected = scenarios.filter(({ name }) => grep === undefined || name.search(grep) >= 0);
  const beganMs = performance.now();
  onProgress({ kind: "run-started", net, seed, selected: selected.length });

  const results: ScenarioResult[] = [];
  for (const scenario of selected) {
    if (signal.aborted) break;
    const ownSeed = seed ?? scenario.net.seed ?? DEFAULT_SEED;
    const result = await runScenario(scenario, { net, seed: ownSeed, signal, onProgress });
    results.push(result);
    onProgress({ kind: "scenario-ended", result });
  }

  const result: RunResult = {
    net,
    seed,
    scenarios: results,
    selected: selected.length,
    traceHash: net === "sim" ? hashOf(results) : undefined,
    elapsedMs: performance.now() - beganMs,
    interrupted: signal.aborted,
  };
  onProgress({ kind: "run-ended", result });
  return result;
}

function hashOf(results: readonly ScenarioResult[]): string {
  const hash = createHash("sha256");
  for (const { scenario, traceHash } of results) hash.update(JSON.stringify([scenario.name, traceHash]));
  return hash.digest("hex").slice(0, 16);
}
