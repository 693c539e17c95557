/** Which reports are asked for, and where they are to go. */
import { InvalidArgumentError } from "commander";

const KINDS = ["pretty", "junit", "tap", "json", "github"] as const;
export type ReportKind = (typeof KINDS)[number];

export interface ReportWish {
  readonly kind: ReportKind;
  /** `undefined`: stdout. */
  readonly file: string | undefined;
}

/** Reads `pretty,junit=FILE,tap`. @throws {InvalidArgumentError} */
export function readReporters(text: string): readonly ReportWish[] {
  const wishes = text.split(",").map(readWish);
  const toStdout = wishes.filter(({ kind, file }) => file === undefined && kind !== "github");
  if (toStdout.length > 1) {
    const kinds = toStdout.map(({ kind }) => kind);
    throw new InvalidArgumentError(
      `${kinds.join(" and ")} would both go to stdout: give ${kinds.length === 2 ? "one" : "all but one"} a file, such as ${kinds.at(-1)}=report.${kinds.at(-1) === "junit" ? "xml" : "txt"}.`,
    );
  }
  return wishes;
}

function readWish(text: string): ReportWish {
  const [name = "", ...rest] = text.split("=");
  const kind = KINDS.find((known) => known === name.trim());
  if (name.trim() === "html") {
    throw new InvalidArgumentError(
      "There is no HTML report yet; --reporter junit=FILE and --trace on are for viewers.",
    );
  }
  if (kind === undefined)
    throw new InvalidArgumentError(`Reporters are ${KINDS.join(", ")}; "${name}" is none.`);
  const file = rest.join("=");
  if (rest.length > 0 && file === "") throw new InvalidArgumentError(`"${text}" names no file.`);
  return { kind, file: rest.length === 0 ? undefined : file };
}
