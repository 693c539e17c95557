import { readFileSync } from "node:fs";
import { printable } from "../../client/interactive/printable.ts";
import type { Place } from "../language/place.ts";
import type { Paint } from "../paint.ts";

/** Lines before and after the one that is meant. */
const CONTEXT_LINES = 2;

/** The place in its file with the lines round it; empty when the file cannot be read (any more). */
export function codeFrame(place: Place, paint: Paint): readonly string[] {
  let text: string;
  try {
    text = readFileSync(place.file, "utf8");
  } catch {
    return [];
  }
  return frameOf(text, place, paint);
}

function frameOf(text: string, { line, column }: Pick<Place, "line" | "column">, paint: Paint): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const first = Math.max(1, line - CONTEXT_LINES);
  const last = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(last).length;

  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const code = lines[number - 1] ?? "";
    const gutter = `${String(number).padStart(width)} |`;
    if (number !== line) {
      frame.push(paint("dim", `  ${gutter} ${printable(code)}`.trimEnd()));
      continue;
    }
    // Tabs stay tabs, so that the caret stands under its word.
    const indent = printable(code.slice(0, column - 1)).replaceAll(/[^\t]/gu, " ");
    frame.push(`${paint("red", ">")} ${paint("dim", gutter)} ${printable(code)}`);
    frame.push(`  ${paint("dim", `${" ".repeat(width)} |`)} ${indent}${paint("red", "^")}`);
  }
  return frame;
}
