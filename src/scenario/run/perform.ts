/** What each verb does. A step that finds what it asks for returns nothing, else a failure; only an abort is thrown. */

import { counted } from "../counted.ts";
import type { Step, Story } from "../language/actions.ts";
import { bindStep } from "../language/read-step.ts";
import { objectionTo } from "./conditions.ts";
import { expectationFailed } from "./failures.ts";
import { Memory } from "./memory.ts";
import type { Failure } from "./result.ts";
import type { Of, Scene } from "./scene.ts";
import { assert, expect, never } from "./verbs/observing.ts";
import { deregister, register, send } from "./verbs/people.ts";
import { changeBot, changeClient, changeServer, input, raw } from "./verbs/programs.ts";
import { settle, wait } from "./verbs/time.ts";
import { formatMs } from "./wording.ts";

/** Performs steps one after the other, to the first failure. @throws the signal's reason when it aborts. */
export async function performAll(
  steps: readonly Step[],
  scene: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  for (const step of steps) {
    signal.throwIfAborted();
    const failure = await performOne(step, scene, signal);
    // An abort tears a step down in the middle; what it found then says nothing.
    signal.throwIfAborted();
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Performs each of the steps, also when one before it failed. They have a time of their own. Never rejects. */
export async function performLast(
  steps: readonly Step[],
  scene: Scene,
  explain: (error: unknown) => readonly Failure[],
): Promise<readonly Failure[]> {
  if (steps.length === 0) return [];
  const failures: Failure[] = [];
  const { signal, end } = scene.lastSignal();
  for (const step of steps) {
    try {
      signal.throwIfAborted();
      const failure = await performOne(step, scene, signal);
      signal.throwIfAborted();
      if (failure !== undefined) failures.push(failure);
    } catch (error) {
      failures.push(...explain(error));
      if (signal.aborted) break;
    }
  }
  end();
  return failures;
}

async function performOne(written: Step, scene: Scene, signal: AbortSignal): Promise<Failure | undefined> {
  const step = bindStep(written, scene.memory.values, scene.names, { partly: written.verb === "repeat" });
  if (!("verb" in step)) {
    const ended = scene.onStep(written);
    ended();
    return expectationFailed(written, "a value for everything that the step refers to", step, []);
  }
  if (step.condition !== undefined && objectionTo(step.condition, scene, step.place) !== undefined)
    return undefined;
  const ended = scene.onStep(step);
  const failure = await perform(step, scene, signal);
  if (failure === undefined && !signal.aborted) ended();
  return failure;
}

async function perform(step: Step, scene: Scene, signal: AbortSignal): Promise<Failure | undefined> {
  const { cast, stage, memory } = scene;
  switch (step.verb) {
    case "register":
      return await register(step, scene, signal);
    case "deregister":
      return await deregister(step, scene, signal);
    case "send":
      return await send(step, scene, signal);
    case "expect":
      return await expect(step, scene, signal);
    case "never":
      return await never(step, scene, signal);
    case "assert":
      return assert(step, scene);
    case "settle":
      return await settle(step, scene, signal);
    case "wait":
      return await wait(step, scene, signal);
    case "server":
      return await changeServer(step, scene, signal);
    case "client":
      return await changeClient(step, scene, signal);
    case "input":
      return await input(step, scene, signal);
    case "bot":
      return await changeBot(step, scene, signal);
    case "raw":
      return await raw(step, scene);
    case "net":
      stage.network.faults.apply(step.change);
      return undefined;
    case "fault":
      stage.network.faults.apply({ kind: "exact", fault: step.fault });
      return undefined;
    case "mark":
      memory.mark(
        step.mark,
        [...cast.clients.values()].map(({ ledger }) => ledger),
      );
      return undefined;
    case "set":
      for (const [name, value] of step.values) memory.set(name, value);
      return undefined;
    case "parallel":
      return await parallel(step, scene, signal);
    case "repeat":
      return await repeat(step, scene, signal);
    case "call":
      return await call(
        step.story,
        { ...scene, memory: new Memory(new Map([...step.story.values, ...step.with])) },
        signal,
      );
  }
}

async function parallel(
  step: Of<"parallel">,
  scene: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const branches = new AbortController();
  const both = AbortSignal.any([signal, branches.signal]);
  let first: { readonly failure: Failure } | { readonly error: unknown } | undefined;
  const end = (how: NonNullable<typeof first>) => {
    first ??= how;
    branches.abort(new Error("another branch failed"));
  };
  await Promise.all(
    step.branches.map(async (steps) => {
      try {
        const failure = await performAll(steps, scene, both);
        if (failure !== undefined) end({ failure });
      } catch (error) {
        end({ error });
      }
    }),
  );
  if (first === undefined) return undefined;
  if ("error" in first) throw first.error;
  return first.failure;
}

async function repeat(step: Of<"repeat">, scene: Scene, signal: AbortSignal): Promise<Failure | undefined> {
  const { times = Number.POSITIVE_INFINITY, maxMs = Number.POSITIVE_INFINITY, until, steps } = step;
  const { clock } = scene.stage;
  const endMs = clock.nowMs() + maxMs;
  let objection: string | undefined;
  let passes = 0;
  while (passes < times) {
    const beganMs = clock.nowMs();
    const failure = await performAll(steps, scene, signal);
    if (failure !== undefined) return failure;
    passes += 1;
    if (until !== undefined) {
      // Its values may be what this pass found.
      const bound = bindStep(step, scene.memory.values, scene.names);
      if (!("verb" in bound))
        return expectationFailed(step, "a value for everything in its `until`", bound, []);
      objection = objectionTo(
        (bound.verb === "repeat" ? bound.until : undefined) ?? until,
        scene,
        step.place,
      );
      if (objection === undefined) return undefined;
      if (clock.nowMs() >= endMs) break;
    }
    // What takes no time would be repeated for ever within a duration, and nothing else would happen meanwhile.
    if (clock.nowMs() === beganMs) await wait({ ...step, verb: "wait", waitMs: 1 }, scene, signal);
  }
  if (until === undefined || objection === undefined) return undefined;
  const bound = maxMs === Number.POSITIVE_INFINITY ? counted(times, "pass", "passes") : formatMs(maxMs);
  return expectationFailed(
    step,
    `within ${bound} it holds`,
    [`after ${counted(passes, "pass", "passes")}: ${objection}`],
    [],
  );
}

/** The steps of another file, with variables of their own. */
async function call(
  { setup, steps, finally: last }: Story,
  scene: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  const broken: unknown[] = [];
  try {
    failure = await performAll([...setup, ...steps], scene, signal);
  } catch (error) {
    broken.push(error);
  }
  const after = await performLast(last, scene, (error) => {
    broken.push(error);
    return [];
  });
  for (const one of failure === undefined ? after.slice(1) : after) scene.note(one);
  if (failure === undefined && broken.length > 0) throw broken[0];
  return failure ?? after[0];
}
