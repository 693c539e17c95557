import type { Place } from "./place.ts";
import type { Excerpt, Problem, ProblemCode } from "./problem.ts";

/** Part of a file's text: offsets in UTF-16 units, the end not included. */
export interface Range {
  readonly start: number;
  readonly end: number;
  /** The file that it is a part of, where that is not the one at hand: values come from the caller of a file. */
  readonly file?: string;
}

/** Problems shown of one file; behind so many more, the first ones are what matters. */
const PROBLEMS_MAX = 50;

/** Characters of a long line that are shown on either side of a problem. */
const EXCERPT_SIDE_CHARS = 60;

/** The text of a scenario file: turns offsets into places, and collects what is wrong with it. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];
  readonly #problems = new Map<string, Problem & { readonly subject: string | undefined }>();
  /** The files that are read together with this one, by their paths. */
  readonly #siblings: Map<string, SourceText>;

  constructor(file: string, text: string, siblings = new Map<string, SourceText>()) {
    this.file = file;
    this.#siblings = siblings;
    siblings.set(file, this);
    this.text = text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.#lineStarts = lineStartsOf(this.text);
  }

  /** What is wrong, in the order of the file. */
  get problems(): readonly Problem[] {
    return this.#sorted("error");
  }

  /** What is not wrong and yet should be looked at, in the order of the file. */
  get warnings(): readonly Problem[] {
    return this.#sorted("warning");
  }

  #sorted(severity: Problem["severity"]): readonly Problem[] {
    return [...this.#problems.values()]
      .filter((problem) => problem.severity === severity)
      .map(({ subject: _, ...problem }) => problem)
      .sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  }

  /** All files that are read together, by their paths: a file that is opened with it has its own problems. */
  get siblings(): Map<string, SourceText> {
    return this.#siblings;
  }

  /** The file that a range is a part of. */
  at({ file }: Range): SourceText {
    return (file === undefined ? undefined : this.#siblings.get(file)) ?? this;
  }

  placeAt(offset: number): Place {
    const line = this.#lineAt(offset);
    return { file: this.file, line: line + 1, column: offset - this.#startOf(line) + 1 };
  }

  /**
   * Notes a problem. The same kind at the same place counts once: a matrix or an alias reads a place many times. A hint
   * that takes time to find is a function, called when the problem is new.
   *
   * @param subject What is not known: all problems about it can be put down to one mistake, see `blame`.
   */
  report(
    code: ProblemCode,
    range: Range,
    message: string,
    hint?: string | (() => string | undefined),
    subject?: string,
  ): void {
    this.at(range).#note({ severity: "error", code, range, message, hint, subject });
  }

  /** Notes what is not wrong and yet should be looked at. */
  warn(code: ProblemCode, range: Range, message: string, hint?: string): void {
    this.at(range).#note({ severity: "warning", code, range, message, hint, subject: undefined });
  }

  /** How many problems there are about something, in all files that are read together. */
  countAbout(subject: string): number {
    return [...this.#siblings.values()].reduce((sum, source) => {
      return sum + [...source.#problems.values()].filter((problem) => problem.subject === subject).length;
    }, 0);
  }

  /** Puts all problems about something down to one mistake elsewhere, which is told in their place. */
  blame(subject: string, code: ProblemCode, range: Range, message: string, hint: string): void {
    for (const source of this.#siblings.values()) {
      for (const [key, problem] of source.#problems) {
        if (problem.subject === subject) source.#problems.delete(key);
      }
    }
    this.report(code, range, message, hint);
  }

  #note({ severity, code, range, message, hint, subject }: Note): void {
    const key = `${code} ${range.start}`;
    if (this.#problems.has(key) || this.#problems.size >= PROBLEMS_MAX) return;
    this.#problems.set(key, {
      severity,
      code,
      message,
      hint: typeof hint === "function" ? hint() : hint,
      place: this.placeAt(range.start),
      excerpt: this.#excerpt(range),
      subject,
    });
  }

  #excerpt(range: Range): Excerpt {
    const line = this.#lineAt(range.start);
    const lineStart = this.#startOf(line);
    const nextLine = this.#lineStarts[line + 1];
    const content = this.text.slice(lineStart, nextLine ?? this.text.length).replace(/\r?\n$/, "");
    const column = range.start - lineStart;
    const from = column > 2 * EXCERPT_SIDE_CHARS ? column - EXCERPT_SIDE_CHARS : 0;
    const to = Math.min(content.length, column + 2 * EXCERPT_SIDE_CHARS);
    const before = from > 0 ? "…" : "";
    const after = to < content.length ? "…" : "";
    const length = Math.min(range.end, lineStart + to) - range.start;
    return {
      text: before + content.slice(from, to) + after,
      start: column - from + before.length,
      length: Math.max(1, length),
    };
  }

  #lineAt(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#startOf(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #startOf(line: number): number {
    return this.#lineStarts[line] ?? 0;
  }
}

interface Note extends Pick<Problem, "severity" | "code" | "message"> {
  readonly range: Range;
  readonly hint: string | (() => string | undefined) | undefined;
  readonly subject: string | undefined;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
