import type { Place } from "./place.ts";

/** What is wrong with a scenario file. The codes are stable: safe to match on. */
export type ProblemCode =
  // the file
  | "UNREADABLE"
  | "TOO_LARGE"
  | "NOT_UTF8"
  | "CONTROL_CHARACTER"
  // YAML
  | "SYNTAX"
  | "DUPLICATE_KEY"
  | "BAD_KEY"
  | "BAD_ALIAS"
  | "TOO_DEEP"
  | "EMPTY"
  // the language
  | "UNKNOWN_KEY"
  | "UNKNOWN_VERB"
  | "UNKNOWN_VERSION"
  | "NOT_SUPPORTED_YET"
  | "MISSING"
  | "TOO_MANY"
  | "WRONG_TYPE"
  | "UNKNOWN_VALUE"
  | "MISSING_UNIT"
  | "BAD_VALUE"
  | "OUT_OF_RANGE"
  | "BAD_PATTERN"
  // names and variables
  | "BAD_NAME"
  | "UNKNOWN_NAME"
  | "WRONG_ROLE"
  | "DUPLICATE_NAME"
  | "BAD_REFERENCE"
  | "UNKNOWN_VARIABLE"
  | "FILE_NOT_FOUND"
  // files that call others
  | "CALLS_ITSELF"
  | "UNKNOWN_PARAMETER"
  // warnings
  | "UNUSED"
  | "GUESS"
  | "DOUBTFUL";

/** One mistake in a scenario file, with all that is needed to show it. */
export interface Problem {
  /** With an error nothing is run; a warning is shown by `lint` alone. */
  readonly severity: "error" | "warning";
  readonly code: ProblemCode;
  /** One sentence without a full stop; words of the file stand in backticks. */
  readonly message: string;
  readonly place: Place;
  /** What to write instead, where that is known: `did you mean ...?` or `write ...`. */
  readonly hint: string | undefined;
  readonly excerpt: Excerpt;
}

/** The line a problem stands in; a long one is cut to the part round it. */
export interface Excerpt {
  readonly text: string;
  /** Index in `text` of the first marked character. */
  readonly start: number;
  /** Marked characters, at least 1. */
  readonly length: number;
}

/** Each once: a file that others call is read with each of them. */
export function distinctProblems(problems: readonly Problem[]): readonly Problem[] {
  const byPlace = new Map(
    problems.map((problem) => {
      const { file, line, column } = problem.place;
      return [`${problem.code} ${file}:${line}:${column}`, problem] as const;
    }),
  );
  return [...byPlace.values()];
}
