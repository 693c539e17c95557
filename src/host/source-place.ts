/** Where something stands in an author's file; line and column count from 1. */
export interface SourcePlace {
  /** Relative to the working directory where it lies below it, else absolute. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function formatPlace({ file, line, column }: SourcePlace): string {
  return `${file}:${line}:${column}`;
}

/** Reads what {@link formatPlace} writes. */
export function parsePlace(text: string): SourcePlace | undefined {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(text) ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

/** The line at the place with one before and one after it, and a caret under the column. `undefined` when it has none. */
export function codeFrame(source: string, { line, column }: SourcePlace): string | undefined {
  const lines = source.split(/\r?\n/);
  const fault = lines[line - 1];
  if (fault === undefined) return undefined;
  const from = Math.max(1, line - 1);
  const to = Math.min(lines.length, line + 1);
  const width = String(to).length;
  const rows: string[] = [];
  for (let number = from; number <= to; number++) {
    rows.push(
      `${number === line ? ">" : " "} ${String(number).padStart(width)} | ${lines[number - 1] ?? ""}`.trimEnd(),
    );
    if (number !== line) continue;
    // Tabs stay tabs, so that the caret stands under its column in any terminal.
    const indent = fault.slice(0, column - 1).replace(/[^\t]/g, " ");
    rows.push(`  ${" ".repeat(width)} | ${indent}^`);
  }
  return rows.join("\n");
}
