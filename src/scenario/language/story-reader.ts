import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import type { Action, Call, Step, Story } from "./actions.ts";
import { alternativesOf, type NameUse, spellKeys } from "./conform.ts";
import { checkFact } from "./facts.ts";
import { type FoundVerb, findVerb, stepHint } from "./find-verb.ts";
import { SCENARIO_BEGINNING, scenarioSchema } from "./grammar/scenario.ts";
import { verbs } from "./grammar/verbs.ts";
import { readCommon, readHead } from "./read-step.ts";
import { groupNamesIn, Scope } from "./scope.ts";
import { openSource, parseRoot, reportNoFile } from "./source-files.ts";
import {
  entriesUnder,
  entryOf,
  isBroken,
  isUnbound,
  kindOf,
  type MapEntry,
  type MapNode,
  quote,
  type ScalarNode,
  type SourceNode,
} from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { Substitution, type Variables } from "./substitution.ts";
import { nearest, suggestion } from "./suggest.ts";
import { readVariables } from "./variables.ts";

/** What the reading of a file and of those that it calls has in common. */
export interface Reading {
  /** All names in all steps. */
  readonly names: NameUse[];
  /** Clients that called files name, to be found among those of the scenario. */
  readonly needs: {
    readonly client: string;
    readonly file: string;
    readonly range: Range;
    readonly source: SourceText;
  }[];
  /** The `as` of steps that register under a nickname which is known only as the scenario runs. */
  readonly laterNicks: { readonly node: ScalarNode; readonly source: SourceText }[];
  /** Steps of a file that is called ten times by one that is called ten times count a hundredfold. */
  stepsLeft: number;
}

export const STEPS_MAX = 5_000;

export const STEP_LISTS = ["setup", "steps", "finally"] as const;

/** Reads the steps of one file, and of those that it calls. */
export class StoryReader {
  readonly #root: MapNode;
  readonly #source: SourceText;
  readonly #substitution: Substitution;
  readonly #reading: Reading;
  /** The absolute paths of the files that are being read, the outermost first. */
  readonly #stack: readonly string[];

  constructor(
    root: MapNode,
    source: SourceText,
    substitution: Substitution,
    reading: Reading,
    stack: readonly string[] = [resolve(source.file)],
  ) {
    this.#root = root;
    this.#source = source;
    this.#substitution = substitution;
    this.#reading = reading;
    this.#stack = stack;
  }

