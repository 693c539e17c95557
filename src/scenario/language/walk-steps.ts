import type { Step, Story } from "./actions.ts";

/** All steps of a story, before, in and after it, with those that others hold. */
export function everyStepOf({ setup, steps, finally: last }: Omit<Story, "values">): readonly Step[] {
  return [...everyStep([...setup, ...steps, ...last])];
}

/** These steps, with those that they hold. */
export function* everyStep(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step;
    yield* everyStep(stepsIn(step));
  }
}

/** The steps that a step holds. */
export function stepsIn(step: Step): readonly Step[] {
  if (step.verb === "parallel") return step.branches.flat();
  if (step.verb === "repeat") return step.steps;
  return step.verb === "call" ? [...step.story.setup, ...step.story.steps, ...step.story.finally] : [];
}
