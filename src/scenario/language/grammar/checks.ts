/** What `assert`, `if` and `until` look at: a client's ledger as it stands, or facts of the run. */
import { z } from "zod";
import type { Check, Condition, EventPattern, Facts, Until } from "../patterns.ts";
import { alternatives, checkOneOf, complain, fieldsOf, roles, shared } from "./annotations.ts";
import { comparisonWith, operatorDocs, operatorNames, operatorShape, toComparison } from "./comparisons.ts";
import { eventDocs, eventNames, eventPattern, eventShape, tableRows, toEventPattern } from "./events.ts";
import { clientName, markName } from "./names.ts";
import { flag, scalar } from "./scalars.ts";

const scalars = z
  .union([scalar, z.array(scalar).describe("a list of values")])
  .describe("a value, or a list of values");

const CHECKS = ["count", "table", "events"] as const;

const checkShape = {
  count: eventPattern.exactOptional(),
  table: tableRows.exactOptional(),
  events: z
    .union([eventPattern, z.array(eventPattern).min(1)])
    .describe("an event such as `{message: {from: alice}}`, or a list of events")
    .exactOptional(),
  ...operatorShape(scalar),
  equals: scalars.exactOptional(),
  not: scalars.exactOptional(),
  since: markName.exactOptional(),
};

const checkDocs = {
  count:
    "How many events like this one there are, consumed or not; one operator says what that number shall be.",
  table: eventDocs.table,
  events:
    "With a list: these events are there in this order, consumed or not; others may lie between. With one event and an operator: " +
    "the text of each event like it is so, and there is one; `equals` and `not` with a list compare all their texts in order.",
  ...operatorDocs,
  since: "Looks only at what came after this mark.",
};

/** The keys of `assert`, and of a condition that looks at a client. */
export const assertion = fieldsOf(
  { at: clientName, ...checkShape },
  { at: "The client whose ledger is looked at.", ...checkDocs },
)
  .superRefine(checkAssertion)
  .register(alternatives, { keys: CHECKS });

export interface AssertionFields extends Partial<Record<(typeof operatorNames)[number], unknown>> {
  readonly count?: EventPattern;
  readonly table?: Parameters<typeof tableCheck>[0];
  readonly events?: EventPattern | readonly EventPattern[];
}

/** For fields that were found right. */
export function toCheck({ count, table, events, ...operators }: AssertionFields): Check {
  if (table !== undefined) return tableCheck(table);
  if (count !== undefined) return { kind: "count", pattern: count, is: comparisonOf(operators) };
  if (Array.isArray(events)) return { kind: "sequence", patterns: events };
  const pattern = events as EventPattern;
  for (const same of [true, false]) {
    const texts = operators[same ? "equals" : "not"];
    if (Array.isArray(texts)) return { kind: "list", pattern, texts: texts.map(String), same };
  }
  return { kind: "texts", pattern, is: comparisonOf(operators) };
}

function tableCheck(rows: Extract<Check, { kind: "table" }>["rows"]): Check {
  return { kind: "table", rows };
}

function comparisonOf(operators: object): ReturnType<typeof toComparison> {
  return toComparison(operators);
}

const checkOneCheck = checkOneOf("a check", CHECKS);

function checkAssertion(fields: object, context: z.core.$RefinementCtx): void {
  checkOneCheck(fields, context);
  const given = fields as AssertionFields;
  const [first, second] = Object.keys(fields).filter((key) => operatorNames.some((name) => name === key));
  const what = given.count !== undefined ? "count" : given.events !== undefined ? "events" : "table";
  const isList = Array.isArray(given.events) && given.count === undefined;
  if (what === "table" || isList) {
    if (first === undefined) return;
    const message = `\`${first}\` has nothing to compare: ${isList ? "a list of events stands for itself" : "the rows of a `table` stand for themselves"}`;
    complain(context, { code: "TOO_MANY", message, path: [first], atKey: true });
  } else if (first === undefined) {
    const message = what === "count" ? "what shall the count be?" : "what shall their texts be?";
    const hint =
      what === "count"
        ? "add one of equals, not, oneOf, gt, gte, lt, lte, such as `equals: 1`"
        : `add one of ${operatorNames.join(", ")}, such as \`exists: true\``;
    complain(context, { code: "MISSING", message, hint, path: [what], atKey: true });
  } else if (second !== undefined) {
    const message = `\`${second}\` cannot stand beside \`${first}\``;
    const hint = "one operator a step: write a second step for the other";
    complain(context, { code: "TOO_MANY", message, hint, path: [second], atKey: true });
  } else if (what === "count") {
    checkNumber(first, given[first as (typeof operatorNames)[number]], context);
  }
}

