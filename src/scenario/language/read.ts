import { z } from "zod";
import {
  alternativesOf,
  type Conformed,
  conform,
  innerOf,
  type NameUse,
  objectFor,
  reportPlanned,
} from "./conform.ts";
import { type Complaint, planned } from "./grammar/annotations.ts";
import { entryOf, holdsBroken, isBroken, isUnbound, kindOf, quote, type SourceNode } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { suggestion } from "./suggest.ts";

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface Read<T> {
  /** `undefined` when there are problems with it; they have been reported. */
  readonly value: T | undefined;
  /** All names in it, even then. */
  readonly names: readonly NameUse[];
  /** With its keys spelled as they were meant. */
  readonly node: SourceNode;
}

/** Reads a node as a schema says. `holder` is where a problem of the node as a whole is shown, such as its key. */
export function read<T>(schema: z.ZodType<T>, node: SourceNode, holder: Range, source: SourceText): Read<T> {
  const conformed = conform(node, schema, source);
  const result = schema.safeParse(conformed.value);
  if (!result.success) {
    const reporter = new IssueReporter(schema, conformed, holder, source);
    for (const issue of result.error.issues) reporter.report(issue, []);
  }
  return { value: result.data, names: conformed.names, node: conformed.node };
}

/** Turns what zod found into problems: in words of the language, at the place in the file. */
class IssueReporter {
  readonly #schema: Schema;
  readonly #conformed: Conformed;
  readonly #holder: Range;
  readonly #source: SourceText;

  constructor(schema: Schema, conformed: Conformed, holder: Range, source: SourceText) {
    this.#schema = schema;
    this.#conformed = conformed;
    this.#holder = holder;
    this.#source = source;
  }

  report(issue: Issue, before: Path): void {
    const path = [...before, ...issue.path];
    const spot = this.#spotAt(path);
    if (spot.broken) return;
    const { node } = spot;
    switch (issue.code) {
      case "custom":
        this.#reportComplaint(issue.message, issue.params ?? {}, spot);
        return;
      case "invalid_key":
        for (const inner of issue.issues) {
          if (inner.code === "custom") {
            this.#reportComplaint(inner.message, { ...inner.params, atKey: true }, spot);
          }
        }
        return;
      case "invalid_union":
        this.#reportUnion(issue, path, spot);
        return;
      case "invalid_value": {
        if (node === undefined) {
          this.#reportMissing(path, spot);
          return;
        }
        const words = issue.values.map(String);
        if (node.kind !== "scalar" || node.empty) {
          this.#reportType(path, node, spot);
          return;
        }
        const later = alternativesOf(this.#schemaAt(path)).flatMap(
          (schema) => planned.get(schema)?.words ?? [],
        );
        if (later.includes(node.text)) {
          reportPlanned(node.text, node, this.#source);
          return;
        }
        if (words.length === 1) {
          this.#reportType(path, node, spot);
          return;
        }
        const hint = suggestion(node.text, words, later);
        this.#source.report("UNKNOWN_VALUE", node, `unknown value ${quote(node.text)}`, hint);
        return;
      }
      case "too_small":
      case "too_big":
        this.#reportSize(issue.code, path, node, spot);
        return;
      default:
        if (node === undefined) this.#reportMissing(path, spot);
        else this.#reportType(path, node, spot);
    }
  }

  /** The alternative that takes this kind of value tells best what is wrong with it. */
  #reportUnion(issue: Extract<Issue, { code: "invalid_union" }>, path: Path, spot: Spot): void {
    if (spot.node === undefined) {
      this.#reportMissing(path, spot);
      return;
    }
    const fitting = issue.errors[this.#optionFor(path, spot.node, issue)];
    if (fitting === undefined) {
      this.#reportType(path, spot.node, spot);
      return;
    }
    for (const inner of fitting) this.report(inner, path);
  }

  /** Which of a union's options a node was meant to be; -1 when it can be none of them. */
  #optionFor(path: Path, node: SourceNode, { errors }: Extract<Issue, { code: "invalid_union" }>): number {
    const union = this.#schemaAt(path);
    const options = optionsOf(union);
    if (node.kind === "map" && options.length === errors.length) {
      const meant = objectFor(node, alternativesOf(union));
      const index = options.findIndex(
        (option) => meant !== undefined && alternativesOf(option).includes(meant),
      );
      if (index >= 0) return index;
    }
    return errors.findIndex(
      (issues) => issues.length > 0 && !issues.some((inner) => inner.path.length === 0 && isMismatch(inner)),
    );
  }

