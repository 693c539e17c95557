import { isVariableName } from "./grammar/names.ts";
import type { MapNode, ScalarNode, SourceNode, Template } from "./source-node.ts";
import { brokenNode, quote } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { knownHere, suggestion } from "./suggest.ts";

/** Values by the name of their variable. */
export type Variables = ReadonlyMap<string, ScalarNode>;

/** Longer texts are of no use to anybody, and variables of variables can double one line by line. */
const TEXT_CHARS_MAX = 16_384;

/** All texts that one file's references make: a matrix makes them again for each of its cases. */
const FILE_CHARS_MAX = 4_194_304;

/** `$${`, which stands for `${`; or `${...}`; or a `${` that nothing closes. */
const REFERENCE = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

/** The names that texts at some place may refer to. */
export interface Names {
  /** Its value; `later` when that is known only as the scenario runs; `undefined` when there is no such name. */
  lookUp(name: string): ScalarNode | "later" | undefined;
  readonly all: Iterable<string>;
  /** A declaration was not understood, so nobody can say that a name does not exist. */
  readonly incomplete: boolean;
  /** Why a name has no value here, where there is something to say. */
  explain(name: string): string | undefined;
}

/** Under which problems with a variable that there is not are noted. */
export function variableSubject(name: string): string {
  return `variable ${name}`;
}

/** Names whose values are all known. */
export function namesOf(variables: Variables): Names {
  return {
    lookUp: (name) => variables.get(name),
    all: variables.keys(),
    incomplete: false,
    explain: () => undefined,
  };
}

/** The names that a text refers to. */
export function referencesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(REFERENCE)].flatMap((match) => match[1] ?? []));
}

/** Puts the values of variables into the scalars of one file. */
export class Substitution {
  readonly #source: SourceText;
  #charsLeft = FILE_CHARS_MAX;

  constructor(source: SourceText) {
    this.#source = source;
  }

  /** What holds no reference stays the same object. */
  apply(node: SourceNode, variables: Names): SourceNode {
    switch (node.kind) {
      case "scalar":
        return this.#applyToScalar(node, variables);
      case "list": {
        const items = node.items.map((item) => this.apply(item, variables));
        return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
      }
      case "map":
        return this.#applyToMap(node, variables);
    }
  }

  #applyToMap(node: MapNode, variables: Names): MapNode {
    let changed = false;
    const entries = node.entries.flatMap((entry) => {
      if (referencesIn(entry.key).size > 0) {
        const message = "variables are put into values, not into keys";
        this.#source.report("BAD_REFERENCE", entry.keyRange, message);
        changed = true;
        return [];
      }
      const value = this.apply(entry.value, variables);
      changed ||= value !== entry.value;
      return value === entry.value ? entry : { ...entry, value };
    });
    const incomplete = node.incomplete || entries.length < node.entries.length;
    return changed ? { ...node, entries, incomplete } : node;
  }

  /** A scalar that is one reference becomes the variable's value, type and all. */
  #applyToScalar(node: ScalarNode, names: Names): ScalarNode {
    if (typeof node.value !== "string" || !node.text.includes("${")) return node;
    const places = new ReferencePlaces(node, this.#source.text);
    const pieces: Piece[] = [];
    let [copied, chars, broken] = [0, 0, false];
    for (const match of node.text.matchAll(REFERENCE)) {
      const [reference, name = ""] = match;
      const escaped = reference === "$${";
      const found = escaped ? "${" : this.#lookUp(match[1], places.next(reference), names);
      if (typeof found === "object" && reference === node.text) {
        // Of a parameter the value is shown where the caller wrote it.
        return found.file === undefined ? { ...found, start: node.start, end: node.end } : found;
      }
      broken ||= typeof found === "object" && found.broken;
      const piece: Piece =
        found === "later" ? { variable: name } : typeof found === "object" ? found.text : found;
      pieces.push(node.text.slice(copied, match.index), piece);
      copied = match.index + reference.length;
      chars += typeof piece === "string" ? piece.length : reference.length;
      if (chars > TEXT_CHARS_MAX) break;
    }
    pieces.push(node.text.slice(copied));
    this.#charsLeft -= node.text.length + chars;
    if (broken) return brokenNode(node);
    if (chars > TEXT_CHARS_MAX || this.#charsLeft < 0) {
      this.#source.report("TOO_LARGE", node, "with its variables put in, this text is too long");
      return brokenNode(node);
    }
    return ofPieces(node, pieces);
  }

  #lookUp(name: string | undefined, range: Range, names: Names): ScalarNode | "later" {
    const variable = name === undefined ? undefined : names.lookUp(name);
    if (variable !== undefined) return variable;
    if (name === undefined || !isVariableName(name)) {
      const message = `\`\${\` begins a reference such as \`\${name}\``;
      const known = names.incomplete || name === undefined ? undefined : knownHere(names.all);
      const hint = known ?? "write `$${` for the two characters themselves";
      this.#source.report("BAD_REFERENCE", range, message, hint);
    } else if (!names.incomplete) {
      const early = names.explain(name);
      const hint = () =>
        suggestion(name, names.all) ??
        `declare it: \`vars: {${name}: …}\`; or write \`$\${\` for the two characters`;
      if (early === undefined) {
        this.#source.report(
          "UNKNOWN_VARIABLE",
          range,
          `there is no variable ${quote(name)}`,
          hint,
          variableSubject(name),
        );
      } else {
        this.#source.report(
          "UNKNOWN_VARIABLE",
          range,
          `the variable ${quote(name)} has no value here`,
          early,
        );
      }
    }
    return brokenNode(range);
  }
}

