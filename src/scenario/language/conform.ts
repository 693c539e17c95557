import { z } from "zod";
import { planned, type Role, roles, samples } from "./grammar/annotations.ts";
import type { ListNode, MapEntry, MapNode, ScalarNode, SourceNode } from "./source-node.ts";
import { entryOf, quote } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { nearest, suggestion } from "./suggest.ts";

type Schema = z.core.$ZodType;

/** A place at which the grammar says that a name stands. */
export interface NameUse {
  readonly role: Role;
  readonly text: string;
  readonly range: Range;
  readonly source: SourceText;
  /** Of a key the value under it, of a value the map that holds it: some roles depend on it. */
  readonly beside: SourceNode | undefined;
}

export interface Conformed {
  /** The node as it was meant: misspelled keys stand as the words they were taken for. */
  readonly node: SourceNode;
  /** For the schema to check. */
  readonly value: unknown;
  readonly names: readonly NameUse[];
}

/**
 * Brings a node into the shape that a schema describes, as far as it goes: unknown keys are reported and read as what
 * they were meant to be, so that one slip is one problem. A scalar becomes its source text where a text is
 * asked for (`text: 1.0` is the three characters), and its value elsewhere.
 */
export function conform(node: SourceNode, schema: Schema, source: SourceText): Conformed {
  const walk = new Walk(source);
  return { ...walk.visit(node, schema, undefined), names: walk.names };
}

/** The schemas of which a value must match one, without what is wrapped round them. */
export function alternativesOf(schema: Schema): readonly Schema[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternativesOf);
  const inner = innerOf(schema);
  return inner === undefined ? [schema] : alternativesOf(inner);
}

/** What a schema is wrapped round; `undefined` when it is none of the wrappers that the grammar uses. */
export function innerOf(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodPipe) return schema.in;
  const wraps =
    schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault;
  return wraps ? schema.unwrap() : undefined;
}

class Walk {
  readonly #source: SourceText;
  readonly names: NameUse[] = [];

  constructor(source: SourceText) {
    this.#source = source;
  }

  visit(node: SourceNode, schema: Schema, holder: MapNode | undefined): { node: SourceNode; value: unknown } {
    const alternatives = alternativesOf(schema);
    if (node.kind === "list") return this.#visitList(node, alternatives);
    if (node.kind === "map") return this.#visitMap(node, alternatives);
    for (const alternative of alternatives) this.#noteName(alternative, node, holder);
    if (node.empty && !node.broken && alternatives.some(takesNothing)) {
      const { start, end } = node;
      return this.visit(
        { kind: "map", entries: [], incomplete: false, start, end, size: 1, height: 1 },
        schema,
        holder,
      );
    }
    return { node, value: scalarValue(node, alternatives) };
  }

