import { levels } from "./clauses.ts";
import { type ConformanceResult, percent, type Score, scores } from "./verdict.ts";

/** For programs: one JSON document. `version` changes when a field does. */
export function conformanceJson({ candidates, verdicts, elapsedMs, interrupted }: ConformanceResult): string {
  const { all, ...byLevel } = scores(verdicts);
  const score = (one: Score) => ({ ...one, percent: percent(one) });
  const document = {
    version: 1,
    implementations: candidates,
    score: { ...score(all), ...Object.fromEntries(levels.map((level) => [level, score(byLevel[level])])) },
    elapsedMs: Math.round(elapsedMs),
    interrupted,
    clauses: verdicts.map(({ clause, status, note, failures, elapsedMs: tookMs }) => ({
      id: clause.id,
      title: clause.title,
      words: clause.words,
      level: clause.level,
      needs: clause.needs,
      status,
      note,
      elapsedMs: Math.round(tookMs),
      failures,
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