  /** A step with problems is left out. */
  read(variables: Variables): { readonly story: Story; readonly scope: Scope } {
    const nodes = STEP_LISTS.map((key) => entryOf(this.#root, key)?.value);
    const scope = Scope.of({
      variables,
      incomplete: this.#root.incomplete,
      steps: nodes.filter((node) => node !== undefined),
      lineOf: (range) => this.#source.placeAt(range.start).line,
    });
    const [setup = [], steps = [], last = []] = nodes.map((node) => {
      return node?.kind === "list" ? this.#readAll(node.items, scope) : [];
    });
    return { story: { values: variables, setup, steps, finally: last }, scope };
  }

  #readAll(items: readonly SourceNode[], scope: Scope): readonly Step[] {
    return items.flatMap((item) => this.#readStep(item, scope) ?? []);
  }

  #readStep(node: SourceNode, scope: Scope): Step | undefined {
    // What is not understood may have given a name to anything.
    const found = this.#findVerb(node);
    if (found === undefined || node.kind !== "map") {
      scope.giveUp();
      return undefined;
    }
    const { entry } = found;
    const beside = this.#substitution.apply(withoutEntry(node, entry), scope);
    const { value: common, names, node: meant } = readCommon(beside, entry.keyRange, this.#source);
    this.#take(names, scope);
    const action = this.#readAction(found, scope);
    if (common === undefined || action === undefined) return undefined;
    const unbound = isUnbound(meant) || isUnbound(action.fields);
    return {
      place: this.#source.placeAt(entry.keyRange.start),
      ...common,
      unbound: unbound ? { common: meant, fields: action.fields } : undefined,
      ...action.action,
    };
  }

  #findVerb(node: SourceNode): FoundVerb | undefined {
    if (isBroken(node)) return undefined;
    if (node.kind !== "map") {
      this.#source.report("WRONG_TYPE", node, `expected a step, got ${kindOf(node)}`, stepHint(node));
      return undefined;
    }
    this.#reading.stepsLeft -= 1;
    if (this.#reading.stepsLeft < 0) {
      const message = `more than ${STEPS_MAX} steps, those of called files counted at each call`;
      this.#source.report("TOO_LARGE", node, message);
      return undefined;
    }
    return findVerb(node, this.#source);
  }

  #readAction(
    { verb, entry }: FoundVerb,
    scope: Scope,
  ): { readonly action: Action; readonly fields: SourceNode } | undefined {
    const { holds } = verbs[verb];
    if (holds !== undefined) return this.#readBlock({ verb, entry }, holds, scope);
    const fields = this.#substitution.apply(entry.value, scope);
    const { value, names, node } = readHead(verb, fields, entry.keyRange, this.#source);
    if (node.kind === "map" && node.incomplete) scope.giveUp();
    this.#take(names, scope);
    if (verb === "expect") this.#takeGroups(node, scope);
    const as = verb === "register" ? entryOf(node, "as")?.value : undefined;
    if (as?.kind === "scalar" && isUnbound(as)) {
      this.#reading.laterNicks.push({ node: as, source: this.#source });
    }
    if (value === undefined) return undefined;
    if (value.verb === "wait") {
      const hint = "`expect`, `settle` or `never: {…, for: …}` wait for what happens";
      this.#source.warn("GUESS", entry.keyRange, "`wait` is a guess at how long something takes", hint);
    }
    if (value.verb === "call") {
      const story = this.#readCalled(value, node, entry);
      return story && { action: { ...value, story }, fields: node };
    }
    return { action: value as Action, fields: node };
  }

  /** A verb that holds steps. Its own fields are read after them: the end of a `repeat` may look at what they found. */
  #readBlock(
    { verb, entry }: FoundVerb,
    holds: string,
    scope: Scope,
  ): { readonly action: Action; readonly fields: SourceNode } | undefined {
    const { schema } = verbs[verb];
    const object = alternativesOf(schema).find((inner) => inner instanceof z.ZodObject);
    const value =
      entry.value.kind === "map" && object !== undefined
        ? spellKeys(entry.value, object, this.#source)
        : entry.value;
    const list = holds === "" ? value : entryOf(value, holds)?.value;
    const items = list?.kind === "list" ? list.items : [];
    const steps = holds === "" ? [] : this.#readAll(items, scope);
    const branches = holds === "" ? this.#readBranches(items, scope) : [];

    const own = value.kind === "map" ? withoutEntry(value, entryOf(value, holds)) : undefined;
    const known = own === undefined ? undefined : this.#substitution.apply(own, scope);
    const inner = value.kind === "map" ? entryOf(value, holds) : undefined;
    const fields =
      known?.kind === "map" && inner !== undefined
        ? { ...known, entries: [...known.entries, inner] }
        : (known ?? value);
    const { value: head, names, node } = readHead(verb, fields, entry.keyRange, this.#source);
    if (node.kind === "map" && node.incomplete) scope.giveUp();
    this.#take(names, scope);
    if (head === undefined) return undefined;
    return { action: { ...head, steps, branches } as unknown as Action, fields: node };
  }

  /** A branch is a list of steps; one step alone is a branch too. */
  #readBranches(items: readonly SourceNode[], scope: Scope): readonly (readonly Step[])[] {
    const scopes = items.map(() => scope.branch());
    const branches = items.map((branch, index) => {
      return this.#readAll(branch.kind === "list" ? branch.items : [branch], scopes[index] ?? scope);
    });
    scope.join(scopes);
    return branches;
  }

  /** Names of people are checked when all steps are read; those of variables and marks depend on the place. */
  #take(names: readonly NameUse[], scope: Scope): void {
    this.#reading.names.push(...names);
    for (const { role, text, range, source } of names) {
      if (role === "newVariable") scope.assign({ name: text, range });
      else if (role === "newMark") scope.setMark({ name: text, range });
      else if (role === "fact") checkFact(text, range, scope, source);
      else if (role === "mark") this.#useMark(text, range, scope, source);
    }
  }

  #useMark(name: string, range: Range, scope: Scope, source: SourceText): void {
    scope.useMark(name);
    if (scope.marks.has(name) || scope.incomplete) return;
    const hint = () => suggestion(name, scope.marks) ?? `set it above: \`- mark: ${name}\``;
    source.report("UNKNOWN_NAME", range, `there is no mark ${quote(name)} above`, hint);
  }

