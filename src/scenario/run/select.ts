import { createHash } from "node:crypto";
import type { Scenario } from "../language/model.ts";
import { timedExec } from "../timed-match.ts";
import { type History, keyOf } from "./history.ts";

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

export interface Selection {
  /** Only scenarios whose name matches. */
  readonly grep?: RegExp | undefined;
  /** Only scenarios that have one of these tags; none: all. */
  readonly tags?: readonly string[];
  /** Only what failed when it was last run. */
  readonly lastFailed?: boolean;
  /** Of all that is selected by then, one part. */
  readonly shard?: Shard | undefined;
}

/** Those that are asked for, in their order. @throws {EndlessMatch} where a name is too much for `grep` */
export function selectScenarios(
  scenarios: readonly Scenario[],
  { grep, tags = [], lastFailed = false, shard }: Selection,
  history: History,
): readonly Scenario[] {
  const failed = new Set(history.lastFailed);
  const selected = scenarios.filter(
    (scenario) =>
      (grep === undefined || timedExec(grep, scenario.name) !== null) &&
      (tags.length === 0 || scenario.tags.some((tag) => tags.includes(tag))) &&
      (!lastFailed || failed.has(keyOf(scenario))),
  );
  return shard === undefined ? selected : partOf(selected, shard, history);
}

/**
 * Deals scenarios out so that all parts take about the same time: the longest first, each to the part that has least
 * so far. What was never measured counts as the median of what was. Every part sees the same deal only where it sees
 * the same durations: see {@link balanceOf}.
 */
function partOf(
  scenarios: readonly Scenario[],
  { index, of }: Shard,
  { durationsMs }: History,
): readonly Scenario[] {
  const known = scenarios.flatMap((scenario) => durationsMs.get(keyOf(scenario)) ?? []).sort((a, b) => a - b);
  const median = known[known.length >> 1] ?? 1;
  const weighed = scenarios
    .map((scenario) => ({ scenario, key: keyOf(scenario), ms: durationsMs.get(keyOf(scenario)) ?? median }))
    .sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1));
  const loads = Array.from({ length: of }, () => 0);
  const mine = new Set<Scenario>();
  for (const { scenario, ms } of weighed) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + ms;
    if (least === index - 1) mine.add(scenario);
  }
  return scenarios.filter((scenario) => mine.has(scenario));
}

/** Four digits by which a person sees whether two machines balance their shards by the same durations; `none`: by number. */
export function balanceOf(scenarios: readonly Scenario[], { durationsMs }: History): string {
  const known = scenarios.flatMap((scenario) => {
    const ms = durationsMs.get(keyOf(scenario));
    return ms === undefined ? [] : [[keyOf(scenario), ms] as const];
  });
  if (known.length === 0) return "none";
  return createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 4);
}
