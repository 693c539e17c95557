import type { MapNode, ScalarNode, SourceNode } from "./source-node.ts";
import { brokenNode, quote } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { suggestion } from "./suggest.ts";

/** Values by the name of their variable. */
export type Variables = ReadonlyMap<string, ScalarNode>;

/** Longer texts are of no use to anybody, and variables of variables can double one line by line. */
const TEXT_CHARS_MAX = 16_384;

/** All texts that one file's references make: a matrix makes them again for each of its cases. */
const FILE_CHARS_MAX = 4_194_304;

const NAME = /^[A-Za-z_][\w-]*$/;

/** `$${`, which stands for `${`; or `${...}`; or a `${` that nothing closes. */
const REFERENCE = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;

export function isVariableName(text: string): boolean {
  return NAME.test(text);
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
  apply(node: SourceNode, variables: Variables): SourceNode {
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

  #applyToMap(node: MapNode, variables: Variables): MapNode {
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
  #applyToScalar(node: ScalarNode, variables: Variables): ScalarNode {
    if (typeof node.value !== "string" || !node.text.includes("${")) return node;
    const places = new ReferencePlaces(node, this.#source.text);
    const pieces: string[] = [];
    let [copied, chars, broken] = [0, 0, false];
    for (const match of node.text.matchAll(REFERENCE)) {
      const [reference, name] = match;
      const escaped = reference === "$${";
      const variable = escaped ? undefined : this.#lookUp(name, places.next(reference), variables);
      if (variable !== undefined && reference === node.text) {
        return { ...variable, start: node.start, end: node.end };
      }
      const value = variable?.text ?? "${";
      broken ||= variable?.broken === true;
      pieces.push(node.text.slice(copied, match.index), value);
      copied = match.index + reference.length;
      chars += value.length;
      if (chars > TEXT_CHARS_MAX) break;
    }
    pieces.push(node.text.slice(copied));
    this.#charsLeft -= node.text.length + chars;
    if (broken) return brokenNode(node);
    if (chars > TEXT_CHARS_MAX || this.#charsLeft < 0) {
      this.#source.report("TOO_LARGE", node, "with its variables put in, this text is too long");
      return brokenNode(node);
    }
    const text = pieces.join("");
    return { ...node, text, value: text };
  }

  #lookUp(name: string | undefined, range: Range, variables: Variables): ScalarNode {
    const variable = name === undefined ? undefined : variables.get(name);
    if (variable !== undefined) return variable;
    if (name === undefined || !NAME.test(name)) {
      const message = `\`\${\` begins a reference such as \`\${name}\``;
      this.#source.report("BAD_REFERENCE", range, message, "write `$${` for the two characters themselves");
    } else {
      const hint = () =>
        suggestion(name, variables.keys()) ??
        `declare it: \`vars: {${name}: …}\`; or write \`$\${\` for the two characters`;
      this.#source.report("UNKNOWN_VARIABLE", range, `there is no variable ${quote(name)}`, hint);
    }
    return brokenNode(range);
  }
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
