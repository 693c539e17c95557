/** One step, without the steps in it: read from the file when it is loaded, and again when its values are known. */
import type { Step, StepCommon, Value, Values } from "./actions.ts";
import { type CastNames, checkNames } from "./cast.ts";
import type { NameUse } from "./conform.ts";
import { stepCommon } from "./grammar/step.ts";
import type { Head } from "./grammar/verb.ts";
import { verbs } from "./grammar/verbs.ts";
import { type Read, read } from "./read.ts";
import { entryOf, isUnbound, type SourceNode } from "./source-node.ts";
import { type Range, SourceText } from "./source-text.ts";
import { bind, unboundIn } from "./substitution.ts";

/** What stands beside the verb. */
export function readCommon(
  node: SourceNode,
  holder: Range,
  source: SourceText,
): Read<Pick<StepCommon, "name" | "condition">> {
  const { value, names, node: meant } = read(stepCommon, node, holder, source);
  return { value: value && { name: value.name, condition: value.if }, names, node: meant };
}

/** What stands under the verb. */
export function readHead(
  verb: Head["verb"],
  node: SourceNode,
  holder: Range,
  source: SourceText,
): Read<Head> {
  const { value, names, node: meant } = read(verbs[verb].schema, node, holder, source);
  return { value: value && withValues(value, meant), names, node: meant };
}

/** Values of variables keep how they are written: `1.0` is these three characters in a text. */
function withValues(head: Head, node: SourceNode): Head {
  if (head.verb === "register") {
    // Said in words, it is the variable's name, and not what was checked in its place.
    const as = entryOf(node, "as")?.value;
    return as?.kind === "scalar" && isUnbound(as) ? { ...head, as: as.text } : head;
  }
  if (head.verb === "set") return { ...head, values: valuesIn(node) };
  return head.verb === "call" ? { ...head, with: valuesIn(entryOf(node, "with")?.value) } : head;
}

function valuesIn(node: SourceNode | undefined): Values {
  const entries = node?.kind === "map" ? node.entries : [];
  return new Map(
    entries.flatMap(({ key, value }) => (value.kind === "scalar" ? [[key, value] as const] : [])),
  );
}

/**
 * Puts the values of variables into a step, and checks it as if they had been written there. What is wrong is told in
 * sentences: the file is right, a value is not.
 *
 * @param partly Leaves alone what has no value yet: the end of a `repeat` is looked at when its steps have found something.
 */
export function bindStep(
  step: Step,
  values: Values,
  cast: CastNames,
  { partly = false }: { readonly partly?: boolean } = {},
): Step | readonly string[] {
  if (step.unbound === undefined) return step;
  const common = bind(step.unbound.common, values);
  const fields = bind(step.unbound.fields, values);
  const missing = partly ? [] : [...new Set([...unboundIn(common), ...unboundIn(fields)])];
  if (missing.length > 0) {
    return missing.map(
      (name) => `\`${name}\` has no value: the step that gives it one was left out, or found nothing`,
    );
  }
  const source = new SourceText(step.place.file, "");
  const holder = { start: 0, end: 0 };
  const beside = readCommon(common, holder, source);
  const head = readHead(step.verb, fields, holder, source);
  checkNames([...beside.names, ...head.names].filter(isAboutPeople), cast);
  if (source.problems.length > 0 || beside.value === undefined || head.value === undefined) {
    const used = new Set([...unboundIn(step.unbound.common), ...unboundIn(step.unbound.fields)]);
    const put = [...used].map((name) => `${name} "${values.get(name)?.text ?? ""}"`).join(", ");
    const sentences = source.problems.map(({ message, hint }) =>
      hint === undefined ? message : `${message}; ${hint}`,
    );
    return [`with ${put} put in: ${sentences.join("; ")}`];
  }
  const unbound = partly ? step.unbound : undefined;
  return { ...step, ...beside.value, ...head.value, unbound } as Step;
}

/** Variables and marks were checked when the file was loaded. */
function isAboutPeople({ role }: NameUse): boolean {
  return !["mark", "newMark", "newVariable", "fact"].includes(role);
}

/** A value that was found while the scenario runs, typed as a plain scalar of the file would be. */
export function typed(text: string): Value {
  const number = Number(text);
  const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && Number.isFinite(number);
  return { value: isNumber ? number : text, text };
}
