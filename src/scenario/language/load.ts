/** The way from a file to what the runner runs. */
import { spellKeys } from "./conform.ts";
import { SCENARIO_BEGINNING, scenarioSchema } from "./grammar/scenario.ts";
import type { Scenario } from "./model.ts";
import type { Problem } from "./problem.ts";
import { readScenario } from "./read-scenario.ts";
import { openSource, parseRoot, sourceOf } from "./source-files.ts";
import { entryOf, type MapNode, type SourceNode } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { Substitution } from "./substitution.ts";
import { readCases } from "./variables.ts";
import { warnAboutClients } from "./warnings.ts";

export interface Loaded {
  /** One, or as many as the matrix gives; none when there are problems, or when the file is there to be called. */
  readonly scenarios: readonly Scenario[];
  /** All of the file and of those that it calls, file by file in their order. */
  readonly problems: readonly Problem[];
  /** What is not wrong and yet should be looked at. */
  readonly warnings: readonly Problem[];
  /** Absent or empty values of variables: the file is run only by a `call` that gives them. */
  readonly parameters: readonly string[];
  /** The paths of the file and of all that it calls. */
  readonly files: readonly string[];
}

/** Loads a file. What is wrong with it, even that there is none, is a problem in the result; nothing is thrown. */
export function loadScenarioFile(path: string): Loaded {
  return load(openSource(path));
}

/**
 * Loads the text of a file. `file` is its path: it stands in places, and the scripts of bots and the files that it calls are
 * sought from its folder.
 */
export function loadScenarios(text: string, file: string): Loaded {
  return load(sourceOf(file, text));
}

function load(source: SourceText): Loaded {
  const root = parseRoot(source, SCENARIO_BEGINNING);
  // Spelled first, so that a slip in `vars` does not make every reference unknown.
  const spelled = root && spellKeys(root, scenarioSchema, source);
  const parameters = spelled === undefined ? [] : parametersOf(spelled);
  const scenarios = spelled === undefined ? [] : readAll(spelled, source);
  const sources = [...source.siblings.values()];
  const problems = sources.flatMap((one) => one.problems);
  return {
    scenarios: problems.length > 0 || parameters.length > 0 ? [] : withNamesApart(scenarios),
    problems,
    warnings: sources.flatMap(warningsOf),
    parameters,
    files: sources.map(({ file }) => file),
  };
}

function readAll(root: MapNode, source: SourceText): readonly Scenario[] {
  const substitution = new Substitution(source);
  const cases = readCases(root, substitution, source) ?? [];
  const mentioned = new Set<string>();
  const scenarios = cases.flatMap((one) => readScenario(root, one, substitution, source, mentioned) ?? []);
  warnAboutClients(root, mentioned, source);
  return scenarios;
}

/** What nothing uses is most often the echo of a mistake. */
function warningsOf({ warnings, problems }: SourceText): readonly Problem[] {
  return problems.length > 0 ? warnings.filter(({ code }) => code !== "UNUSED") : warnings;
}

function parametersOf(root: MapNode): readonly string[] {
  const vars = entryOf(root, "vars")?.value;
  if (vars?.kind !== "map") return [];
  return vars.entries.filter(({ value }) => isNothing(value)).map(({ key }) => key);
}

function isNothing(node: SourceNode): boolean {
  return node.kind === "scalar" && node.empty && !node.broken;
}

/** A matrix may hold a value twice, and a name need not tell two values apart. */
function withNamesApart(scenarios: readonly Scenario[]): readonly Scenario[] {
  const seen = new Map<string, number>();
  return scenarios.map((scenario) => {
    const count = (seen.get(scenario.name) ?? 0) + 1;
    seen.set(scenario.name, count);
    return count === 1 ? scenario : { ...scenario, name: `${scenario.name} #${count}` };
  });
}
