/** What the command line needs of scenarios. */
export { type Loaded, loadScenarioFile } from "./language/load.ts";
export type { Scenario } from "./language/model.ts";
export type { Problem } from "./language/problem.ts";
export { renderProblem } from "./language/render-problem.ts";
export { jsonReporter } from "./report/json.ts";
export { type Screen, terminalReporter } from "./report/terminal.ts";
export { DEFAULT_PATHS, type Discovered, discoverScenarios } from "./run/discover.ts";
export { EXIT_CODES, type ExitCode, exitCodeOf, type TestOutcome } from "./run/exit-code.ts";
export type { NetKind, Reporter, RunResult, ScenarioResult } from "./run/result.ts";
export { DEFAULT_SEED, type RunOptions, runScenarios } from "./run/run-scenarios.ts";
