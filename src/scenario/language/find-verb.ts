import type { Action } from "./actions.ts";
import { stepCommon } from "./grammar/step.ts";
import { isVerb, verbNames } from "./grammar/verbs.ts";
import { type MapEntry, type MapNode, quote, type SourceNode } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { nearest, suggestion } from "./suggest.ts";

export interface FoundVerb {
  readonly verb: Action["verb"];
  readonly entry: MapEntry;
}

const COMMON = Object.keys(stepCommon.shape);

/** The one verb of a step, as it was meant; `undefined` when there is none that can be guessed. What is wrong is reported. */
export function findVerb(step: MapNode, source: SourceText): FoundVerb | undefined {
  const [first, second] = step.entries.flatMap((entry) => {
    return isVerb(entry.key) ? [{ verb: entry.key, entry }] : [];
  });
  if (first !== undefined) {
    if (second === undefined) return withFieldsInside(step, first, source);
    const message = `${quote(second.verb)} is a second verb beside ${quote(first.verb)}`;
    const hint = `a step has one: begin another with "- ${second.verb}:"`;
    source.report("TOO_MANY", second.entry.keyRange, message, hint);
    return undefined;
  }
  const strange = step.entries.filter(({ key }) => !COMMON.includes(key));
  const [unknown] = strange.toSorted((a, b) => Number(hasNearVerb(b)) - Number(hasNearVerb(a)));
  if (unknown === undefined) {
    if (step.incomplete) return undefined;
    source.report("MISSING", step, "this step has no verb", `known here: ${verbNames.join(", ")}`);
    return undefined;
  }
  const hint = suggestion(unknown.key, verbNames) ?? hintFor(unknown.key);
  source.report("UNKNOWN_VERB", unknown.keyRange, `unknown verb ${quote(unknown.key)}`, hint);
  const verb = nearest(unknown.key, verbNames);
  return verb === undefined || !isVerb(verb) ? undefined : { verb, entry: unknown };
}

/** What other languages have, and words without their colon. */
function hintFor(key: string): string {
  if (key === "then") return "a condition stands beside the verb: `- if: …` and `register: bob` below it";
  if (key === "else") return "write a step of its own with the opposite `if`";
  const [word = ""] = key.split(/\s/u);
  return isVerb(word) ? `after \`${word}\` comes a colon` : `known here: ${verbNames.join(", ")}`;
}

/** `- send:` with its fields in the column of the verb: all of them are one slip. */
function withFieldsInside(step: MapNode, found: FoundVerb, source: SourceText): FoundVerb | undefined {
  const { verb, entry } = found;
  const beside = step.entries.find(({ key }) => key !== verb && !COMMON.includes(key));
  const empty = entry.value.kind === "scalar" && entry.value.empty;
  if (!empty || beside === undefined) return found;
  const message = `the fields of ${quote(verb)} stand beside it, not in it`;
  source.report("MISSING", beside.keyRange, message, "indent them further than the verb");
  return undefined;
}

function hasNearVerb({ key }: MapEntry): boolean {
  return nearest(key, verbNames) !== undefined;
}

/** `- settle` and `- register alice` lack a colon. */
export function stepHint(node: SourceNode): string {
  const [, word = "", rest = ""] = node.kind === "scalar" ? (/^(\w+):?\s*(.*)$/su.exec(node.text) ?? []) : [];
  if (!isVerb(word)) return "write `- verb: fields`, such as `- register: alice`";
  return rest === "" ? `write \`- ${word}: {}\`` : `write \`- ${word}: ${rest}\``;
}
