import type { Breach, Rule } from "./breach.ts";
import type { Figures, PlayResult } from "./play.ts";
import { play } from "./play.ts";
import { type ClientSpec, castOf, type Program } from "./program.ts";
import { shrink } from "./shrink.ts";
import { storyOf } from "./story.ts";

/** What came of one seed. Can be sent from one thread to another. */
export interface SeedReport {
  readonly seed: number;
  readonly breaches: readonly Breach[];
  readonly figures: Figures;
  /** Of the first breach; where asked for. */
  readonly explanation: Explanation | undefined;
}

export interface Explanation {
  readonly rule: Rule;
  /** The actions, by their ids, of the smallest program found that breaks it. */
  readonly only: readonly number[];
  /** Who takes part in it. */
  readonly cast: readonly ClientSpec[];
  /** As that program breaks it. */
  readonly breach: Breach;
  readonly story: readonly string[];
}

/** Plays one program; where it breaks something, cuts it down and tells the story, if it is to. */
export async function reportOn(
  program: Program,
  { explain, datagrams = false }: { readonly explain: boolean; readonly datagrams?: boolean },
): Promise<SeedReport> {
  const result: PlayResult = await play(program);
  const { breaches, figures } = result;
  const [first] = breaches;
  const explanation =
    first === undefined || !explain ? undefined : await explanationOf(program, first, datagrams);
  return { seed: program.seed, breaches, figures, explanation };
}

async function explanationOf(program: Program, breach: Breach, datagrams: boolean): Promise<Explanation> {
  const { rule } = breach;
  const smallest = await shrink(program, rule);
  const { breaches } = await play(smallest);
  return {
    rule,
    cast: castOf(smallest),
    only: smallest.actions.map(({ id }) => id),
    breach: breaches.find((other) => other.rule === rule) ?? breach,
    story: await storyOf(smallest, { datagrams }),
  };
}

/** The program with only these of its actions. @throws {TypeError} when there is no such action. */
export function onlyActions(program: Program, ids: readonly number[]): Program {
  const unknown = ids.find((id) => !program.actions.some((action) => action.id === id));
  if (unknown !== undefined)
    throw new TypeError(`the program of seed ${program.seed} has no action ${unknown}`);
  return { ...program, actions: program.actions.filter(({ id }) => ids.includes(id)) };
}
