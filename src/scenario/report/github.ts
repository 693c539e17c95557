import { paintWith } from "../paint.ts";
import type { Reporter, ScenarioResult } from "../run/result.ts";
import { failureText } from "./failure-text.ts";

/**
 * Reports for GitHub Actions: an annotation at the line of the file for each failure, as a workflow command
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions).
 */
export function githubReporter(output: { write(text: string): unknown }): Reporter {
  return (progress) => {
    if (progress.kind !== "run-ended") return;
    for (const result of progress.result.scenarios) {
      const command = annotationOf(result);
      if (command !== undefined) output.write(`${command}\n`);
    }
  };
}

function annotationOf(result: ScenarioResult): string | undefined {
  const { failures, outcome, scenario } = result;
  const [failure] = failures;
  if (failure === undefined) return undefined;
  const { file, line, column } = failure.place;
  const properties = { file, line: String(line), col: String(column), title: `${scenario.name}: ${outcome}` };
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(value)}`);
  const level = outcome === "flaky" ? "warning" : "error";
  return `::${level} ${written.join(",")}::${escapedData(failureText(result, 1, paintWith(false)))}`;
}

function escapedData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