/** A count is compared with whole numbers only. */
function checkNumber(operator: string, value: unknown, context: z.core.$RefinementCtx): void {
  if (operator === "exists") return;
  const values = Array.isArray(value) && operator === "oneOf" ? value : [value];
  if (operator !== "matches" && operator !== "contains") {
    if (values.every((one) => (Number.isInteger(one) && Number(one) >= 0) || isReference(one))) return;
    const message = "a count is compared with a whole number";
    const isQuoted = typeof value === "string" && /^\d+$/.test(value);
    complain(context, {
      code: "WRONG_TYPE",
      message,
      path: [operator],
      ...(isQuoted && { hint: "leave the quotes out" }),
    });
    return;
  }
  const message = `\`${operator}\` looks at texts, and a count is a number`;
  const hint = "use one of equals, not, oneOf, gt, gte, lt, lte";
  complain(context, { code: "TOO_MANY", message, hint, path: [operator], atKey: true });
}

/** What it stands for is looked at when it is known. */
function isReference(value: unknown): boolean {
  return typeof value === "string" && value.includes("${");
}

const factName = z.string().describe("a variable's name").register(roles, { role: "fact" });

/** Variables, and what a run knows of itself, with what they shall be. */
export const facts = z
  .record(factName, comparisonWith(scalar, "a value, or one operator such as `{gt: 5}`", "value"))
  .describe("a map such as `{net: sim}` or `{text: hello}`")
  .transform((given): Facts => new Map(Object.entries(given)))
  .register(shared, { name: "facts" });

export const condition = z
  .union([flag, assertion, facts])
  .describe(
    "`true` or `false`, facts such as `{net: sim}`, or a check such as `{at: bob, table: {alice: online}}`",
  )
  .transform((given): Condition => toCondition(given));

const untilFields = fieldsOf(
  { at: clientName, ...checkShape, ...eventShape },
  { at: "The client whose ledger is looked at.", ...checkDocs, ...eventDocs },
).superRefine((fields, context) => {
  const event = Object.keys(fields).find((key) => isEvent(key) && key !== "table");
  if (event === undefined) checkAssertion(fields, context);
  else checkOneOf("an event", [...eventNames, "count", "events", ...operatorNames])(fields, context);
});

export const until = z
  .union([flag, untilFields, facts])
  .describe(
    "an event such as `{at: bob, message: {}}`, or a check such as `{at: bob, table: {alice: online}}`",
  )
  .transform((given): Until => {
    if (typeof given !== "object" || given instanceof Map) return toCondition(given);
    const { at, since, ...rest } = given as z.output<typeof untilFields>;
    const isCheck = "count" in rest || "events" in rest || "table" in rest;
    return isCheck
      ? { kind: "check", at, since, check: toCheck(rest) }
      : { kind: "event", at, since, pattern: toEventPattern(rest) };
  });

function isEvent(key: string): boolean {
  return eventNames.some((name) => name === key);
}

function toCondition(given: boolean | Facts | z.output<typeof assertion>): Condition {
  if (typeof given === "boolean") return { kind: "flag", value: given };
  if (given instanceof Map) return { kind: "facts", facts: given };
  const { at, since, ...rest } = given as z.output<typeof assertion>;
  return { kind: "check", at, since, check: toCheck(rest) };
}
