/** The clauses of the exercise: a scenario file each, in `scenarios/conformance/`. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadScenarioFile } from "../language/load.ts";
import type { Scenario } from "../language/model.ts";
import type { Problem } from "../language/problem.ts";

/** `exercise`: what it asks for; `robustness`: what whoever uses a program expects of it all the same. */
export const levels = ["exercise", "robustness"] as const;
export type Level = (typeof levels)[number];

export interface Clause {
  /** The file's name without its number: `saved-once`. */
  readonly id: string;
  readonly title: string;
  /** What it asks for, in words. */
  readonly words: string;
  readonly level: Level;
  /** The clauses without which it makes no sense to look at this one, by their ids. */
  readonly needs: readonly string[];
  /** Clauses that are to blame when both fail: this one is not applicable then. */
  readonly suspects: readonly string[];
  /** The choice that the exercise leaves open and the original makes: another is `expected by profile`. */
  readonly choice: { readonly key: string; readonly usual: string } | undefined;
  readonly scenario: Scenario;
}

const FOLDER = fileURLToPath(new URL("../../../scenarios/conformance/", import.meta.url));

/** All clauses in their order. @throws {TypeError} when one needs another that does not stand before it. */
export function loadClauses(folder: string = FOLDER): {
  readonly clauses: readonly Clause[];
  readonly problems: readonly Problem[];
} {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted();
  const loaded = files.map((name) => loadScenarioFile(join(folder, name)));
  const clauses = loaded.flatMap(({ scenarios }) => scenarios.map(clauseOf));
  for (const [index, { id, needs, suspects }] of clauses.entries()) {
    const before = clauses.slice(0, index).map((clause) => clause.id);
    const missing = [...needs, ...suspects].find((need) => !before.includes(need));
    if (missing !== undefined)
      throw new TypeError(`no clause ${missing} stands before ${id}, which needs it`);
  }
  return { clauses, problems: loaded.flatMap(({ problems }) => problems) };
}

function clauseOf(scenario: Scenario): Clause {
  const { name, tags, spec, place } = scenario;
  const tagged = (prefix: string) =>
    tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
  const [choice] = tagged("profile:").map((text) => text.split("="));
  return {
    id: basename(place.file)
      .replace(/\.yaml$/, "")
      .replace(/^\d+-/, ""),
    title: name,
    words: spec.join(" "),
    level: tags.includes("robustness") ? "robustness" : "exercise",
    needs: tagged("needs:"),
    suspects: tagged("suspects:"),
    choice: choice && { key: choice[0] ?? "", usual: choice[1] ?? "" },
    scenario,
  };
}
