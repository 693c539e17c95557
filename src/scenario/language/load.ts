/** The way from a file to what the runner runs. */
import { readFileSync, statSync } from "node:fs";
import { spellKeys } from "./conform.ts";
import { decodeFile, FILE_BYTES_MAX, reportControlCharacter } from "./decode-file.ts";
import { scenarioSchema } from "./grammar/scenario.ts";
import type { Scenario } from "./model.ts";
import type { Problem } from "./problem.ts";
import { readScenario } from "./read-scenario.ts";
import { isBroken, kindOf, type MapNode } from "./source-node.ts";
import { SourceText } from "./source-text.ts";
import { Substitution, type Variables } from "./substitution.ts";
import { readCases } from "./variables.ts";
import { parseYaml } from "./yaml-source.ts";

export interface Loaded {
  /** One, or as many as the matrix gives; none when there are problems. */
  readonly scenarios: readonly Scenario[];
  /** All of the file, in its order. */
  readonly problems: readonly Problem[];
}

/** Loads a file. What is wrong with it, even that there is none, is a problem in the result; nothing is thrown. */
export function loadScenarioFile(path: string): Loaded {
  let bytes: Uint8Array;
  try {
    // Asked first, so that a huge file is never read, and a pipe never waited for.
    const stat = statSync(path);
    if (!stat.isFile()) return refuse(path, "UNREADABLE", "this is not a file");
    if (stat.size > FILE_BYTES_MAX) return refuseSize(path);
    bytes = readFileSync(path);
  } catch (error) {
    return refuse(path, "UNREADABLE", `the file cannot be read: ${reasonOf(error)}`);
  }
  const source = decodeFile(path, bytes);
  return source.problems.length > 0 ? { scenarios: [], problems: source.problems } : load(source);
}

/**
 * Loads the text of a file. `file` is its path: it stands in places, and the scripts of bots are sought from its
 * folder.
 */
export function loadScenarios(text: string, file: string): Loaded {
  return text.length > FILE_BYTES_MAX ? refuseSize(file) : load(new SourceText(file, text));
}

function load(source: SourceText): Loaded {
  const scenarios = withNamesApart(readAll(source));
  const { problems } = source;
  return { scenarios: problems.length > 0 ? [] : scenarios, problems };
}

function readAll(source: SourceText): readonly Scenario[] {
  if (reportControlCharacter(source)) return [];
  const node = parseYaml(source);
  if (node === undefined || isBroken(node)) return [];
  if (node.kind !== "map") {
    const message = `expected a map that begins with \`scenario: 1\`, got ${kindOf(node)}`;
    source.report("WRONG_TYPE", node, message);
    return [];
  }
  // Spelled first, so that a slip in `vars` does not make every reference unknown.
  const root = spellKeys(node, scenarioSchema, source);
  const substitution = new Substitution(source);
  const cases = readCases(root, substitution, source) ?? [];
  return cases.flatMap(({ variables, label }) => {
    return readScenario(putIn(root, variables, substitution), label, source) ?? [];
  });
}

/** Puts the variables everywhere but into their own definitions. */
function putIn(root: MapNode, variables: Variables, substitution: Substitution): MapNode {
  const entries = root.entries.map((entry) => {
    const defines = entry.key === "vars" || entry.key === "matrix";
    return defines ? entry : { ...entry, value: substitution.apply(entry.value, variables) };
  });
  return { ...root, entries };
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

function refuseSize(file: string): Loaded {
  return refuse(file, "TOO_LARGE", `the file is larger than ${FILE_BYTES_MAX / 1024} KiB`);
}

function refuse(file: string, code: "UNREADABLE" | "TOO_LARGE", message: string): Loaded {
  const source = new SourceText(file, "");
  source.report(code, { start: 0, end: 0 }, message);
  return { scenarios: [], problems: source.problems };
}

/** "ENOENT: no such file or directory, open 'x'": the path is shown anyway. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^E\w+: /, "").replace(/, \w+(?: '.*')?$/su, "");
}
