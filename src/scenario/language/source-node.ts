import type { Scalar } from "./patterns.ts";
import type { Range } from "./source-text.ts";

/** What stands in a scenario file, and where. Aliases are followed: a node may have several holders. */
export type SourceNode = ScalarNode | ListNode | MapNode;

interface NodeCommon extends Range {
  /** Nodes in it, itself included, aliases counted as often as they stand. */
  readonly size: number;
  /** Levels of nesting: 1 for a scalar. */
  readonly height: number;
}

export interface ScalarNode extends NodeCommon {
  readonly kind: "scalar";
  readonly value: Scalar;
  /** As written: `1.0`, `0x10` and `null` for themselves; without the quotes, with escapes replaced. */
  readonly text: string;
  /** Nothing at all is written. */
  readonly empty: boolean;
  /** A problem with it has been reported; it stands for whatever would be right. */
  readonly broken: boolean;
  /** Of a text that refers to values which are known only when the scenario runs. */
  readonly template?: Template;
}

/** Pieces of a text, in their order, and between them the names of variables. */
export type Template = readonly (string | { readonly variable: string })[];

export interface ListNode extends NodeCommon {
  readonly kind: "list";
  readonly items: readonly SourceNode[];
}

export interface MapNode extends NodeCommon {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
  /** A key of it was reported and dropped, so what is missing may be what that key was meant to be. */
  readonly incomplete: boolean;
}

export interface MapEntry {
  readonly key: string;
  readonly keyRange: Range;
  readonly value: SourceNode;
}

export function entryOf(node: SourceNode | undefined, key: string): MapEntry | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** What stands in the map under `key`, if there is one. */
export function entriesUnder(node: SourceNode | undefined, key: string): readonly MapEntry[] {
  const value = entryOf(node, key)?.value;
  return value?.kind === "map" ? value.entries : [];
}

/** The text of the scalar under `key`, if there is one. */
export function textUnder(node: SourceNode | undefined, key: string): string | undefined {
  const value = entryOf(node, key)?.value;
  return value?.kind === "scalar" && !value.broken ? value.text : undefined;
}

export function isBroken(node: SourceNode): boolean {
  return node.kind === "scalar" && node.broken;
}

/** Whether something is wrong in it that was reported already. */
export function holdsBroken(node: SourceNode): boolean {
  if (node.kind === "list") return node.items.some(holdsBroken);
  return node.kind === "map" ? node.entries.some(({ value }) => holdsBroken(value)) : node.broken;
}

/** Whether something in it is known only when the scenario runs. */
export function isUnbound(node: SourceNode): boolean {
  if (node.kind === "scalar") return node.template !== undefined;
  return node.kind === "list"
    ? node.items.some(isUnbound)
    : node.entries.some(({ value }) => isUnbound(value));
}

/** A scalar that stands for whatever would be right at `range`, after a problem there was reported. */
export function brokenNode(range: Range): ScalarNode {
  const { start, end, file } = range;
  const place = file === undefined ? { start, end } : { start, end, file };
  return { kind: "scalar", value: null, text: "", empty: true, broken: true, ...place, size: 1, height: 1 };
}

/** How a node is named in a message: `a list`, `the number 5`, `nothing`. */
export function kindOf(node: SourceNode): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.empty) return "nothing";
  if (typeof node.value === "string") return `the text ${quote(node.value)}`;
  return typeof node.value === "number" ? `the number ${quote(node.text)}` : quote(node.text);
}

const QUOTED_CHARS_MAX = 60;

/** The file's own words in a message: on one line, cut when long. */
export function quote(text: string): string {
  const short = text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text;
  return `\`${short.replaceAll(/\p{C}/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)}\``;
}
