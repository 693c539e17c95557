import { printable } from "../../client/interactive/printable.ts";
import { formatPlace } from "../../host/source-place.ts";
import type { Paint } from "../paint.ts";
import type { DatagramLine, Failure, LedgerLine, LedgerView, ScenarioResult } from "../run/result.ts";
import { codeFrame } from "./code-frame.ts";
import { replayCommand } from "./replay.ts";
import { failedRuns, shortList } from "./runs.ts";
import { TWO_COLUMNS_MIN, twoColumns } from "./two-columns.ts";

const INDENT = "     ";

/** Failures of one scenario that are shown whole; one cause often breaks much. */
const FAILURES_MAX = 4;

/**
 * All that went wrong in one scenario, for people: where, what was expected, what is there instead, how to see it again.
 *
 * @param columns Of the terminal; a wide one shows what was expected beside what was found. Default: there is none.
 */
export function failureText(result: ScenarioResult, number: number, paint: Paint, columns = 0): string {
  const lines: string[] = [];
  const seen = new Set<string>();
  const { failures } = result;
  failures.slice(0, FAILURES_MAX).forEach((failure, index) => {
    const head = index === 0 ? `${String(number).padStart(3)}) ` : INDENT;
    const title = `${printable(formatPlace(failure.place))} › ${printable(result.scenario.name)}`;
    lines.push(
      head + paint("red", title),
      ...oneFailure(failure, seen, paint, columns).map((line) => line && INDENT + line),
      "",
    );
  });
  if (failures.length > FAILURES_MAX) {
    lines.push(`${INDENT}… and ${failures.length - FAILURES_MAX} more failures of this scenario`, "");
  }
  if (result.datagrams.length > 0) {
    lines.push(...datagramsText(result.datagrams, paint).map((line) => INDENT + line), "");
  }
  const fields: [string, string][] = [];
  const more = failedRuns(result).slice(1);
  if (more.length > 0) fields.push(["also", shortList(more)]);
  if (result.traceFile !== undefined) fields.push(["trace", printable(result.traceFile)]);
  fields.push([result.net === "sim" ? "replay" : "again", paint("cyan", replayCommand(result))]);
  lines.push(...fields.map(([label, text]) => `${INDENT}${paint("dim", label.padEnd(9))}${text}`));
  return lines.join("\n");
}

/** A ledger is shown once, for whoever reads on has seen it: `seen` holds whose were. */
function oneFailure(failure: Failure, seen: Set<string>, paint: Paint, columns: number): string[] {
  const frame = codeFrame(failure.place, paint);
  return [
    paint("dim", printable(failure.step)),
    "",
    ...expectedAndFound(failure, paint, columns),
    ...(frame.length > 0 ? ["", ...frame] : []),
    ...failure.ledgers.flatMap((view) => {
      const again = seen.has(view.client);
      seen.add(view.client);
      return [
        "",
        ...(again ? [`${paint("bold", view.client)} ${paint("dim", "as above")}`] : ledgerText(view, paint)),
      ];
    }),
  ];
}

function expectedAndFound(failure: Failure, paint: Paint, columns: number): readonly string[] {
  const expected = printable(failure.expected);
  const found = failure.found.flatMap((sentence) => sentence.split("\n")).map(printable);
  if (columns >= TWO_COLUMNS_MIN && failure.kind !== "internal") {
    const fields = failure.fields?.map((field) => ({
      ...field,
      expected: printable(field.expected),
      found: printable(field.found),
    }));
    return twoColumns({ expected, found, ...(fields && { fields }) }, columns - INDENT.length - 1, paint);
  }
  const [first = "", ...more] = found;
  return [
    `${paint("dim", "expected")} ${paint("green", expected)}`,
    `${paint("dim", "found   ")} ${paint("red", first)}`,
    ...more.map((line) => `         ${line}`),
  ];
}

function datagramsText(datagrams: readonly DatagramLine[], paint: Paint): string[] {
  return [
    paint("bold", "last datagrams"),
    ...datagrams.map(({ atMs, text }) => ` ${timeOf(atMs, paint)}  ${printable(text)}`),
  ];
}

function ledgerText({ client, lines, omitted }: LedgerView, paint: Paint): string[] {
  const legend = lines.some(({ unconsumed }) => unconsumed) ? paint("dim", "   ● no step took it") : "";
  const title = paint("bold", client) + legend;
  if (lines.length === 0) return [title, paint("dim", "  saw nothing")];
  return [
    title,
    ...(omitted > 0 ? [paint("dim", `  … ${omitted} before`)] : []),
    ...lines.map((line) => ledgerLine(line, paint)),
  ];
}

function timeOf(atMs: number, paint: Paint): string {
  return paint("dim", `${(atMs / 1_000).toFixed(3)}s`.padStart(9));
}

function ledgerLine({ atMs, text, unconsumed, near }: LedgerLine, paint: Paint): string {
  const time = timeOf(atMs, paint);
  const shown = near ? paint("yellow", `${text}  ← nearest`) : unconsumed ? text : paint("dim", text);
  return `${unconsumed ? paint("yellow", "●") : " "}${time}  ${shown}`;
}
