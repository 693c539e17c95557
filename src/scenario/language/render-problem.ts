import { printable } from "../../client/interactive/printable.ts";
import { paintWith } from "../paint.ts";
import { cells } from "./cells.ts";
import type { Excerpt, Problem } from "./problem.ts";

export interface RenderOptions {
  /** ANSI colours. Default false. */
  readonly color?: boolean;
}

/**
 * Shows a problem as compilers do, in two to three lines without a final line break:
 *
 *     scenarios/x.yaml:3:5: error: unknown verb `exepct`
 *       3 |   - exepct: {at: bob}
 *         |     ^^^^^^ did you mean `expect`?
 */
export function renderProblem(problem: Problem, { color = false }: RenderOptions = {}): string {
  const paint = paintWith(color);
  const { file, line, column } = problem.place;
  const { excerpt, hint } = problem;
  const tone = problem.severity === "error" ? "red" : "yellow";
  const label = paint(tone, `${problem.severity}:`);
  const head = `${paint("bold", `${printable(file)}:${line}:${column}:`)} ${label} ${problem.message}`;
  if (excerpt.text.trim() === "") return hint === undefined ? head : `${head}\n  ${hint}`;
  const number = String(line);
  const gutter = " ".repeat(number.length);
  const shown = printable(excerpt.text);
  const carets = paint(tone, "^".repeat(caretCount(excerpt)));
  const marker = `${indentLike(excerpt)}${carets}${hint === undefined ? "" : ` ${paint("cyan", hint)}`}`;
  return [
    head,
    `  ${paint("dim", `${number} |`)} ${shown}`,
    `  ${paint("dim", `${gutter} |`)} ${marker}`,
  ].join("\n");
}

/** Tabs stay tabs, so that they are as wide as in the line above. */
function indentLike({ text, start }: Excerpt): string {
  return text
    .slice(0, start)
    .split("\t")
    .map((part) => " ".repeat(cells(printable(part))))
    .join("\t");
}

function caretCount({ text, start, length }: Excerpt): number {
  return Math.max(1, cells(printable(text.slice(start, start + length))));
}
