import { counted } from "../../scenario/counted.ts";
import {
  distinctProblems,
  loadScenarioFile,
  type Problem,
  paintWith,
  renderProblem,
} from "../../scenario/index.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { scenarioFilesAt } from "../scenario-files.ts";
import { colorsOf, printJson, printLine } from "../terminal-output.ts";

export interface LintCommandOptions {
  /** Files and folders; none: the default folder. */
  readonly paths: readonly string[];
  readonly json: boolean;
}

/** Says all that is wrong or doubtful in scenario files. Nothing is run. */
export async function runLintCommand({ paths, json }: LintCommandOptions): Promise<ExitCode> {
  const files = scenarioFilesAt(paths, "check");
  const loaded = files.map(loadScenarioFile);
  const found = distinctProblems(
    loaded.flatMap(({ problems, warnings }) => inOrder([...problems, ...warnings])),
  );
  if (json) printJson(documentOf(files, found), 2);
  else print(files, found);
  return found.some(({ severity }) => severity === "error") ? EXIT.invalidScenario : EXIT.ok;
}

function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => {
    return (
      a.place.file.localeCompare(b.place.file) ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column
    );
  });
}

function print(files: readonly string[], found: readonly Problem[]): void {
  const color = colorsOf(process.stdout);
  const paint = paintWith(color);
  for (const problem of found) printLine(renderProblem(problem, { color }));
  const errors = found.filter(({ severity }) => severity === "error").length;
  const warnings = found.length - errors;
  const parts = [
    ...(errors > 0 ? [paint("red", counted(errors, "error"))] : []),
    ...(warnings > 0 ? [paint("yellow", counted(warnings, "warning"))] : []),
  ];
  const verdict = parts.length === 0 ? paint("green", "nothing to complain of") : parts.join(", ");
  printLine(`${found.length === 0 ? "" : "\n"}${verdict} in ${counted(files.length, "file")}`);
}

/** `version` changes when a field does. */
function documentOf(files: readonly string[], found: readonly Problem[]): object {
  const problems = found.map(({ severity, code, message, hint, place }) => {
    return { severity, code, message, hint, ...place };
  });
  return { version: 1, files, problems };
}
