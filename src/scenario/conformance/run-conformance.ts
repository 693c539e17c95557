import { performance } from "node:perf_hooks";
import type { UnderTest } from "../language/program-spec.ts";
import { runScenario } from "../run/run-scenario.ts";
import type { Clause } from "./clauses.ts";
import type { Verdict } from "./verdict.ts";

export interface ConformanceOptions {
  readonly underTest: UnderTest;
  readonly clauses: readonly Clause[];
  /** Clauses that are looked at at the same time: mostly they wait. */
  readonly lanes: number;
  /** What has not ended by then has failed. */
  readonly deadlineMs: number;
  /** How often a clause that fails is looked at. Default: twice, for on a busy machine even half a second can be too short. */
  readonly looksMax?: (clause: Clause) => number;
  readonly signal: AbortSignal;
  readonly onVerdict: (verdict: Verdict) => void;
}

const LOOKS_MAX = 2;

/** Where the first look took longer, time is short, and half a second was not what was missing. */
const SECOND_LOOK_MS_MAX = 20_000;

/**
 * Looks at every clause, each with programs and ports of its own. One begins when those that it needs have passed; when one of
 * them has not, it is not applicable. Resolves to the verdicts in the order of the clauses; those that an interruption
 * left out are missing.
 */
export async function runConformance(options: ConformanceOptions): Promise<readonly Verdict[]> {
  const { clauses, lanes, deadlineMs, looksMax = () => LOOKS_MAX, signal, onVerdict } = options;
  const timeUp = AbortSignal.timeout(Math.max(0, Math.round(deadlineMs)));
  const both = AbortSignal.any([signal, timeUp]);
  const verdicts = new Map<string, Verdict>();
  const waiting = new Set(clauses);
  const working = new Set<Promise<void>>();

  const give = (verdict: Verdict) => {
    verdicts.set(verdict.clause.id, verdict);
    onVerdict(verdict);
  };
  /** Settles those that cannot be looked at any more; returns the next that can. */
  const next = (): Clause | undefined => {
    for (const clause of waiting) {
      const needed = clause.needs.map((id) => verdicts.get(id));
      const missing = needed.find((verdict) => verdict !== undefined && !holds(verdict));
      if (missing !== undefined) {
        waiting.delete(clause);
        const why = missing.status === "failed" ? "which failed" : "which is not applicable";
        give(plain(clause, "not-applicable", `it needs "${missing.clause.title}", ${why}`));
      } else if ([...clause.needs, ...clause.suspects].every((id) => verdicts.has(id))) {
        waiting.delete(clause);
        return clause;
      }
    }
    return undefined;
  };
  for (;;) {
    while (working.size < lanes && !both.aborted) {
      const clause = next();
      if (clause === undefined) break;
      const work = look(clause, options.underTest, looksMax(clause), both).then((verdict) => {
        working.delete(work);
        if (verdict !== undefined) give(blame(verdict, verdicts));
        else if (timeUp.aborted && !signal.aborted) give(late(clause, deadlineMs));
      });
      working.add(work);
    }
    if (working.size === 0) break;
    await Promise.race(working);
  }
  if (timeUp.aborted && !signal.aborted) {
    for (const clause of waiting)
      give(plain(clause, "not-applicable", "the time was up before its turn came"));
  }
  return clauses.flatMap(({ id }) => verdicts.get(id) ?? []);
}

/** `undefined`: interrupted. */
async function look(
  clause: Clause,
  underTest: UnderTest,
  looksMax: number,
  signal: AbortSignal,
): Promise<Verdict | undefined> {
  const scenario = { ...clause.scenario, underTest };
  const beganMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    const options = { net: "real", seed: 1, whole: false, signal, onStep: () => {} } as const;
    const { run } = await runScenario(scenario, options);
    const elapsedMs = performance.now() - beganMs;
    if (signal.aborted) return undefined;
    if (run.outcome === "skipped") return { ...plain(clause, "not-applicable", run.note), elapsedMs };
    if (run.outcome === "passed") {
      const note = run.note ?? unusual(clause, underTest);
      return { ...plain(clause, note === undefined ? "passed" : "by-profile", note), elapsedMs };
    }
    if (attempt < looksMax && elapsedMs < SECOND_LOOK_MS_MAX) continue;
    return { clause, status: "failed", note: undefined, failures: run.failures, elapsedMs };
  }
}

/** A failure that another one explains is not held against the clause. */
function blame(verdict: Verdict, others: ReadonlyMap<string, Verdict>): Verdict {
  const { clause, status, elapsedMs } = verdict;
  if (status !== "failed") return verdict;
  const culprit = clause.suspects.map((id) => others.get(id)).find((other) => other?.status === "failed");
  if (culprit === undefined) return verdict;
  const note = `it fails, and so does "${culprit.clause.title}", which may be why`;
  return { ...plain(clause, "not-applicable", note), elapsedMs };
}

/** What the profile says instead of what is usual. */
function unusual({ choice }: Clause, { server, clients }: UnderTest): string | undefined {
  if (choice === undefined) return undefined;
  const profile: Readonly<Record<string, unknown>> = {
    ...server.profile,
    exitsWhenSilent: clients[0].profile.exitsWhenSilent,
  };
  const is = String(profile[choice.key]);
  return is === choice.usual ? undefined : `${choice.key}: ${is}`;
}

function holds({ status }: Verdict): boolean {
  return status === "passed" || status === "by-profile";
}

function plain(clause: Clause, status: Verdict["status"], note: string | undefined): Verdict {
  return { clause, status, note, failures: [], elapsedMs: 0 };
}

function late(clause: Clause, deadlineMs: number): Verdict {
  const { place, name } = clause.scenario;
  return {
    ...plain(clause, "failed", undefined),
    failures: [
      {
        kind: "timeout",
        place,
        step: name,
        expected: `all clauses are looked at within ${deadlineMs / 1_000} s`,
        found: ["the time was up"],
        ledgers: [],
      },
    ],
  };
}
