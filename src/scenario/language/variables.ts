import type { ScalarNode, SourceNode } from "./source-node.ts";
import { brokenNode, entriesUnder, entryOf, quote } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { namesOf, referencesIn, type Substitution, type Variables } from "./substitution.ts";

/** One combination of a matrix's values; a file without a matrix has one case. */
export interface Case {
  readonly variables: Variables;
  /** What the name of its scenario needs to differ from the others: `count=3, text=hi`, or nothing. */
  readonly label: string;
}

/** A thousand runs of one file is a load test, not a matrix. */
const CASES_MAX = 1_000;

/** Values to be checked, over all cases. */
const CASE_NODES_MAX = 500_000;

/** Reads `vars` and `matrix`, and multiplies the matrix out. `undefined` when that gives too much. */
export function readCases(
  root: SourceNode,
  substitution: Substitution,
  source: SourceText,
): readonly Case[] | undefined {
  const variables = readVariables(root, substitution);
  const axes = readMatrix(root, variables, substitution, source);
  let count = 1;
  for (const values of axes.values()) count *= values.length;
  if (count > CASES_MAX || count * root.size > CASE_NODES_MAX) {
    const range = entryOf(root, "matrix")?.keyRange ?? root;
    source.report("TOO_LARGE", range, `the matrix gives ${count} cases, too many for a file of this size`);
    return undefined;
  }
  const name = entryOf(root, "name")?.value;
  const mentioned = referencesIn(name?.kind === "scalar" ? name.text : "");
  const unmentioned = [...axes.keys()].filter((axis) => !mentioned.has(axis));
  return multiply(axes).map((values) => ({
    variables: new Map([...variables, ...values]),
    label: unmentioned.map((axis) => `${axis}=${values.get(axis)?.text ?? ""}`).join(", "),
  }));
}

/** A variable may use those above it. */
export function readVariables(root: SourceNode, substitution: Substitution): Variables {
  const variables = new Map<string, ScalarNode>();
  for (const { key, value } of entriesUnder(root, "vars")) {
    const node = asScalar(substitution.apply(value, namesOf(variables)));
    // A parameter: its value comes from whoever calls the file.
    const isOpen = node.empty && !node.broken;
    variables.set(key, isOpen ? { ...node, template: [{ variable: key }] } : node);
  }
  return variables;
}

/** The values that each variable of the matrix takes in turn. They may use `vars`. */
function readMatrix(
  root: SourceNode,
  variables: Variables,
  substitution: Substitution,
  source: SourceText,
): ReadonlyMap<string, readonly ScalarNode[]> {
  const axes = new Map<string, readonly ScalarNode[]>();
  for (const { key, keyRange, value } of entriesUnder(root, "matrix")) {
    if (variables.has(key)) {
      source.report("DUPLICATE_NAME", keyRange, `${quote(key)} is a variable in \`vars\` already`);
    }
    const values = substitution.apply(value, namesOf(variables));
    const list = values.kind === "list" && values.items.length > 0 ? values.items : [brokenNode(values)];
    axes.set(key, list.map(asScalar));
  }
  return axes;
}

/** The cartesian product, the last axis turning fastest. */
function multiply(axes: ReadonlyMap<string, readonly ScalarNode[]>): readonly Variables[] {
  let cases: readonly Variables[] = [new Map()];
  for (const [axis, values] of axes) {
    cases = cases.flatMap((before) => values.map((value) => new Map([...before, [axis, value]])));
  }
  return cases;
}

/** Another shape is reported where the whole file is checked. */
function asScalar(node: SourceNode): ScalarNode {
  return node.kind === "scalar" ? node : brokenNode(node);
}