  #visitList(node: ListNode, alternatives: readonly Schema[]): { node: SourceNode; value: unknown } {
    const array = alternatives.find((schema) => schema instanceof z.ZodArray);
    const visited = node.items.map((item) => this.visit(item, array?.element ?? z.unknown(), undefined));
    const items = visited.map((item) => item.node);
    return { node: { ...node, items }, value: visited.map((item) => item.value) };
  }

  #visitMap(node: MapNode, alternatives: readonly Schema[]): { node: SourceNode; value: unknown } {
    const object = objectFor(node, alternatives);
    const record =
      object === undefined ? alternatives.find((schema) => schema instanceof z.ZodRecord) : undefined;
    const meant = object === undefined ? node : spellKeys(node, object, this.#source);
    const entries: MapEntry[] = [];
    const value: Record<string, unknown> = {};
    for (const entry of meant.entries) {
      if (record !== undefined) this.#noteKey(record.keyType, entry);
      const schema = object?.shape[entry.key] ?? record?.valueType ?? z.unknown();
      const visited = this.visit(entry.value, schema, meant);
      entries.push({ ...entry, value: visited.node });
      value[entry.key] = visited.value;
    }
    return { node: { ...meant, entries }, value };
  }

  #noteName(schema: Schema, node: ScalarNode, beside: MapNode | undefined): void {
    const role = roles.get(schema)?.role;
    if (role !== undefined && !node.broken && !node.empty && node.template === undefined) {
      this.names.push({ role, text: node.text, range: node, source: this.#source.at(node), beside });
    }
  }

  #noteKey(schema: Schema, { key, keyRange, value }: MapEntry): void {
    const role = roles.get(schema)?.role;
    if (role === undefined) return;
    this.names.push({ role, text: key, range: keyRange, source: this.#source, beside: value });
  }
}

/**
 * The map that a node was meant to be: of several the one that knows most of its keys. Where any keys may stand, too, one of
 * fixed keys is meant only when it has a key that it needs, or nearly has it beside another of its keys.
 */
export function objectFor(node: MapNode, alternatives: readonly Schema[]): z.ZodObject | undefined {
  const objects = alternatives.filter((schema) => schema instanceof z.ZodObject);
  const [first, ...more] = objects;
  if (first === undefined) return undefined;
  if (alternatives.some((schema) => schema instanceof z.ZodRecord)) {
    return objects.find((object) => {
      const needed = Object.keys(object.shape).filter((key) => isNeeded(object, key));
      const others = node.entries.filter(({ key }) => key in object.shape);
      return node.entries.some(({ key }) => {
        return needed.includes(key) || (others.length > 0 && nearest(key, needed) !== undefined);
      });
    });
  }
  const known = (object: z.ZodObject) => {
    const keys = Object.keys(object.shape);
    return node.entries.reduce((sum, { key }) => {
      return sum + (keys.includes(key) ? 2 : nearest(key, keys) === undefined ? 0 : 1);
    }, 0);
  };
  return more.reduce((best, object) => (known(object) > known(best) ? object : best), first);
}

/** Reports the keys that the schema does not know, and gives those that are nearly right their spelling; the rest go. */
export function spellKeys(node: MapNode, schema: z.ZodObject, source: SourceText): MapNode {
  const known = Object.keys(schema.shape);
  const later = planned.get(schema)?.words ?? [];
  const missing = known.filter((key) => entryOf(node, key) === undefined);
  // Of two that are as near, the one that must stand there was meant.
  const free = new Set(missing.toSorted((a, b) => Number(isNeeded(schema, b)) - Number(isNeeded(schema, a))));
  const entries: MapEntry[] = [];
  for (const entry of node.entries) {
    const { key, keyRange } = entry;
    if (known.includes(key)) {
      entries.push(entry);
    } else if (later.includes(key)) {
      reportPlanned(key, keyRange, source);
    } else {
      source.report("UNKNOWN_KEY", keyRange, `unknown key ${quote(key)}`, keyHint(key, free, later));
      const meant = nearest(key, free);
      if (meant === undefined) continue;
      free.delete(meant);
      entries.push({ ...entry, key: meant });
    }
  }
  return { ...node, entries, incomplete: node.incomplete || entries.length < node.entries.length };
}

export function reportPlanned(word: string, range: Range, source: SourceText): void {
  const message = `${quote(word)} is not supported yet`;
  source.report(
    "NOT_SUPPORTED_YET",
    range,
    message,
    "it is part of the language, and a later version will read it",
  );
}

function keyHint(key: string, free: ReadonlySet<string>, later: readonly string[]): string | undefined {
  if (free.size === 0 && later.length === 0) return "no key can stand here";
  return suggestion(key, free, later);
}

/** `settle:` and `clients: {alice, bob}`: nothing is an empty map where a map needs no key. */
function takesNothing(schema: Schema): boolean {
  return schema instanceof z.ZodObject && !Object.keys(schema.shape).some((key) => isNeeded(schema, key));
}

/** Whether a key must stand in a map. */
export function isNeeded(schema: z.ZodObject, key: string): boolean {
  const field = schema.shape[key];
  return !(
    field instanceof z.ZodExactOptional ||
    field instanceof z.ZodOptional ||
    field instanceof z.ZodDefault
  );
}

function scalarValue(node: ScalarNode, alternatives: readonly Schema[]): unknown {
  if (node.template !== undefined) return sampleFor(node, alternatives);
  if (node.empty) return null;
  const type = typeof node.value;
  const asValue = alternatives.some((schema) => acceptsValue(schema, type));
  const asText = alternatives.some((schema) => schema instanceof z.ZodString || schema instanceof z.ZodEnum);
  return asText && !asValue ? node.text : node.value;
}

/** Something right for a value that is not known yet, so that all that is known can be checked. */
function sampleFor(node: ScalarNode, alternatives: readonly Schema[]): unknown {
  for (const schema of alternatives) {
    if (schema instanceof z.ZodString) return samples.get(schema)?.sample ?? node.text;
    if (schema instanceof z.ZodEnum) return schema.options[0];
    if (schema instanceof z.ZodNumber) return 1;
    if (schema instanceof z.ZodBoolean || schema instanceof z.ZodLiteral) return true;
  }
  return node.text;
}

function acceptsValue(schema: Schema, type: string): boolean {
  if (schema instanceof z.ZodNumber) return type === "number";
  if (schema instanceof z.ZodBoolean || schema instanceof z.ZodLiteral) return type === "boolean";
  return false;
}
