import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where scenarios are when no path is given. */
export const DEFAULT_PATHS: readonly string[] = ["scenarios"];

export interface Discovered {
  /** Each once, those of a folder in the order of their names. */
  readonly files: readonly string[];
  /** Paths at which there is nothing: wrong usage. */
  readonly missing: readonly string[];
}

/**
 * Finds scenario files. A file is taken whatever its name is; of a folder, all `*.yaml` and `*.yml`
 * at any depth, except in hidden folders, `node_modules` and `conformance`: what stands there is about one
 * implementation, and is run by `udpchat conformance`, or when it is named.
 */
export function discoverScenarios(paths: readonly string[]): Discovered {
  const files = new Set<string>();
  const missing: string[] = [];
  for (const path of paths.length === 0 ? DEFAULT_PATHS : paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) missing.push(path);
    else if (stat.isDirectory()) for (const file of filesIn(path)) files.add(file);
    else files.add(path);
  }
  return { files: [...files], missing };
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : filesIn(path);
    return /\.ya?ml$/i.test(entry.name) ? [path] : [];
  });
}

const SKIPPED = /^(?:\.|node_modules$|conformance$)/;
