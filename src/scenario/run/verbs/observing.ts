/** What clients have seen. */
import type { Check, EventPattern, Rows } from "../../language/patterns.ts";
import { typed } from "../../language/read-step.ts";
import type { Cast } from "../cast.ts";
import { compareFields, expectationFailed, viewOf, whatCameInstead } from "../failures.ts";
import type { Entry, Ledger } from "../ledger.ts";
import { compare, differingRows, fieldOf, groupTexts, matches, textOf } from "../pattern.ts";
import type { Failure } from "../result.ts";
import type { Of, Scene } from "../scene.ts";
import { waitFor } from "../waiting.ts";
import { describeCheck, describeObservation, describePattern, formatMs, inQuotes } from "../wording.ts";

export async function expect(
  step: Of<"expect">,
  { cast, stage: { clock }, memory, note }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { ledger } = cast.client(step.at);
  const from = memory.since(step.since, ledger);
  const found = await waitFor({
    probe: () => look(step, ledger, from),
    watch: (changed) => ledger.watch(changed),
    clock,
    withinMs: step.withinMs,
    signal,
  });
  if (found !== undefined && "taken" in found) {
    const events = step.patterns.filter(({ kind }) => kind !== "table");
    for (const [index, { seen }] of found.taken.entries()) {
      const pattern = events[index];
      if (pattern === undefined) continue;
      for (const [name, text] of groupTexts(seen, pattern)) memory.set(name, typed(text));
      for (const { variable, field } of step.captures) {
        memory.set(variable, typed(fieldOf(seen, field) ?? ""));
      }
    }
    return undefined;
  }
  const failure = notSeen(step, found?.instead, cast, ledger, from);
  if (!step.soft) return failure;
  note(failure);
  return undefined;
}

type Found = { readonly taken: readonly Entry[] } | { readonly instead: Entry };

/** Tables are not consumed: they must be right at the moment at which the rest is there. */
function look({ patterns, order, place }: Of<"expect">, ledger: Ledger, from: number): Found | undefined {
  for (const pattern of patterns) {
    if (pattern.kind === "table" && !tableIs(ledger, pattern.rows, from)) return undefined;
  }
  const events = patterns.filter(({ kind }) => kind !== "table");
  if (order === "strict") return ledger.takeNext(events, place, from);
  const taken = ledger.takeAll(events, place, from);
  return taken && { taken };
}

function notSeen(
  step: Of<"expect">,
  instead: Entry | undefined,
  cast: Cast,
  ledger: Ledger,
  from: number,
): Failure {
  const { patterns, at, withinMs, since } = step;
  const [first = { kind: "message" } as const] = patterns;
  const what = patterns.map(describePattern).join("; ");
  const scope = `${since === undefined ? "" : ` since ${inQuotes(since)}`}${step.order === "strict" ? ", as the next" : ""}`;
  const expected = `${what}, at ${at} within ${formatMs(withinMs)}${scope}`;
  const pattern = patterns.find((one) => !isThere(one, ledger, from)) ?? first;
  const found =
    instead === undefined
      ? whatCameInstead(ledger, pattern)
      : [`at ${formatMs(instead.atMs)} came first: ${describeObservation(instead.seen)}`];
  const views = [viewOf(ledger, pattern), ...senders(pattern, cast).map((sender) => viewOf(sender))];
  const fields = compareFields(ledger, pattern, instead);
  return expectationFailed(step, expected, found, views, fields);
}

function isThere(pattern: EventPattern, ledger: Ledger, from: number): boolean {
  return pattern.kind === "table"
    ? tableIs(ledger, pattern.rows, from)
    : ledger.unconsumed(pattern, from).length > 0;
}

/** Why a message did not come is seen at its sender. */
function senders(pattern: EventPattern, { clients }: Cast): readonly Ledger[] {
  if (pattern.kind !== "message" || pattern.from?.operator !== "equals") return [];
  const sender = clients.get(String(pattern.from.value));
  return sender === undefined ? [] : [sender.ledger];
}

