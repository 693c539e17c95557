/** What the command line needs of scenarios. */

export { hostJsonSchema, loadHostFile } from "./host-file/load.ts";
export { scenarioJsonSchema } from "./language/json-schema.ts";
export { loadScenarioFile } from "./language/load.ts";
export type { Scenario } from "./language/model.ts";
export { distinctProblems, type Problem } from "./language/problem.ts";
export { renderProblem } from "./language/render-problem.ts";
export { paintWith } from "./paint.ts";
export { explain } from "./report/explain.ts";
export { githubReporter } from "./report/github.ts";
export { jsonReporter } from "./report/json.ts";
export { junitReporter } from "./report/junit.ts";
export { tapReporter } from "./report/tap.ts";
export { terminalReporter } from "./report/terminal.ts";
export { DEFAULT_PATHS, discoverScenarios } from "./run/discover.ts";
export { makeHiddenFolder, readHistory, writeHistory } from "./run/history.ts";
export type { TraceMode } from "./run/lanes/carry-out.ts";
export type { NetKind, Reporter, RunResult, SeedRange } from "./run/result.ts";
export { runScenarios } from "./run/run-scenarios.ts";
export { balanceOf, type Selection, type Shard, selectScenarios } from "./run/select.ts";
export { EndlessMatch } from "./timed-match.ts";
