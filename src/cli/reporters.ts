import {
  githubReporter,
  jsonReporter,
  junitReporter,
  type Reporter,
  tapReporter,
  terminalReporter,
} from "../scenario/index.ts";
import { openReportFile, type ReportOutput } from "./report-file.ts";
import type { ReportTarget, TestReportKind } from "./report-targets.ts";
import { colorsOf, columnsOf } from "./terminal-output.ts";

export interface OpenReports extends Disposable {
  readonly reporter: Reporter;
}

/**
 * Opens the files first, so that a report that cannot be written is known before anything runs. Under GitHub Actions there
 * are annotations unasked.
 *
 * @throws {Complaint} when a file cannot be written.
 */
export function openReports(targets: readonly ReportTarget<TestReportKind>[]): OpenReports {
  const files = new DisposableStack();
  const inGithub = process.env["GITHUB_ACTIONS"] === "true" && !targets.some(({ kind }) => kind === "github");
  const all: typeof targets = inGithub ? [...targets, { kind: "github", file: undefined }] : targets;
  // Where stdout holds a document for programs, annotations would break it. GitHub reads stderr, too.
  const stdoutIsForPrograms = targets.some(
    ({ kind, file }) => file === undefined && kind !== "pretty" && kind !== "github",
  );
  const reporters = all.map(({ kind, file }) => {
    if (file === undefined) {
      return reporterOf(kind, kind === "github" && stdoutIsForPrograms ? process.stderr : process.stdout);
    }
    return reporterOf(kind, files.use(openReportFile(file)));
  });
  return {
    reporter: (progress) => {
      for (const reporter of reporters) reporter(progress);
    },
    [Symbol.dispose]: () => files.dispose(),
  };
}

function reporterOf(kind: TestReportKind, output: ReportOutput): Reporter {
  switch (kind) {
    case "pretty":
      return terminalReporter({
        write: (text) => output.write(text),
        isTTY: output.isTTY === true,
        color: colorsOf(output),
        columns: () => columnsOf(output),
      });
    case "junit":
      return junitReporter(output);
    case "tap":
      return tapReporter(output);
    case "json":
      return jsonReporter(output);
    case "github":
      return githubReporter(output);
  }
}