export async function never(
  step: Of<"never">,
  { cast, stage: { clock }, memory }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { pattern, forMs } = step;
  const { ledger } = cast.client(step.at);
  const from = memory.since(step.since, ledger);
  const probe =
    pattern.kind === "table"
      ? () => (tableIs(ledger, pattern.rows, from) ? ["the table says so"] : undefined)
      : () =>
          nonEmpty(
            ledger
              .unconsumed(pattern, from)
              .map(({ atMs, seen }) => `at ${formatMs(atMs)}: ${describeObservation(seen)}`),
          );
  const found = await waitFor({
    probe,
    watch: (changed) => ledger.watch(changed),
    clock,
    withinMs: forMs ?? 0,
    signal,
  });
  if (found === undefined) return undefined;
  const expected = `never ${describePattern(pattern)}, at ${step.at}${forMs === undefined ? "" : ` for ${formatMs(forMs)}`}`;
  return expectationFailed(step, expected, found, [viewOf(ledger, pattern)]);
}

export function assert(step: Of<"assert">, { cast, memory }: Scene): Failure | undefined {
  const { ledger } = cast.client(step.at);
  const found = refutation(step.check, ledger, memory.since(step.since, ledger));
  if (found === undefined) return undefined;
  const expected = `at ${step.at}, ${describeCheck(step.check)}`;
  const pattern = step.check.kind === "count" || step.check.kind === "texts" ? step.check.pattern : undefined;
  const fields = step.check.kind === "table" ? compareFields(ledger, step.check) : [];
  return expectationFailed(step, expected, found, [viewOf(ledger, pattern)], fields);
}

/** What a ledger says against a check; nothing when it holds. */
export function refutation(check: Check, ledger: Ledger, from: number): readonly string[] | undefined {
  switch (check.kind) {
    case "table": {
      const { rows } = check;
      return tableIs(ledger, rows, from) ? undefined : whatCameInstead(ledger, { kind: "table", rows });
    }
    case "count": {
      const number = ledger.matching(check.pattern, from).length;
      const value = check.is.operator === "exists" ? number || undefined : number;
      return compare(value, check.is) ? undefined : [`it is ${number}`];
    }
    case "sequence":
      return sequenceRefuted(check.patterns, ledger, from);
    case "texts": {
      const events = ledger.matching(check.pattern, from);
      if (check.is.operator === "exists") {
        return events.length > 0 === check.is.value ? undefined : [`there are ${events.length || "none"}`];
      }
      const { is } = check;
      const wrong = events.filter(({ seen }) => !compare(textOf(seen), is));
      if (events.length > 0 && wrong.length === 0) return undefined;
      return events.length === 0 ? ["there is none"] : wrong.map(({ seen }) => describeObservation(seen));
    }
    case "list": {
      const texts = ledger.matching(check.pattern, from).map(({ seen }) => textOf(seen) ?? "");
      const isSame =
        texts.length === check.texts.length && texts.every((text, index) => text === check.texts[index]);
      if (isSame === check.same) return undefined;
      return [`they are ${texts.length === 0 ? "none" : texts.map(inQuotes).join(", ")}`];
    }
  }
}

/** Events that must come one after the other; others may lie between them. */
function sequenceRefuted(
  patterns: readonly EventPattern[],
  ledger: Ledger,
  from: number,
): readonly string[] | undefined {
  const entries = ledger.entries.slice(from);
  let at = 0;
  for (const [index, pattern] of patterns.entries()) {
    const found = entries.findIndex(({ seen }, position) => position >= at && matches(seen, pattern));
    if (found === -1) {
      const before = patterns[index - 1];
      const where = before === undefined ? "" : ` after ${describePattern(before)}`;
      return [`there is no ${describePattern(pattern).replace(/^an? /, "")}${where}`];
    }
    at = found + 1;
  }
  return undefined;
}

function tableIs(ledger: Ledger, rows: Rows, from: number): boolean {
  const table = ledger.table(from);
  return table !== undefined && differingRows(table, rows).length === 0;
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
