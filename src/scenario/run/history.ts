import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { makeFolder } from "../../store/folder.ts";
import type { Scenario } from "../language/model.ts";
import type { RunResult } from "./result.ts";

/** What earlier runs leave for later ones. */
export interface History {
  /** How long each scenario took, by its {@link keyOf}. */
  readonly durationsMs: ReadonlyMap<string, number>;
  /** What failed when it was last run. */
  readonly lastFailed: readonly string[];
}

const NO_HISTORY: History = { durationsMs: new Map(), lastFailed: [] };

/** It changes when a reader of the last would misunderstand. */
const VERSION = 1;

/** How much a new duration counts against the ones before. */
const WEIGHT = 0.5;

/** By which a scenario is known again: its file, as it was named, and its name. */
export function keyOf({ place, name }: Scenario): string {
  return `${path.relative("", place.file)} › ${name}`;
}

/** What is in the folder; nothing where there is none, or none that can be understood: it is only a cache. */
export function readHistory(folder: string): History {
  try {
    const { version, durationsMs, lastFailed } = JSON.parse(readFileSync(fileIn(folder), "utf8"));
    if (version !== VERSION || !Array.isArray(lastFailed)) return NO_HISTORY;
    const durations = Object.entries(durationsMs).filter((entry): entry is [string, number] =>
      Number.isFinite(entry[1]),
    );
    return {
      durationsMs: new Map(durations),
      lastFailed: lastFailed.filter((key) => typeof key === "string"),
    };
  } catch {
    return NO_HISTORY;
  }
}

/**
 * Adds a run to what is in the folder, which is made where it is missing.
 *
 * @param options.durations whether its durations count. Those of one shard must not: the others would deal otherwise.
 * @throws {Error} when the file cannot be written.
 */
export function writeHistory(
  folder: string,
  { scenarios }: RunResult,
  options: { readonly durations: boolean },
): void {
  const before = readHistory(folder);
  const durationsMs = new Map(before.durationsMs);
  const failed = new Set(before.lastFailed);
  for (const { scenario, outcome, elapsedMs, runs } of scenarios) {
    const key = keyOf(scenario);
    if (outcome === "interrupted") continue;
    if (outcome === "passed" || outcome === "skipped" || outcome === "flaky") failed.delete(key);
    else failed.add(key);
    if (!options.durations || outcome === "skipped") continue;
    const ms = elapsedMs / Math.max(1, runs.length);
    const known = durationsMs.get(key);
    durationsMs.set(key, Math.round(known === undefined ? ms : known + WEIGHT * (ms - known)));
  }
  makeHiddenFolder(folder);
  const text = JSON.stringify({
    version: VERSION,
    lastFailed: [...failed],
    durationsMs: Object.fromEntries(durationsMs),
  });
  // Two runs may end at the same time: each leaves a whole file.
  const file = fileIn(folder);
  writeFileSync(`${file}.${process.pid}`, `${text}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

/** A folder that no version control should see: it says so itself. */
export function makeHiddenFolder(folder: string): void {
  makeFolder(folder);
  writeFileSync(path.join(folder, ".gitignore"), "*\n");
}

function fileIn(folder: string): string {
  return path.join(folder, "history.json");
}
