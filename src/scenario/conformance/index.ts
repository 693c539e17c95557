/** What the command line needs of the conformance suite. */
export { type Clause, loadClauses } from "./clauses.ts";
export { conformanceHtml } from "./report-html.ts";
export { conformanceJson } from "./report-json.ts";
export { conformanceJunit } from "./report-junit.ts";
export { conformanceText } from "./report-text.ts";
export { runConformance } from "./run-conformance.ts";
export { type Candidate, type ConformanceResult, STATUS_WORDS, scoreOf } from "./verdict.ts";
