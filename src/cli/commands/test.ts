import {
  discoverScenarios,
  exitCodeOf,
  jsonReporter,
  loadScenarioFile,
  type NetKind,
  type Problem,
  type Reporter,
  renderProblem,
  runScenarios,
  terminalReporter,
} from "../../scenario/index.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { printNote } from "../terminal-output.ts";

export interface TestCommandOptions {
  /** Files and folders; none: the default folder. */
  readonly paths: readonly string[];
  readonly net: NetKind;
  readonly seed: number | undefined;
  readonly grep: RegExp | undefined;
  readonly reporter: "pretty" | "json";
}

/** Runs scenarios. All files are checked first: nothing runs while one of them has a mistake. */
export async function runTestCommand(options: TestCommandOptions): Promise<ExitCode> {
  const { paths, net, seed, grep } = options;
  const { files, missing } = discoverScenarios(paths);
  if (missing.length > 0) {
    throw new Complaint(EXIT.usage, `there is nothing at ${missing.join(", ")}`, {
      advice: paths.length === 0 ? ["Without a path, scenarios/ in the current folder is run."] : [],
    });
  }
  const loaded = files.map(loadScenarioFile);
  const problems = loaded.flatMap((file) => file.problems);
  if (problems.length > 0) {
    showProblems(problems);
    return exitCodeOf({ problems: problems.length });
  }

  const scenarios = loaded.flatMap((file) => file.scenarios);
  const selected = scenarios.filter(({ name }) => grep === undefined || grep.test(name)).length;
  if (selected === 0) throw nothingSelected(files.length, scenarios.length);
  using interruption = catchInterruption();
  const { signal } = interruption;
  const run = await runScenarios(scenarios, { net, seed, grep, signal, onProgress: reporterFor(options) });
  return exitCodeOf({ run });
}

function nothingSelected(files: number, scenarios: number): Complaint {
  if (files === 0) {
    return new Complaint(EXIT.usage, "there is no scenario to run: no file ends in .yaml or .yml");
  }
  return new Complaint(EXIT.usage, `--grep selects none of the ${scenarios} scenarios`);
}

function showProblems(problems: readonly Problem[]): void {
  const color = colorsOf(process.stderr);
  for (const problem of problems) printNote(renderProblem(problem, { color }));
  const files = new Set(problems.map(({ place }) => place.file)).size;
  printNote(`\n${counted(problems.length, "mistake")} in ${counted(files, "file")}; no scenario was run`);
}

function reporterFor({ reporter }: TestCommandOptions): Reporter {
  const { stdout } = process;
  if (reporter === "json") return jsonReporter(stdout);
  return terminalReporter({
    write: (text) => stdout.write(text),
    isTTY: stdout.isTTY === true,
    color: colorsOf(stdout),
    columns: () => stdout.columns ?? 80,
  });
}

/** Only on a terminal, and as https://no-color.org asks. */
function colorsOf(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && stream.hasColors() && !process.env["NO_COLOR"];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
