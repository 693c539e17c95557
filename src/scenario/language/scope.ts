import { isVerb, verbNames } from "./grammar/verbs.ts";
import type { ScalarNode, SourceNode } from "./source-node.ts";
import type { Range } from "./source-text.ts";
import type { Names, Variables } from "./substitution.ts";
import { nearest } from "./suggest.ts";

/** A name that a step gives, and where. */
export interface Given {
  readonly name: string;
  readonly range: Range;
}

/** What is the same wherever one looks in a file. */
interface Shared {
  readonly variables: Variables;
  /** Where steps of the file give values to variables, by name: those are known only as it runs. */
  readonly later: ReadonlyMap<string, Range>;
  readonly lineOf: (range: Range) => number;
  /** Names that something refers to. */
  readonly used: Set<string>;
  readonly usedMarks: Set<string>;
  readonly given: Given[];
  readonly marks: Given[];
  incomplete: boolean;
}

/** The variables and marks that a step can refer to: those of the file, and what the steps before it gave. */
export class Scope implements Names {
  readonly #shared: Shared;
  readonly #assigned: Set<string>;
  readonly #marks: Set<string>;

  private constructor(shared: Shared, assigned: Iterable<string>, marks: Iterable<string>) {
    this.#shared = shared;
    this.#assigned = new Set(assigned);
    this.#marks = new Set(marks);
  }

  static of(options: {
    readonly variables: Variables;
    readonly incomplete: boolean;
    /** All steps of the file. */
    readonly steps: readonly SourceNode[];
    readonly lineOf: (range: Range) => number;
  }): Scope {
    const { variables, incomplete, steps, lineOf } = options;
    const later = new Map(steps.flatMap((node) => [...givenIn(node)]));
    const shared = { variables, later, lineOf, incomplete };
    return new Scope({ ...shared, used: new Set(), usedMarks: new Set(), given: [], marks: [] }, [], []);
  }

  get all(): Iterable<string> {
    return new Set([...this.#shared.variables.keys(), ...this.#assigned]);
  }

  get marks(): ReadonlySet<string> {
    return this.#marks;
  }

  get incomplete(): boolean {
    return this.#shared.incomplete;
  }

  /** A step was not understood: it may have given any name. */
  giveUp(): void {
    this.#shared.incomplete = true;
  }

  lookUp(name: string): ScalarNode | "later" | undefined {
    const { variables, later, used } = this.#shared;
    const variable = variables.get(name);
    used.add(name);
    if (this.#assigned.has(name)) return "later";
    const changes = later.has(name) || variable?.template !== undefined;
    return variable !== undefined && changes ? "later" : variable;
  }

  explain(name: string): string | undefined {
    const range = this.#shared.later.get(name);
    return range === undefined ? undefined : `it gets one at line ${this.#shared.lineOf(range)}`;
  }

  assign(given: Given): void {
    this.#assigned.add(given.name);
    this.#shared.given.push(given);
  }

  setMark(given: Given): void {
    this.#marks.add(given.name);
    this.#shared.marks.push(given);
  }

  useMark(name: string): void {
    this.#shared.usedMarks.add(name);
  }

  /** For a branch: what the others give meanwhile, it cannot refer to. */
  branch(): Scope {
    return new Scope(this.#shared, this.#assigned, this.#marks);
  }

  /** Takes over what branches gave, once they have ended. */
  join(branches: readonly Scope[]): void {
    for (const branch of branches) {
      for (const name of branch.#assigned) this.#assigned.add(name);
      for (const name of branch.#marks) this.#marks.add(name);
    }
  }

  /** All names that something refers to, whether there is such a variable or not. */
  get askedFor(): Iterable<string> {
    return this.#shared.used;
  }

  isUsed(name: string): boolean {
    return this.#shared.used.has(name);
  }

  /** What steps gave and nothing refers to; of several with one name the first. */
  get unused(): { readonly variables: readonly Given[]; readonly marks: readonly Given[] } {
    const { given, marks, used, usedMarks } = this.#shared;
    const first = ({ name }: Given, index: number, all: readonly Given[]) =>
      all.findIndex((other) => other.name === name) === index;
    return {
      variables: given.filter(({ name }) => !used.has(name)).filter(first),
      marks: marks.filter(({ name }) => !usedMarks.has(name)).filter(first),
    };
  }
}

const GROUP = /\(\?<([A-Za-z_$][\w$]*)>/g;

/** The names of the groups in a regular expression. */
export function groupNamesIn(pattern: string): readonly string[] {
  return [...pattern.matchAll(GROUP)].map(([, name = ""]) => name);
}

/** Names that steps somewhere in a node give to variables, also where a key is misspelled. */
function noteGiven(node: SourceNode, given: Map<string, Range>): void {
  if (node.kind === "list") for (const item of node.items) noteGiven(item, given);
  if (node.kind !== "map") return;
  for (const { key, keyRange, value } of node.entries) {
    if (isMeant(key, "matches") && value.kind === "scalar") {
      for (const name of groupNamesIn(value.text)) given.set(name, keyRange);
    } else if (isMeant(key, "capture") && value.kind === "scalar") {
      given.set(value.text, keyRange);
    } else if ((isMeant(key, "capture") || isMeant(key, "set")) && value.kind === "map") {
      for (const entry of value.entries) given.set(entry.key, entry.keyRange);
    }
    noteGiven(value, given);
  }
}

/** Of several near words the nearest is meant, so those that are not near at all are sorted out first. */
function isMeant(key: string, word: string): boolean {
  if (key === word) return true;
  if (isVerb(key) || key.length < 3 || nearest(key, [word]) === undefined) return false;
  return nearest(key, [...verbNames, "matches", "capture"]) === word;
}

/** A file is read once for each combination of its matrix, and its steps are the same in each. */
const givenBySteps = new WeakMap<SourceNode, ReadonlyMap<string, Range>>();

function givenIn(steps: SourceNode): ReadonlyMap<string, Range> {
  const known = givenBySteps.get(steps);
  if (known !== undefined) return known;
  const given = new Map<string, Range>();
  noteGiven(steps, given);
  givenBySteps.set(steps, given);
  return given;
}
