/** YAML 1.2 to {@link SourceNode}s. The one file that knows the `yaml` package. */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import type { ListNode, MapEntry, MapNode, ScalarNode, SourceNode } from "./source-node.ts";
import { brokenNode, quote } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { suggestion } from "./suggest.ts";
import { reportSyntax } from "./yaml-syntax.ts";

/** Levels of nesting. The deepest scenario that makes sense has about ten; it keeps recursion off the stack's end. */
const HEIGHT_MAX = 64;

/** Nodes with all aliases followed: a dozen lines of aliases of aliases can stand for billions. */
const NODES_MAX = 20_000;

/**
 * `undefined` when the text is no YAML, or nothing; what is wrong is reported to `source`.
 *
 * @param beginning How files of this kind begin, such as `scenario: 1`.
 */
export function parseYaml(source: SourceText, beginning: string): SourceNode | undefined {
  const document = parseDocument(source.text, {
    keepSourceTokens: true,
    // "silent" would also keep quiet about a second document.
    logLevel: "error",
    prettyErrors: false,
    // Checked below, in linear time.
    uniqueKeys: false,
  });
  // One error of syntax is enough: those behind the first are mostly its echoes.
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    reportSyntax(fault, source);
    return undefined;
  }
  if (document.directives?.yaml.version !== "1.2") {
    const start = Math.max(0, source.text.indexOf("%YAML"));
    const range = { start, end: start + "%YAML 1.1".length };
    source.report("SYNTAX", range, "scenarios are written in YAML 1.2", "leave this line out");
    return undefined;
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.source === "")) {
    source.report("EMPTY", { start: 0, end: 0 }, "the file is empty", `begin with \`${beginning}\``);
    return undefined;
  }
  return new Builder(source).build(document.contents, 1);
}

class Builder {
  readonly #source: SourceText;
  /** `undefined` while the anchored node itself is being built. */
  readonly #anchors = new Map<string, SourceNode | undefined>();
  #nodes = 0;

  constructor(source: SourceText) {
    this.#source = source;
  }

  build(node: Node, depth: number): SourceNode {
    const range = rangeOf(node);
    if (isAlias(node)) return this.#follow(node.source, range, depth);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const built = this.#buildContent(node, range, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, built);
    return built;
  }

  #buildContent(node: Node, range: Range, depth: number): SourceNode {
    this.#nodes += 1;
    if (depth > HEIGHT_MAX || this.#nodes > NODES_MAX) return this.#tooMuch(range, depth);
    if (isMap(node)) return this.#buildMap(node, range, depth);
    if (!isSeq(node)) return this.#buildScalar(node, range);
    const items = node.items.map((item) => this.build(item as Node, depth + 1));
    return { kind: "list", items, ...range, ...measure(items) } satisfies ListNode;
  }

  #buildMap(node: YAMLMap, range: Range, depth: number): MapNode {
    const entries = new Map<string, MapEntry>();
    let incomplete = false;
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const entry = this.#buildEntry(pair, range, depth);
      const earlier = entry && entries.get(entry.key);
      if (entry === undefined) {
        incomplete = true;
      } else if (earlier === undefined) {
        entries.set(entry.key, entry);
      } else {
        const { line, column } = this.#source.placeAt(earlier.keyRange.start);
        const message = `the key ${quote(entry.key)} stands twice in one map`;
        this.#source.report(
          "DUPLICATE_KEY",
          entry.keyRange,
          message,
          `the first stands at ${line}:${column}`,
        );
      }
    }
    const list = [...entries.values()];
    const size = measure(list.map((entry) => entry.value));
    return { kind: "map", entries: list, incomplete, ...range, ...size };
  }

  #buildEntry(pair: Pair<Node | null, Node | null>, map: Range, depth: number): MapEntry | undefined {
    const key = pair.key === null ? undefined : this.build(pair.key, depth + 1);
    // What is wrong with it has been said.
    if (key?.kind === "scalar" && key.broken) return undefined;
    const keyRange = key ?? map;
    if (key?.kind !== "scalar" || key.text === "" || key.text === "__proto__") {
      this.#source.report("BAD_KEY", keyRange, "a key must be a word", "write `key: value`");
      return undefined;
    }
    const value = pair.value === null ? nothingAt(keyRange.end) : this.build(pair.value, depth + 1);
    return { key: key.text, keyRange: { start: key.start, end: key.end }, value };
  }

  #buildScalar(node: Node, range: Range): ScalarNode {
    const value: unknown = isScalar(node) ? node.value : null;
    const source = isScalar(node) ? (node.source ?? "") : "";
    const known = typeof value === "number" || typeof value === "boolean" || value === null;
    if (typeof value === "string" && !value.isWellFormed()) {
      this.#source.report("CONTROL_CHARACTER", range, "half of a surrogate pair is not a character");
    }
    return {
      kind: "scalar",
      value: known ? value : String(value),
      text: typeof value === "string" ? value : source,
      empty: value === null && source === "",
      broken: false,
      ...range,
      size: 1,
      height: 1,
    };
  }

  #follow(name: string, range: Range, depth: number): SourceNode {
    const target = this.#anchors.get(name);
    if (target !== undefined) {
      this.#nodes += target.size;
      const fits = this.#nodes <= NODES_MAX && depth + target.height - 1 <= HEIGHT_MAX;
      return fits ? target : this.#tooMuch(range, depth + target.height - 1);
    }
    if (this.#anchors.has(name)) {
      this.#source.report(
        "BAD_ALIAS",
        range,
        `the alias ${quote(`*${name}`)} stands inside what it stands for`,
      );
    } else {
      const hint = () =>
        suggestion(name, this.#anchors.keys()) ?? `mark what it stands for with \`&${name}\``;
      this.#source.report(
        "BAD_ALIAS",
        range,
        `the alias ${quote(`*${name}`)} stands for nothing above it`,
        hint,
      );
    }
    return brokenNode(range);
  }

  /** One such problem says it all; the rest of the file is not looked at. */
  #tooMuch(range: Range, depth: number): SourceNode {
    if (depth > HEIGHT_MAX && this.#nodes <= 2 * NODES_MAX) {
      const hint = "put the inner steps into a file of their own, and `call` it";
      this.#source.report("TOO_DEEP", range, `nested more than ${HEIGHT_MAX} levels deep`, hint);
      this.#nodes = 2 * NODES_MAX + 1;
    } else if (this.#nodes <= 2 * NODES_MAX) {
      this.#source.report(
        "TOO_LARGE",
        range,
        `more than ${NODES_MAX} values, aliases counted wherever they stand`,
      );
      this.#nodes = 2 * NODES_MAX + 1;
    }
    return brokenNode(range);
  }
}

function rangeOf(node: Node): Range {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

function nothingAt(offset: number): ScalarNode {
  return { ...brokenNode({ start: offset, end: offset }), broken: false };
}

function measure(children: readonly SourceNode[]): { readonly size: number; readonly height: number } {
  let size = 1;
  let height = 0;
  for (const child of children) {
    size += child.size;
    height = Math.max(height, child.height);
  }
  return { size, height: height + 1 };
}
