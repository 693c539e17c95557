/** What `expect`, `never` and `assert` look for. */
import { z } from "zod";
import type { Comparison, EventPattern } from "../model.ts";
import { checkOneOf, complain } from "./annotations.ts";
import { rowName, senderName } from "./names.ts";

const PATTERN_CHARS_MAX = 1_000;

/** A regular expression in the syntax of JavaScript, with the flag `u`; found anywhere in a text. */
const regularExpression = z
  .string()
  .describe("a regular expression")
  .transform((pattern, context) => {
    if (pattern.length > PATTERN_CHARS_MAX) {
      const message = `a regular expression has at most ${PATTERN_CHARS_MAX} characters`;
      return complain(context, { code: "OUT_OF_RANGE", message });
    }
    try {
      return new RegExp(pattern, "u");
    } catch (error) {
      // "Invalid regular expression: /(/u: Unterminated group": the pattern itself is shown anyway.
      const reason = error instanceof Error ? error.message.replace(/^.*: /su, "") : String(error);
      const message = `this regular expression does not compile: ${reason.toLowerCase()}`;
      return complain(context, { code: "BAD_PATTERN", message });
    }
  });

const operatorNames = [
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

/** A text, which stands for `equals`, or one operator. `leaf` is the schema of what is compared with. */
function comparisonWith(leaf: z.ZodType<string, string>) {
  const operators = z
    .strictObject({
      equals: leaf.exactOptional(),
      not: leaf.exactOptional(),
      matches: regularExpression.exactOptional(),
      contains: z.string().describe("a text").exactOptional(),
      oneOf: z.array(leaf).min(1).describe("a list of texts").exactOptional(),
      gt: z.number().describe("a number").exactOptional(),
      gte: z.number().describe("a number").exactOptional(),
      lt: z.number().describe("a number").exactOptional(),
      lte: z.number().describe("a number").exactOptional(),
      exists: z.boolean().describe("`true` or `false`").exactOptional(),
    })
    .superRefine(checkOneOf("an operator", operatorNames));
  return z
    .union([leaf, operators])
    .describe("a text, or one operator such as `{matches: ^hi}`")
    .transform(toComparison);
}

type Operators = { readonly [Name in Comparison["operator"]]?: (Comparison & { operator: Name })["value"] };

function toComparison(given: string | Operators): Comparison {
  if (typeof given === "string") return { operator: "equals", value: given };
  const operator = operatorNames.find((name) => name in given) ?? "exists";
  return { operator, value: given[operator] } as Comparison;
}

const text = comparisonWith(z.string().describe("a text"));

const message = z.strictObject({
  from: comparisonWith(senderName).exactOptional(),
  text: text.exactOptional(),
  saved: z.boolean().describe("`true` or `false`").exactOptional(),
});

/** Rows of the table of clients, by nickname. */
export const tableRows = z
  .record(rowName, z.enum(["online", "offline", "absent"]).describe("`online`, `offline` or `absent`"))
  .describe("a map such as `{bob: online}`")
  .transform((rows) => new Map(Object.entries(rows)));

const error = z.strictObject({ text: text.exactOptional() });

/** The keys that name an event, for the verbs that take one among their fields. */
export const eventShape = {
  message: message.describe("a map such as `{from: alice, text: hi}`").exactOptional(),
  table: tableRows.exactOptional(),
  error: error.describe("a map such as `{text: {contains: refused}}`").exactOptional(),
};

export const eventNames = ["message", "table", "error"] as const;

interface EventFields {
  readonly message?: z.output<typeof message>;
  readonly table?: z.output<typeof tableRows>;
  readonly error?: z.output<typeof error>;
}

/** For fields in which exactly one event stands. */
export function toEventPattern({ message, table, error }: EventFields): EventPattern {
  if (message !== undefined) return { kind: "message", ...message };
  if (table !== undefined) return { kind: "table", rows: table };
  return { kind: "error", ...error };
}

export const eventPattern = z
  .strictObject(eventShape)
  .superRefine(checkOneOf("an event", eventNames))
  .transform(toEventPattern)
  .describe("an event such as `{message: {from: alice}}`");
