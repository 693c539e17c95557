/** Which reports of the conformance suite are asked for, and where they are to go. */
import { InvalidArgumentError } from "commander";

const REPORTS = ["pretty", "json", "junit", "html"] as const;

export interface ConformanceReport {
  readonly kind: (typeof REPORTS)[number];
  /** `undefined`: stdout. */
  readonly file: string | undefined;
}

/** Reads `pretty,json=FILE`. @throws {InvalidArgumentError} */
export function readReports(text: string): readonly ConformanceReport[] {
  const reports = text.split(",").map((one): ConformanceReport => {
    const [name = "", ...rest] = one.split("=");
    const kind = REPORTS.find((known) => known === name);
    if (kind === undefined)
      throw new InvalidArgumentError(`Reports are ${REPORTS.join(", ")}; "${name}" is none.`);
    const file = rest.join("=");
    if (rest.length > 0 && file === "") throw new InvalidArgumentError(`"${one}" names no file.`);
    return { kind, file: rest.length === 0 ? undefined : file };
  });
  if (reports.filter(({ file }) => file === undefined).length > 1) {
    throw new InvalidArgumentError(
      "Only one can go to stdout: give the others a file, such as html=report.html.",
    );
  }
  return reports;
}
