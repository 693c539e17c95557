import { distinctProblems, explain, loadScenarioFile, paintWith } from "../../scenario/index.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printProblems } from "../print-problems.ts";
import { colorsOf, printLine } from "../terminal-output.ts";

export async function runExplainCommand(file: string): Promise<ExitCode> {
  const { scenarios, problems, parameters } = loadScenarioFile(file);
  const unreadable = problems.find(({ code }) => code === "UNREADABLE");
  if (unreadable !== undefined) {
    throw new Complaint(EXIT.usage, `${file} cannot be explained: ${unreadable.message}`);
  }
  if (problems.length > 0) {
    printProblems(distinctProblems(problems));
    return EXIT.invalidScenario;
  }
  if (parameters.length > 0) {
    throw new Complaint(
      EXIT.usage,
      `${file} is there to be called: ${parameters.join(", ")} has no value in it`,
      {
        advice: ["Explain a scenario that calls it: its steps are told there."],
      },
    );
  }
  printLine(explain(scenarios, paintWith(colorsOf(process.stdout))));
  return EXIT.ok;
}