  #reportComplaint(message: string, params: Partial<Complaint>, spot: Spot): void {
    const { code = "BAD_VALUE", hint, atKey = false } = params;
    // Beside a key that nobody understood nothing can be said to be missing.
    if (code === "MISSING" && spot.incomplete) return;
    const range = atKey || spot.node === undefined ? spot.holder : spot.node;
    this.#source.report(code, range, message, hint);
  }

  #reportMissing(path: Path, spot: Spot): void {
    if (spot.incomplete) return;
    const expected = describe(this.#schemaAt(path));
    const hint = expected === undefined ? undefined : `it takes ${expected}`;
    this.#source.report("MISSING", spot.holder, `the key ${quote(String(path.at(-1)))} is missing`, hint);
  }

  #reportType(path: Path, node: SourceNode, spot: Spot): void {
    // None of a union's options takes what is broken, and so none seems to be meant.
    if (holdsBroken(node)) return;
    const expected = describe(this.#schemaAt(path)) ?? "something else";
    const empty = node.kind === "scalar" && node.empty;
    const wrongKind = `expected ${expected}, got ${kindOf(node)}`;
    this.#source.report("WRONG_TYPE", empty ? spot.holder : node, wrongKind, typeHint(node, expected));
  }

  #reportSize(code: "too_small" | "too_big", path: Path, node: SourceNode | undefined, spot: Spot): void {
    if (node === undefined) {
      this.#reportMissing(path, spot);
      return;
    }
    const expected = describe(this.#schemaAt(path)) ?? "something else";
    if (node.kind === "scalar" && typeof node.value === "number") {
      const message = `expected ${expected}, got ${quote(node.text)}`;
      this.#source.report("OUT_OF_RANGE", node, message);
    } else {
      const message = code === "too_small" ? "nothing stands here" : "too much stands here";
      this.#source.report("MISSING", node, message, `write ${expected}`);
    }
  }

  #spotAt(path: Path): Spot {
    let node: SourceNode | undefined = this.#conformed.node;
    let holder = this.#holder;
    let incomplete = node.kind === "map" && node.incomplete;
    for (const step of path) {
      if (node?.kind === "map") {
        incomplete = node.incomplete;
        const entry = entryOf(node, String(step));
        if (entry !== undefined) holder = entry.keyRange;
        node = entry?.value;
      } else {
        node = node?.kind === "list" ? node.items[Number(step)] : undefined;
        if (node !== undefined) holder = node;
      }
      if (node === undefined) break;
    }
    if (node?.kind === "map") incomplete = node.incomplete;
    const broken = node !== undefined && (isBroken(node) || (node.kind === "scalar" && isUnbound(node)));
    return { node, holder, incomplete, broken };
  }

  #schemaAt(path: Path): Schema {
    let schema = this.#schema;
    for (const step of path) {
      const inside: Schema | undefined = alternativesOf(schema)
        .map((alternative) => insideOf(alternative, step))
        .find((found) => found !== undefined);
      if (inside === undefined) return z.unknown();
      schema = inside;
    }
    return schema;
  }
}

/** Where in the file an issue stands. */
interface Spot {
  readonly node: SourceNode | undefined;
  /** The key of the node; when there is no node, the key of the map that lacks it. */
  readonly holder: Range;
  readonly incomplete: boolean;
  readonly broken: boolean;
}

function isMismatch(issue: Issue): boolean {
  return issue.code === "invalid_type";
}

function insideOf(schema: Schema, step: PropertyKey): Schema | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(step)];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function optionsOf(schema: Schema): readonly Schema[] {
  if (schema instanceof z.ZodUnion) return schema.options;
  const inner = innerOf(schema);
  return inner === undefined ? [] : optionsOf(inner);
}

/** The description of a schema, or of what it is wrapped round. */
function describe(schema: Schema): string | undefined {
  const description = z.globalRegistry.get(schema)?.description;
  if (description !== undefined) return description;
  const inner = innerOf(schema);
  return inner === undefined ? undefined : describe(inner);
}

const FALSE_FRIENDS: { readonly [word: string]: boolean } = {
  yes: true,
  on: true,
  y: true,
  no: false,
  off: false,
  n: false,
};

function typeHint(node: SourceNode, expected: string): string | undefined {
  if (node.kind === "scalar" && expected.startsWith("`true`")) {
    const meant = FALSE_FRIENDS[node.text.toLowerCase()];
    return meant === undefined ? undefined : `write \`${meant}\`: in YAML 1.2 ${quote(node.text)} is a text`;
  }
  if (node.kind === "scalar" && typeof node.value === "string" && /number|version/.test(expected)) {
    return Number.isNaN(Number(node.value)) || node.value === "" ? undefined : "leave the quotes out";
  }
  return undefined;
}
