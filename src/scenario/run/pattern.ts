/** Does what a client saw look like what a step asks for? */
import type { Contact } from "../../client/api.ts";
import type { Comparison, EventPattern, ProgramPattern, Rows, Scalar } from "../language/patterns.ts";
import { timedExec } from "../timed-match.ts";
import type { Observation } from "./observation.ts";

/** True when every field that the pattern names agrees. */
export function matches(seen: Observation, pattern: EventPattern): boolean {
  return sameKind(seen, pattern) && differingFields(seen, pattern).length === 0;
}

/**
 * The fields in which an event of the pattern's kind differs from it; none when it matches.
 * An event of another kind differs in `kind`.
 */
export function differingFields(seen: Observation, pattern: EventPattern): string[] {
  if (pattern.kind === "table") {
    return seen.kind === "table" ? differingRows(seen.contacts, pattern.rows) : ["kind"];
  }
  if (pattern.kind === "error") {
    if (seen.kind !== "error" && seen.kind !== "notice") return ["kind"];
    return agrees(seen.text, pattern.text) ? [] : ["text"];
  }
  if (pattern.kind !== "message") return differingInProgram(seen, pattern);
  if (seen.kind !== "message") return ["kind"];
  const fields: string[] = [];
  if (!agrees(seen.from, pattern.from)) fields.push("from");
  if (!agrees(seen.text, pattern.text)) fields.push("text");
  if (pattern.saved !== undefined && seen.saved !== pattern.saved) fields.push("saved");
  if (pattern.auto !== undefined && seen.auto !== pattern.auto) fields.push("auto");
  return fields;
}

function differingInProgram(seen: Observation, pattern: ProgramPattern): string[] {
  switch (pattern.kind) {
    case "line":
      if (seen.kind !== "line") return ["kind"];
      return agrees(seen.text, pattern.text) ? [] : ["text"];
    case "shown":
      if (seen.kind !== "line" || seen.shows !== pattern.what) return ["kind"];
      return agrees(seen.to ?? "", pattern.to) ? [] : ["to"];
    case "exit": {
      if (seen.kind !== "exit") return ["kind"];
      const { code, signal } = pattern;
      const isCode = code === undefined || compare(seen.code, code);
      const isSignal = signal === undefined || compare(seen.signal, signal);
      return [...(isCode ? [] : ["code"]), ...(isSignal ? [] : ["signal"])];
    }
    case "datagram":
      return seen.kind === "datagram" ? [] : ["kind"];
  }
}

/** The nicknames whose rows are not as asked. Rows that are not named may be anything. */
export function differingRows(contacts: readonly Contact[], rows: Rows): string[] {
  return [...rows].filter(([nick, asked]) => !compare(presence(contacts, nick), asked)).map(([nick]) => nick);
}

export function presence(contacts: readonly Contact[], nick: string): "online" | "offline" | "absent" {
  const contact = contacts.find((row) => row.nick === nick);
  if (contact === undefined) return "absent";
  return contact.online ? "online" : "offline";
}

/** Numbers are compared as numbers, everything else as text. */
export function compare(value: Scalar | undefined, comparison: Comparison): boolean {
  switch (comparison.operator) {
    case "equals":
      return equal(value, comparison.value);
    case "not":
      return !equal(value, comparison.value);
    case "oneOf":
      return comparison.value.some((allowed) => equal(value, allowed));
    case "contains":
      return value !== undefined && String(value).includes(comparison.value);
    case "matches":
      return value !== undefined && timedExec(comparison.value, String(value)) !== null;
    case "exists":
      return (value !== undefined && value !== null) === comparison.value;
    case "gt":
      return Number(value) > comparison.value;
    case "gte":
      return Number(value) >= comparison.value;
    case "lt":
      return Number(value) < comparison.value;
    case "lte":
      return Number(value) <= comparison.value;
  }
}

function agrees(value: string, comparison: Comparison | undefined): boolean {
  return comparison === undefined || compare(value, comparison);
}

function equal(value: Scalar | undefined, other: Scalar): boolean {
  if (value === undefined) return false;
  return typeof value === "number" && typeof other === "number"
    ? value === other
    : String(value) === String(other);
}

/** What one event says, where it says something. */
export function textOf(seen: Observation): string | undefined {
  const says =
    seen.kind === "message" || seen.kind === "error" || seen.kind === "notice" || seen.kind === "line";
  return says ? seen.text : undefined;
}

/** A field of an event that a step can keep under the name of a variable. */
export function fieldOf(seen: Observation, field: string): string | undefined {
  if (field === "text") return textOf(seen);
  if (seen.kind !== "message") return undefined;
  return field === "from" ? seen.from : field === "saved" ? String(seen.saved) : undefined;
}

/** What the named groups of a pattern's regular expressions find in an event that it matches. */
export function groupTexts(seen: Observation, pattern: EventPattern): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const look = (text: string | undefined, comparison: Comparison | undefined): void => {
    if (comparison?.operator !== "matches" || text === undefined) return;
    const groups = Object.entries(timedExec(comparison.value, text)?.groups ?? {});
    for (const [name, value] of groups) if (value !== undefined) found.set(name, value);
  };
  if (pattern.kind === "message" && seen.kind === "message") look(seen.from, pattern.from);
  if ("text" in pattern) look(textOf(seen), pattern.text);
  return found;
}

/** Whether an event is of the kind that a pattern looks for. */
export function sameKind(seen: Observation, pattern: EventPattern): boolean {
  const is = pattern.kind === "shown" ? "line" : pattern.kind;
  return seen.kind === is || (pattern.kind === "error" && seen.kind === "notice");
}
