import type { Rule } from "./breach.ts";
import { type PlayOptions, play } from "./play.ts";
import type { Program } from "./program.ts";

/** So often a program is played again at the most, to cut it down. */
const PLAYS_MAX = 400;

/**
 * The smallest program found that still breaks the rule: actions are taken out in ever smaller pieces (delta debugging;
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
 */
export async function shrink(program: Program, rule: Rule, options: PlayOptions = {}): Promise<Program> {
  let smallest = program;
  let pieces = 2;
  for (let plays = 0; plays < PLAYS_MAX && smallest.actions.length > 1; ) {
    const size = Math.ceil(smallest.actions.length / pieces);
    let cut: Program | undefined;
    for (let from = 0; from < smallest.actions.length && plays < PLAYS_MAX; from += size) {
      const candidate = { ...smallest, actions: smallest.actions.toSpliced(from, size) };
      plays += 1;
      const { breaches } = await play(candidate, options);
      if (!breaches.some((breach) => breach.rule === rule)) continue;
      cut = candidate;
      break;
    }
    if (cut !== undefined) {
      smallest = cut;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) {
      break;
    } else {
      pieces = Math.min(smallest.actions.length, pieces * 2);
    }
  }
  return smallest;
}