type Piece = Template[number];

function ofPieces(node: ScalarNode, pieces: readonly Piece[]): ScalarNode {
  const text = pieces.map((piece) => (typeof piece === "string" ? piece : `\${${piece.variable}}`)).join("");
  const whole = pieces.filter((piece) => piece !== "");
  const isKnown = whole.every((piece) => typeof piece === "string");
  return isKnown ? { ...node, text, value: text } : { ...node, text, value: text, template: whole };
}

/** Puts in what was not known before. What refers to a variable without a value stays as it is. */
export function bind(
  node: SourceNode,
  values: ReadonlyMap<string, Pick<ScalarNode, "value" | "text">>,
): SourceNode {
  switch (node.kind) {
    case "list":
      return { ...node, items: node.items.map((item) => bind(item, values)) };
    case "map": {
      const entries = node.entries.map((entry) => ({ ...entry, value: bind(entry.value, values) }));
      return { ...node, entries };
    }
    case "scalar": {
      if (node.template === undefined || unboundIn(node).some((name) => !values.has(name))) return node;
      const { template, ...plain } = node;
      const pieces = template.map((piece) => {
        return typeof piece === "string" ? piece : (values.get(piece.variable)?.text ?? "");
      });
      const text = pieces.join("");
      const [only] = template;
      const whole = typeof only === "object" && template.length === 1 ? values.get(only.variable) : undefined;
      return { ...plain, text, value: whole === undefined ? text : whole.value };
    }
  }
}

/** The variables whose values a node waits for. */
export function unboundIn(node: SourceNode): readonly string[] {
  if (node.kind === "list") return node.items.flatMap(unboundIn);
  if (node.kind === "map") return node.entries.flatMap(({ value }) => unboundIn(value));
  return (node.template ?? []).flatMap((piece) => (typeof piece === "string" ? [] : [piece.variable]));
}

/** Finds the references of a scalar in the file, one after the other; where quotes and escapes hide one, the scalar. */
class ReferencePlaces {
  readonly #node: Range;
  readonly #raw: string;
  #from = 0;

  constructor(node: Range, text: string) {
    this.#node = node;
    this.#raw = text.slice(node.start, node.end);
  }

  next(reference: string): Range {
    const at = this.#from === -1 ? -1 : this.#raw.indexOf(reference, this.#from);
    this.#from = at === -1 ? -1 : at + reference.length;
    if (at === -1) return this.#node;
    const start = this.#node.start + at;
    return { start, end: start + reference.length };
  }
}
