/** A value as it shall be: a scalar, which stands for `equals`, or one operator. */
import { z } from "zod";
import type { Comparison, Scalar } from "../patterns.ts";
import { compile } from "../regular-expression.ts";
import { complain, fieldsOf, samples, shared, withOneOf } from "./annotations.ts";
import { anyText, flag } from "./scalars.ts";

const PATTERN_CHARS_MAX = 1_000;

/** A regular expression in the syntax of JavaScript, with the flag `u`; found anywhere in a text. */
export const regularExpression = z
  .string()
  .describe("a regular expression")
  .register(samples, { sample: "." })
  .transform((pattern, context) => {
    if (pattern.length > PATTERN_CHARS_MAX) {
      const message = `a regular expression has at most ${PATTERN_CHARS_MAX} characters`;
      return complain(context, { code: "OUT_OF_RANGE", message });
    }
    const compiled = compile(pattern, "u");
    if (compiled instanceof RegExp) return compiled;
    const message = `this regular expression does not compile: ${compiled}`;
    return complain(context, { code: "BAD_PATTERN", message });
  });

export const operatorNames = [
  "equals",
  "not",
  "matches",
  "contains",
  "oneOf",
  "gt",
  "gte",
  "lt",
  "lte",
  "exists",
] as const;

const number = z.number().describe("a number");

/** The operators as keys of a map. `leaf` is the schema of what is compared with. */
export function operatorShape<Leaf extends z.ZodType<Scalar>>(leaf: Leaf) {
  return {
    equals: leaf.exactOptional(),
    not: leaf.exactOptional(),
    matches: regularExpression.exactOptional(),
    contains: anyText.exactOptional(),
    oneOf: z.array(leaf).min(1).describe("a list of values").exactOptional(),
    gt: number.exactOptional(),
    gte: number.exactOptional(),
    lt: number.exactOptional(),
    lte: number.exactOptional(),
    exists: flag.exactOptional(),
  };
}

export const operatorDocs = {
  equals: "It is exactly this. Numbers are compared as numbers, everything else as text.",
  not: "It is anything but this.",
  matches:
    "This regular expression (JavaScript, flag `u`) is found somewhere in it. What a named group `(?<who>…)` of an " +
    "`expect` finds can be used below as `${who}`.",
  contains: "This text is somewhere in it.",
  oneOf: "It is one of these.",
  gt: "As a number it is greater than this.",
  gte: "As a number it is this or greater.",
  lt: "As a number it is less than this.",
  lte: "As a number it is this or less.",
  exists: "There is such a value at all, or there is none.",
};

/** A scalar, or a map with one operator. `name`: see {@link shared}. */
export function comparisonWith(leaf: z.ZodType<Scalar, Scalar>, what: string, name: string) {
  const operators = withOneOf(fieldsOf(operatorShape(leaf), operatorDocs), "an operator", operatorNames);
  return z
    .union([leaf, operators])
    .describe(what)
    .transform((given): Comparison => {
      return isScalar(given) ? { operator: "equals", value: given } : toComparison(given);
    })
    .register(shared, { name });
}

type Operators = { readonly [Name in Comparison["operator"]]?: (Comparison & { operator: Name })["value"] };

/** For a map in which exactly one operator stands. */
export function toComparison(given: Operators): Comparison {
  const operator = operatorNames.find((name) => name in given) ?? "exists";
  return { operator, value: given[operator] } as Comparison;
}

function isScalar(given: unknown): given is Scalar {
  return given === null || typeof given !== "object";
}
