/** Makes failures that tell a person what he needs to know. */

import { counted } from "../counted.ts";
import type { Step } from "../language/actions.ts";
import type { Comparison, EventPattern, Rows } from "../language/patterns.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { differingFields, differingRows, presence, sameKind } from "./pattern.ts";
import type { Failure, FieldCompared, LedgerView } from "./result.ts";
import {
  describeComparison,
  describeObservation,
  describeStep,
  describeTable,
  formatMs,
  inQuotes,
} from "./wording.ts";

/** Entries of one ledger that a failure shows; the last ones tell most. */
const LINES_MAX = 30;

export function expectationFailed(
  step: Step,
  expected: string,
  found: readonly string[],
  ledgers: readonly LedgerView[],
  fields: readonly FieldCompared[] = [],
): Failure {
  const failure = { place: step.place, step: describeStep(step), expected, found, ledgers };
  return { kind: "expectation", ...failure, ...(fields.length > 0 && { fields }) };
}

/**
 * What was looked for and what comes nearest to it, or `instead`, field by field; nothing where nothing is near, or there are no
 * fields.
 */
export function compareFields(
  ledger: Ledger,
  pattern: EventPattern,
  instead = nearest(ledger, pattern).at(-1),
): readonly FieldCompared[] {
  if (pattern.kind === "table") {
    const table = ledger.table();
    if (table === undefined) return [];
    const wrong = differingRows(table, pattern.rows);
    return [...pattern.rows].map(([name, asked]) => ({
      name,
      expected: plainly(asked),
      found: presence(table, name),
      differs: wrong.includes(name),
    }));
  }
  const seen = instead?.seen;
  if (seen === undefined || !sameKind(seen, pattern)) return [];
  const differing = differingFields(seen, pattern);
  return Object.entries(pattern).flatMap(([name, asked]) => {
    const actual = Object.entries(seen).find(([field]) => field === name)?.[1];
    if (name === "kind" || name === "what" || asked === undefined) return [];
    return [{ name, expected: plainly(asked), found: shownAs(actual), differs: differing.includes(name) }];
  });
}

function plainly(asked: Comparison | boolean): string {
  if (typeof asked === "boolean") return String(asked);
  return asked.operator === "equals" ? shownAs(asked.value) : describeComparison(asked);
}

/** Words are the same with and without quotation marks, texts are not. */
function shownAs(value: unknown): string {
  return typeof value === "string" && !/^[\p{L}\p{N}_-]+$/u.test(value)
    ? inQuotes(value)
    : String(value ?? "none");
}

/** What the ledger holds instead of an event that did not come. */
export function whatCameInstead(ledger: Ledger, pattern: EventPattern): readonly string[] {
  if (pattern.kind === "table") return tableInstead(ledger, pattern.rows);
  const found: string[] = [];
  for (const { seen, consumedBy, atMs } of ledger.entries) {
    if (consumedBy !== undefined && differingFields(seen, pattern).length === 0) {
      found.push(
        `a match at ${formatMs(atMs)} was taken by the step at line ${consumedBy.line} already: ${describeObservation(seen)}`,
      );
    }
  }
  for (const entry of nearest(ledger, pattern)) {
    const fields = differingFields(entry.seen, pattern);
    const unlike = fields.length === 0 ? "a retransmitted copy" : `differs in ${fields.join(" and ")}`;
    found.push(`nearest at ${formatMs(entry.atMs)}, ${unlike}: ${describeObservation(entry.seen)}`);
  }
  const other = ledger.entries.filter(({ seen }) => seen.kind === pattern.kind).length;
  if (found.length === 0) found.push(other === 0 ? `no ${pattern.kind} at all` : `no such ${pattern.kind}`);
  return found;
}

/** A ledger as a failure shows it; `pattern` is what was looked for. */
export function viewOf(ledger: Ledger, pattern?: EventPattern): LedgerView {
  const near = new Set(pattern === undefined ? [] : nearest(ledger, pattern));
  const groups = withoutNoise(ledger.entries);
  const shown = groups.slice(-LINES_MAX);
  return {
    client: ledger.client,
    omitted: groups.length - shown.length,
    lines: shown.map(([entry, ...alike]) => ({
      atMs: entry.atMs,
      text: textOf(ledger, entry) + (alike.length === 0 ? "" : `, and ${alike.length} more`),
      unconsumed: isForSteps(entry) && entry.consumedBy === undefined,
      near: near.has(entry),
    })),
  };
}

/** Datagrams ignored one after the other are one line, and so is what repeats itself without being a message. */
function withoutNoise(entries: readonly Entry[]): [Entry, ...Entry[]][] {
  const groups: [Entry, ...Entry[]][] = [];
  for (const entry of entries) {
    const last = groups.at(-1);
    if (last !== undefined && isNoise(last[0], entry)) last.push(entry);
    else groups.push([entry]);
  }
  return groups;
}

function isNoise(before: Entry, entry: Entry): boolean {
  if (before.seen.kind !== entry.seen.kind || isForSteps(entry)) return false;
  return (
    entry.seen.kind === "ignored" || describeObservation(before.seen) === describeObservation(entry.seen)
  );
}

function textOf(ledger: Ledger, entry: Entry): string {
  const text = describeObservation(entry.seen);
  const taken = entry.consumedBy === undefined ? "" : `  ← line ${entry.consumedBy.line}`;
  const copy = ledger.copy(entry) === "repeat" ? "  (a copy, retransmitted)" : "";
  return text + copy + taken;
}

/** Unconsumed events of the right kind that differ in the fewest fields, the latest last. */
function nearest(ledger: Ledger, pattern: EventPattern): readonly Entry[] {
  if (pattern.kind === "table") return [];
  const candidates = ledger.entries
    .filter((entry) => entry.consumedBy === undefined)
    .map((entry) => ({ entry, fields: differingFields(entry.seen, pattern) }))
    .filter(({ fields }) => !fields.includes("kind"));
  const fewest = Math.min(...candidates.map(({ fields }) => fields.length));
  return candidates
    .filter(({ fields }) => fields.length === fewest)
    .slice(-3)
    .map(({ entry }) => entry);
}

function tableInstead(ledger: Ledger, rows: Rows): string[] {
  const table = ledger.table();
  if (table === undefined) return ["no table has come since it registered"];
  const wrong = differingRows(table, rows);
  const tables = ledger.entries.filter(({ seen }) => seen.kind === "table").length;
  return [
    `the table says: ${describeTable(table)}`,
    `wrong is ${wrong.join(", ")}; it is the last of ${counted(tables, "table")}`,
  ];
}

/** What every scenario should expect; the lines of a screen, which a step can consume, too, would all be marked. */
function isForSteps({ seen }: Entry): boolean {
  return seen.kind === "message" || seen.kind === "error" || seen.kind === "notice";
}
