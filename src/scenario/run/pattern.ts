/** Does what a client saw look like what a step asks for? */
import type { Contact } from "../../client/api.ts";
import type { Comparison, EventPattern, Scalar } from "../language/model.ts";
import type { Observation } from "./observation.ts";

/** A row of the table as a step names it. */
export type Presence = "online" | "offline" | "absent";

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
  if (seen.kind !== "message") return ["kind"];
  const fields: string[] = [];
  if (!agrees(seen.from, pattern.from)) fields.push("from");
  if (!agrees(seen.text, pattern.text)) fields.push("text");
  if (pattern.saved !== undefined && seen.saved !== pattern.saved) fields.push("saved");
  return fields;
}

/** The nicknames whose rows are not as asked. Rows that are not named may be anything. */
export function differingRows(contacts: readonly Contact[], rows: ReadonlyMap<string, Presence>): string[] {
  return [...rows].filter(([nick, asked]) => presence(contacts, nick) !== asked).map(([nick]) => nick);
}

function presence(contacts: readonly Contact[], nick: string): Presence {
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
      // Unlike `test`, `search` does not depend on where the last search ended.
      return value !== undefined && String(value).search(comparison.value) >= 0;
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

function sameKind(seen: Observation, pattern: EventPattern): boolean {
  return seen.kind === pattern.kind || (pattern.kind === "error" && seen.kind === "notice");
}
