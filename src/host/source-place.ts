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

/** A file's text by lines. It is parted once, however often a place in it is shown. */
export class SourceText {
  readonly #text: string;
  #starts: readonly number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get lineCount(): number {
    return this.#lineStarts.length;
  }

  /** Counts from 1. */
  line(number: number): string | undefined {
    const start = this.#lineStarts[number - 1];
    if (start === undefined) return undefined;
    const end = this.#lineStarts[number] ?? this.#text.length + 1;
    return this.#text.slice(start, end - 1).replace(/\r$/, "");
  }

  get #lineStarts(): readonly number[] {
    if (this.#starts === undefined) {
      const starts = [0];
      for (let at = this.#text.indexOf("\n"); at >= 0; at = this.#text.indexOf("\n", at + 1))
        starts.push(at + 1);
      this.#starts = starts;
    }
    return this.#starts;
  }
}

/** Of a longer line, as minified code has them, the part around the place is shown. */
const FRAME_CHARS_MAX = 160;

/** The line at the place with one before and one after it, and a caret under the column. `undefined` when it has none. */
export function codeFrame(source: SourceText, { line, column }: SourcePlace): string | undefined {
  const fault = source.line(line);
  if (fault === undefined) return undefined;
  const first = Math.max(1, line - 1);
  const last = Math.min(source.lineCount, line + 1);
  const width = String(last).length;
  const start = fault.length <= FRAME_CHARS_MAX ? 0 : Math.max(0, column - 1 - FRAME_CHARS_MAX / 2);
  const shown = (text: string) => text.slice(start, start + FRAME_CHARS_MAX);
  const rows: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = shown(source.line(number) ?? "");
    rows.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd());
    if (number !== line) continue;
    // Tabs stay tabs, so that the caret stands under its column in any terminal.
    const indent = fault.slice(start, Math.min(column - 1, start + FRAME_CHARS_MAX)).replace(/[^\t]/g, " ");
    rows.push(`  ${" ".repeat(width)} | ${indent}^`);
  }
  return rows.join("\n");
}
