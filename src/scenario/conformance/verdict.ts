/** What is said of an implementation, clause by clause. */
import type { KnownProfile } from "../language/driver/model.ts";
import type { Failure } from "../run/result.ts";
import { type Clause, type Level, levels } from "./clauses.ts";

export type Status = "passed" | "failed" | "by-profile" | "not-applicable";

export interface Verdict {
  readonly clause: Clause;
  readonly status: Status;
  /** Why it is not applicable, or what the profile says. */
  readonly note: string | undefined;
  /** Empty unless it failed. */
  readonly failures: readonly Failure[];
  readonly elapsedMs: number;
}

export interface Score {
  /** Passed, or as the profile has it. */
  readonly good: number;
  /** Those and the failed ones. */
  readonly of: number;
}

/** Who was tested. */
export interface Candidate {
  readonly name: string;
  /** How it is started. */
  readonly command: string;
  readonly profile: KnownProfile;
}

export interface ConformanceResult {
  /** Whose server it was, and whose clients. One, unless implementations were tested against each other. */
  readonly candidates: readonly Candidate[];
  readonly verdicts: readonly Verdict[];
  readonly elapsedMs: number;
  readonly interrupted: boolean;
}

export function scoreOf(verdicts: readonly Verdict[], level?: Level): Score {
  const counted = verdicts.filter(({ clause, status }) => {
    return status !== "not-applicable" && (level === undefined || clause.level === level);
  });
  return { good: counted.filter(({ status }) => status !== "failed").length, of: counted.length };
}

export function scores(verdicts: readonly Verdict[]): Readonly<Record<"all" | Level, Score>> {
  const byLevel = levels.map((level) => [level, scoreOf(verdicts, level)] as const);
  return { all: scoreOf(verdicts), ...Object.fromEntries(byLevel) } as Record<"all" | Level, Score>;
}

/** In whole percent, rounded down: 100 means all. */
export function percent({ good, of }: Score): number {
  return of === 0 ? 0 : Math.floor((100 * good) / of);
}

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  passed: "passed",
  failed: "failed",
  "by-profile": "expected by profile",
  "not-applicable": "not applicable",
};
