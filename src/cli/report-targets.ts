/** Which reports are asked for with `--reporter`, and where they are to go. */
import { InvalidArgumentError } from "commander";

const TEST_REPORTS = ["pretty", "junit", "tap", "json", "github"] as const;
export type TestReportKind = (typeof TEST_REPORTS)[number];

const CONFORMANCE_REPORTS = ["pretty", "json", "junit", "html"] as const;
export type ConformanceReportKind = (typeof CONFORMANCE_REPORTS)[number];

export interface ReportTarget<Kind extends string> {
  readonly kind: Kind;
  /** `undefined`: stdout. */
  readonly file: string | undefined;
}

/** Reads `pretty,junit=FILE,tap`, for `udpchat test`. @throws {InvalidArgumentError} */
export function readReporters(text: string): readonly ReportTarget<TestReportKind>[] {
  if (/(?:^|,)\s*html\s*(?:[=,]|$)/.test(text)) {
    throw new InvalidArgumentError(
      "There is no HTML report yet; --reporter junit=FILE and --trace on are for viewers.",
    );
  }
  // Annotations are lines that GitHub finds between any others.
  return readTargets(text, TEST_REPORTS, ["github"]);
}

/** Reads `pretty,html=FILE`, for `udpchat conformance`. @throws {InvalidArgumentError} */
export function readConformanceReporters(text: string): readonly ReportTarget<ConformanceReportKind>[] {
  return readTargets(text, CONFORMANCE_REPORTS, []);
}

/** @param sharing Kinds that stand beside another one on stdout. */
function readTargets<Kind extends string>(
  text: string,
  kinds: readonly Kind[],
  sharing: readonly Kind[],
): readonly ReportTarget<Kind>[] {
  const targets = text.split(",").map((one) => readTarget(one, kinds));
  const toStdout = targets
    .filter(({ kind, file }) => file === undefined && !sharing.includes(kind))
    .map(({ kind }) => kind);
  if (toStdout.length > 1) {
    const last = toStdout.at(-1);
    const example = `${last}=report.${EXTENSIONS[last ?? ""] ?? "txt"}`;
    throw new InvalidArgumentError(
      `${toStdout.join(" and ")} would both go to stdout: give ${toStdout.length === 2 ? "one" : "all but one"} a file, such as ${example}.`,
    );
  }
  return targets;
}

const EXTENSIONS: Readonly<Record<string, string>> = { junit: "xml", json: "json", html: "html" };

function readTarget<Kind extends string>(text: string, kinds: readonly Kind[]): ReportTarget<Kind> {
  const [name = "", ...rest] = text.split("=");
  const kind = kinds.find((known) => known === name.trim());
  if (kind === undefined)
    throw new InvalidArgumentError(`Reporters are ${kinds.join(", ")}; "${name}" is none.`);
  const file = rest.join("=");
  if (rest.length > 0 && file === "") throw new InvalidArgumentError(`"${text}" names no file.`);
  return { kind, file: rest.length === 0 ? undefined : file };
}
