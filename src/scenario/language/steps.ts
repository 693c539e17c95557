import { type NameUse, reportPlanned } from "./conform.ts";
import { type LeafVerb, plannedVerbs, stepCommon, verbs } from "./grammar/verbs.ts";
import type { Action, Step } from "./model.ts";
import { read } from "./read.ts";
import {
  isBroken,
  kindOf,
  type ListNode,
  type MapEntry,
  type MapNode,
  quote,
  type SourceNode,
} from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { nearest, suggestion } from "./suggest.ts";

const VERBS: readonly string[] = [...Object.keys(verbs), "parallel"];

export interface ReadSteps {
  /** Those without problems. */
  readonly steps: readonly Step[];
  /** All names in all steps. */
  readonly names: readonly NameUse[];
}

/** Reads a list of steps. The verb of each is found first, so that only its own fields are checked. */
export function readSteps(list: ListNode, source: SourceText): ReadSteps {
  const reader = new StepReader(source);
  return { steps: reader.readAll(list.items), names: reader.names };
}

class StepReader {
  readonly names: NameUse[] = [];
  readonly #source: SourceText;

  constructor(source: SourceText) {
    this.#source = source;
  }

  readAll(items: readonly SourceNode[]): readonly Step[] {
    return items.flatMap((item) => this.#readStep(item) ?? []);
  }

  #readStep(node: SourceNode): Step | undefined {
    if (isBroken(node)) return undefined;
    if (node.kind !== "map") {
      this.#source.report("WRONG_TYPE", node, `expected a step, got ${kindOf(node)}`, stepHint(node));
      return undefined;
    }
    const found = this.#findVerb(node);
    if (found === undefined) return undefined;
    const { verb, entry } = found;
    const { value } = read(stepCommon, withoutVerb(node, entry), entry.keyRange, this.#source);
    const action = this.#readAction(verb, entry);
    if (value === undefined || action === undefined) return undefined;
    return { place: this.#source.placeAt(entry.keyRange.start), name: value.name, ...action };
  }

  /** The one verb of a step, as it was meant. */
  #findVerb(step: MapNode): { readonly verb: string; readonly entry: MapEntry } | undefined {
    const [first, second] = step.entries.filter(({ key }) => VERBS.includes(key));
    if (first !== undefined) {
      if (second === undefined) return this.#withFieldsInside(step, first);
      const message = `${quote(second.key)} is a second verb beside ${quote(first.key)}`;
      this.#source.report(
        "TOO_MANY",
        second.keyRange,
        message,
        `a step has one: begin another with "- ${second.key}:"`,
      );
      return undefined;
    }
    const planned = step.entries.find(({ key }) => plannedVerbs.some((verb) => verb === key));
    if (planned !== undefined) {
      reportPlanned(planned.key, planned.keyRange, this.#source);
      return undefined;
    }
    const known = Object.keys(stepCommon.shape);
    const strange = step.entries.filter(({ key }) => !known.includes(key));
    const [unknown] = strange.toSorted((a, b) => Number(hasNearVerb(b)) - Number(hasNearVerb(a)));
    if (unknown === undefined) {
      if (!step.incomplete)
        this.#source.report("MISSING", step, "this step has no verb", `known here: ${VERBS.join(", ")}`);
      return undefined;
    }
    const hint = suggestion(unknown.key, VERBS, plannedVerbs);
    this.#source.report("UNKNOWN_VERB", unknown.keyRange, `unknown verb ${quote(unknown.key)}`, hint);
    const verb = nearest(unknown.key, VERBS);
    return verb === undefined ? undefined : { verb, entry: unknown };
  }

  /** `- send:` with its fields in the column of the verb: all of them are one slip. */
  #withFieldsInside(
    step: MapNode,
    verb: MapEntry,
  ): { readonly verb: string; readonly entry: MapEntry } | undefined {
    const beside = step.entries.find(({ key }) => key !== verb.key && key !== "name");
    const empty = verb.value.kind === "scalar" && verb.value.empty;
    if (!empty || beside === undefined) return { verb: verb.key, entry: verb };
    const message = `the fields of ${quote(verb.key)} stand beside it, not in it`;
    this.#source.report("MISSING", beside.keyRange, message, "indent them further than the verb");
    return undefined;
  }

  #readAction(verb: string, entry: MapEntry): Action | undefined {
    if (verb === "parallel") {
      const branches = this.#readBranches(entry.value, entry.keyRange);
      return branches && { verb, branches };
    }
    const { value, names } = read(verbs[verb as LeafVerb], entry.value, entry.keyRange, this.#source);
    this.names.push(...names);
    return value;
  }

  /** A branch is a list of steps; one step alone is a branch too. */
  #readBranches(node: SourceNode, holder: Range): readonly (readonly Step[])[] | undefined {
    if (isBroken(node)) return undefined;
    if (node.kind === "list" && node.items.length > 0) {
      return node.items.map((branch) => this.readAll(branch.kind === "list" ? branch.items : [branch]));
    }
    const empty = node.kind !== "map" && node.kind !== "scalar";
    const message = `expected a list of branches, got ${empty ? "an empty one" : kindOf(node)}`;
    const hint = "write `parallel: [[{register: alice}], [{register: bob}]]`";
    this.#source.report("WRONG_TYPE", node.start === node.end ? holder : node, message, hint);
    return undefined;
  }
}

function hasNearVerb({ key }: MapEntry): boolean {
  return nearest(key, VERBS) !== undefined;
}

function withoutVerb(step: MapNode, verb: MapEntry): MapNode {
  return { ...step, entries: step.entries.filter((entry) => entry !== verb) };
}

/** `- settle` and `- register alice` lack a colon. */
function stepHint(node: SourceNode): string {
  const [, word = "", rest = ""] = node.kind === "scalar" ? (/^(\w+):?\s*(.*)$/su.exec(node.text) ?? []) : [];
  if (!VERBS.includes(word)) return "write `- verb: fields`, such as `- register: alice`";
  return rest === "" ? `write \`- ${word}: {}\`` : `write \`- ${word}: ${rest}\``;
}
