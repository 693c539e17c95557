import { type Problem, renderProblem } from "../scenario/index.ts";
import { colorsOf, printNote } from "./terminal-output.ts";

/** Shows on stderr what is wrong with files. */
export function printProblems(problems: readonly Problem[]): void {
  const color = colorsOf(process.stderr);
  for (const problem of problems) printNote(renderProblem(problem, { color }));
}
