import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import {
  githubReporter,
  jsonReporter,
  junitReporter,
  type Reporter,
  tapReporter,
  terminalReporter,
} from "../scenario/index.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";
import type { ReportKind, ReportWish } from "./report-wishes.ts";
import { colorsOf } from "./terminal-output.ts";

export interface OpenReports extends Disposable {
  readonly reporter: Reporter;
}

/**
 * Opens the files first, so that a report that cannot be written is known before anything runs. Under GitHub Actions there
 * are annotations unasked.
 *
 * @throws {Complaint} when a file cannot be written.
 */
export function openReports(wishes: readonly ReportWish[]): OpenReports {
  const files: number[] = [];
  const inGithub = process.env["GITHUB_ACTIONS"] === "true" && !wishes.some(({ kind }) => kind === "github");
  const all: readonly ReportWish[] = inGithub ? [...wishes, { kind: "github", file: undefined }] : wishes;
  // Where stdout holds a document for programs, annotations would break it. GitHub reads stderr, too.
  const stdoutIsForPrograms = wishes.some(
    ({ kind, file }) => file === undefined && kind !== "pretty" && kind !== "github",
  );
  const reporters = all.map(({ kind, file }) => {
    if (file === undefined) {
      return reporterOf(kind, kind === "github" && stdoutIsForPrograms ? process.stderr : process.stdout);
    }
    const descriptor = open(file);
    files.push(descriptor);
    return reporterOf(kind, { write: (text: string) => writeSync(descriptor, text) });
  });
  return {
    reporter: (progress) => {
      for (const reporter of reporters) reporter(progress);
    },
    [Symbol.dispose]() {
      for (const descriptor of files) closeSync(descriptor);
    },
  };
}

type Output = { write(text: string): unknown } & Partial<
  Pick<NodeJS.WriteStream, "isTTY" | "hasColors" | "columns">
>;

function reporterOf(kind: ReportKind, output: Output): Reporter {
  switch (kind) {
    case "pretty":
      return terminalReporter({
        write: (text) => output.write(text),
        isTTY: output.isTTY === true,
        color: colorsOf(output),
        columns: () => output.columns ?? 80,
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

function open(file: string): number {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return openSync(file, "w");
  } catch (error) {
    throw new Complaint(
      EXIT.environment,
      `the report ${file} cannot be written: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
