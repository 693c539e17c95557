import { element, escaped, seconds } from "../report/xml.ts";
import { levels } from "./clauses.ts";
import type { ConformanceResult, Verdict } from "./verdict.ts";

/** For CI servers: JUnit's XML, a suite a level, a case a clause. */
export function conformanceJunit({ candidates, verdicts, elapsedMs }: ConformanceResult): string {
  const name = candidates.map((candidate) => candidate.name).join(" and ");
  const suites = levels.flatMap((level) => {
    const own = verdicts.filter(({ clause }) => clause.level === level);
    if (own.length === 0) return [];
    const tookMs = own.reduce((sum, verdict) => sum + verdict.elapsedMs, 0);
    const attributes = {
      name: level,
      time: seconds(tookMs),
      ...countsOf(own),
      skipped: count(own, "not-applicable"),
    };
    return [
      element(
        "testsuite",
        attributes,
        own.map((verdict) => caseOf(verdict, name)),
      ),
    ];
  });
  const attributes = { name: `conformance of ${name}`, time: seconds(elapsedMs), ...countsOf(verdicts) };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", attributes, suites)}\n`;
}

function countsOf(verdicts: readonly Verdict[]) {
  return { tests: String(verdicts.length), failures: count(verdicts, "failed"), errors: "0" };
}

function count(verdicts: readonly Verdict[], status: Verdict["status"]): string {
  return String(verdicts.filter((verdict) => verdict.status === status).length);
}

function caseOf({ clause, status, note, failures, elapsedMs }: Verdict, name: string): string {
  const [failure] = failures;
  const content: string[] = [];
  if (status === "not-applicable") {
    content.push(element("skipped", note === undefined ? {} : { message: note }, []));
  } else if (failure !== undefined) {
    const transcripts = failure.ledgers.flatMap(({ client, lines }) => [
      client,
      ...lines.map(({ atMs, text }) => `  ${(atMs / 1_000).toFixed(2)}s ${text}`),
    ]);
    const text = [failure.step, `expected ${failure.expected}`, ...failure.found, ...transcripts].join("\n");
    const message = `expected ${failure.expected}; came ${failure.found[0] ?? "nothing"}`;
    content.push(element("failure", { message, type: failure.kind }, [escaped(text)]));
  }
  content.push(
    element("system-out", {}, [escaped(`${clause.words}${note === undefined ? "" : `\n${note}`}`)]),
  );
  const classname = `${name.replaceAll(/[^\w-]+/g, "_")}.${clause.level}`;
  return element("testcase", { name: clause.title, classname, time: seconds(elapsedMs) }, content);
}