  #takeGroups(node: SourceNode, scope: Scope): void {
    if (node.kind === "list") for (const item of node.items) this.#takeGroups(item, scope);
    if (node.kind !== "map") return;
    for (const { key, value } of node.entries) {
      if (key === "matches" && value.kind === "scalar") {
        for (const name of groupNamesIn(value.text)) scope.assign({ name, range: value });
      }
      this.#takeGroups(value, scope);
    }
  }

  #readCalled(head: Omit<Call, "story">, fields: SourceNode, entry: MapEntry): Story | undefined {
    const fileNode = entryOf(fields, "file")?.value;
    if (fileNode === undefined || fileNode.kind !== "scalar") return undefined;
    if (fileNode.template !== undefined) {
      const message = "which file is called must be known before the scenario runs";
      this.#source.report("BAD_REFERENCE", fileNode, message, "use variables of `vars` and `matrix` only");
      return undefined;
    }
    const called = this.#open(head.file, fileNode);
    if (called === undefined) return undefined;
    const { root, source } = called;
    const withNode = entryOf(fields, "with")?.value;
    const given = withNode?.kind === "map" ? withNode.entries : [];
    const variables = this.#parameters(root, source, head.file, given, entry);
    for (const { key } of entriesUnder(root, "clients")) {
      this.#reading.needs.push({ client: key, file: head.file, range: fileNode, source: this.#source });
    }
    if (entryOf(root, "matrix") !== undefined) {
      const message = `${quote(head.file)} has a \`matrix\`, and a file that is called runs once`;
      this.#source.report("BAD_VALUE", fileNode, message, "call it with parameters instead");
      return undefined;
    }
    const stack = [...this.#stack, resolve(source.file)];
    const reader = new StoryReader(root, source, new Substitution(source), this.#reading, stack);
    return reader.read(variables).story;
  }

  #open(path: string, node: ScalarNode): { readonly root: MapNode; readonly source: SourceText } | undefined {
    const file = join(dirname(this.#source.file), path);
    const cycle = this.#stack.indexOf(resolve(file));
    if (cycle >= 0) {
      const chain = [...this.#stack.slice(cycle), resolve(file)].map((one) =>
        one.slice(dirname(one).length + 1),
      );
      const message = `a file cannot call itself: ${chain.join(" calls ")}`;
      this.#source.report("CALLS_ITSELF", node, message, "`repeat` does something again");
      return undefined;
    }
    const known = this.#source.siblings.get(file);
    const source = known ?? openSource(file, this.#source.siblings);
    if (source.problems.some(({ code }) => code === "UNREADABLE")) {
      this.#source.siblings.delete(file);
      reportNoFile(path, node, this.#source);
      return undefined;
    }
    const root = parseRoot(source, SCENARIO_BEGINNING);
    return root && { root: this.#checkTop(root, source), source };
  }

  /** Of a called file its steps, variables and clients count; the rest is checked where it is run by itself. */
  #checkTop(root: MapNode, source: SourceText): MapNode {
    const spelled = spellKeys(root, scenarioSchema, source);
    if (entryOf(spelled, "steps")?.value.kind !== "list" && !spelled.incomplete) {
      const message = "a file that is called needs a list of `steps`";
      source.report("MISSING", { start: root.start, end: root.start }, message);
    }
    return spelled;
  }

  /** The variables of a called file, with the values that it is given. */
  #parameters(
    root: MapNode,
    source: SourceText,
    file: string,
    given: readonly MapEntry[],
    call: MapEntry,
  ): Variables {
    const declared = readVariables(root, new Substitution(source));
    const variables = new Map(declared);
    const free = new Set([...declared.keys()].filter((name) => !given.some(({ key }) => key === name)));
    let guessed = false;
    for (const { key, keyRange, value } of given) {
      if (!declared.has(key)) {
        const message = `${quote(file)} has no parameter ${quote(key)}`;
        const hint = () => suggestion(key, free) ?? "a file declares its parameters in its `vars`";
        this.#source.report("UNKNOWN_PARAMETER", keyRange, message, hint);
        const meant = nearest(key, free);
        guessed = true;
        if (meant !== undefined) free.delete(meant);
      } else if (value.kind === "scalar") {
        variables.set(key, { ...value, file: value.file ?? this.#source.file });
        free.delete(key);
      }
    }
    for (const name of free) {
      if (guessed || declared.get(name)?.empty !== true) continue;
      const message = `${quote(file)} needs a value for ${quote(name)}`;
      this.#source.report("MISSING", call.keyRange, message, `write \`with: {${name}: …}\``);
    }
    return variables;
  }
}

function withoutEntry(node: MapNode, entry: MapEntry | undefined): MapNode {
  return { ...node, entries: node.entries.filter((other) => other !== entry) };
}
