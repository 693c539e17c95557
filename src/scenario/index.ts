/** What the command line needs of scenarios. */
export { loadScenarioFile } from "./language/load.ts";
export type { Problem } from "./language/problem.ts";
export { renderProblem } from "./language/render-problem.ts";
export { jsonReporter } from "./report/json.ts";
export { terminalReporter } from "./report/terminal.ts";
export { discoverScenarios } from "./run/discover.ts";
export { exitCodeOf } from "./run/exit-code.ts";
export type { NetKind, Reporter } from "./run/result.ts";
export { runScenarios } from "./run/run-scenarios.ts";
