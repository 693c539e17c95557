/** Scenario files as texts in tests. */

import type { Step } from "../../src/scenario/language/actions.ts";
import { loadScenarios } from "../../src/scenario/language/load.ts";
import type { Scenario } from "../../src/scenario/language/model.ts";
import { renderProblem } from "../../src/scenario/language/render-problem.ts";

/** A file with alice, bob and these lines of `steps`. */
export function withSteps(...lines: readonly string[]): string {
  return ["scenario: 1", "clients: {alice: {}, bob: {}}", "steps:", ...lines, ""].join("\n");
}

/** The one scenario of a text that has no problems. */
export function scenarioOf(text: string): Scenario {
  const [scenario, ...more] = scenariosOf(text);
  if (scenario === undefined || more.length > 0) throw new Error(`${more.length} more scenarios than one`);
  return scenario;
}

export function scenariosOf(text: string): readonly Scenario[] {
  const { scenarios, problems } = loadScenarios(text, "x.yaml");
  if (problems.length > 0) throw new Error(problems.map((problem) => renderProblem(problem)).join("\n"));
  return scenarios;
}

/** The one step that a line under `steps` gives. */
export function stepOf(line: string): Step {
  const [step, ...more] = scenarioOf(withSteps(line)).steps;
  if (step === undefined || more.length > 0) throw new Error(`${more.length} more steps than one`);
  return step;
}

/** Problems, each as `line:column CODE message` and its hint if there is one. */
export function problemsOf(text: string): readonly string[] {
  return loadScenarios(text, "x.yaml").problems.map(({ code, message, place, hint }) => {
    const first = `${place.line}:${place.column} ${code} ${message}`;
    return hint === undefined ? first : `${first}; ${hint}`;
  });
}
