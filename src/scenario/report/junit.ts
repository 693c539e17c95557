import path from "node:path";
import { formatPlace } from "../../host/source-place.ts";
import { paintWith } from "../paint.ts";
import type { Failure, Outcome, Reporter, RunResult, ScenarioResult } from "../run/result.ts";
import { failureText } from "./failure-text.ts";
import { replayCommand } from "./replay.ts";
import { describeRuns, failedRuns, shortList } from "./runs.ts";
import { element, escaped, seconds } from "./xml.ts";

/**
 * Reports for CI servers: JUnit's XML, written when the run has ended. One suite a file, one case a scenario. It keeps to
 * what both common schemas allow: Maven Surefire's `surefire-test-report.xsd` and Jenkins' `junit-10.xsd`.
 */
export function junitReporter(output: { write(text: string): unknown }): Reporter {
  return (progress) => {
    if (progress.kind === "run-ended") output.write(documentOf(progress.result));
  };
}

function documentOf({ scenarios, elapsedMs }: RunResult): string {
  const files = [...new Set(scenarios.map(({ scenario }) => scenario.place.file))];
  const suites = files.map((file) =>
    suiteOf(
      file,
      scenarios.filter(({ scenario }) => scenario.place.file === file),
    ),
  );
  // In the schemas `testsuites` has no count of what was skipped.
  const { skipped: _, ...counts } = countsOf(scenarios);
  const root = element("testsuites", { name: "udpchat test", time: seconds(elapsedMs), ...counts }, suites);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function suiteOf(file: string, results: readonly ScenarioResult[]): string {
  const elapsedMs = results.reduce((sum, result) => sum + result.elapsedMs, 0);
  const attributes = { name: file, time: seconds(elapsedMs), ...countsOf(results) };
  return element("testsuite", attributes, results.map(caseOf));
}

function countsOf(results: readonly ScenarioResult[]) {
  const number = (...outcomes: readonly Outcome[]) =>
    String(results.filter(({ outcome }) => outcomes.includes(outcome)).length);
  return {
    tests: String(results.length),
    failures: number("failed"),
    errors: number("environment", "internal"),
    skipped: number("skipped", "interrupted"),
  };
}

function caseOf(result: ScenarioResult): string {
  const { scenario, elapsedMs } = result;
  // Servers group by what stands before the last dot of a class's name.
  const classname = path
    .relative("", scenario.place.file)
    .replace(/\.ya?ml$/i, "")
    .replaceAll(/[/\\]/g, ".");
  return element("testcase", { name: scenario.name, classname, time: seconds(elapsedMs) }, [
    ...verdict(result),
    element("system-out", {}, [escaped(aboutRuns(result))]),
  ]);
}

function verdict(result: ScenarioResult): string[] {
  const [failure] = result.failures;
  const { outcome, note } = result;
  if (outcome === "skipped") return [element("skipped", note === undefined ? {} : { message: note }, [])];
  if (outcome === "interrupted") return [element("skipped", { message: "interrupted" }, [])];
  if (failure === undefined) return [];
  const text = escaped(`${failureText(result, 1, paintWith(false))}\n`);
  const attributes = { message: messageOf(failure), type: failure.kind };
  if (outcome === "flaky") return [element("flakyFailure", attributes, [element("stackTrace", {}, [text])])];
  return [element(outcome === "failed" ? "failure" : "error", attributes, [text])];
}

function messageOf({ place, expected, found }: Failure): string {
  return `${formatPlace(place)}: expected ${expected}; found ${found[0] ?? "nothing"}`;
}

function aboutRuns(result: ScenarioResult): string {
  const { net, seed, traceHash, traceFile } = result;
  const runs = describeRuns(result);
  const failed = failedRuns(result);
  return [
    `${net === "sim" ? "in simulation" : "on real UDP"}${runs === "" ? `, seed ${seed}` : `, ${runs}`}`,
    ...(runs !== "" && failed.length > 0 ? [`failed: ${shortList(failed)}`] : []),
    ...(traceHash === undefined ? [] : [`trace hash ${traceHash}`]),
    ...(traceFile === undefined ? [] : [`trace ${traceFile}`]),
    `replay: ${replayCommand(result)}`,
    "",
  ].join("\n");
}
