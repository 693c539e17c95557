/**
 * What `expect`, `never` and `assert` look for. An event has a key of its own; to add one, add it to `eventShape`,
 * `eventDocs` and `toEventPattern`, and say in `src/scenario/run/pattern.ts` what matches it.
 */
import { z } from "zod";
import type { EventPattern, Rows } from "../patterns.ts";
import { fieldsOf, shared, withOneOf } from "./annotations.ts";
import { comparisonWith } from "./comparisons.ts";
import { rowName, senderName } from "./names.ts";
import {
  type ProgramEventFields,
  programEventDocs,
  programEventNames,
  programEventShape,
  toProgramPattern,
} from "./program-events.ts";
import { anyText, flag } from "./scalars.ts";

const text = comparisonWith(anyText, "a text, or one operator such as `{matches: ^hi}`", "text");

const message = fieldsOf(
  {
    from: comparisonWith(
      senderName,
      "a nickname, or one operator such as `{oneOf: [alice, bob]}`",
      "nickname",
    ).exactOptional(),
    text: text.exactOptional(),
    saved: flag.exactOptional(),
    auto: flag.exactOptional(),
  },
  {
    from: "The nickname of its sender.",
    text: "What it says.",
    saved: "Whether the server kept it while the recipient was away.",
    auto: "Whether it says that a program wrote it, which programs do not answer. v1 cannot say so: always `false` there.",
  },
).register(shared, { name: "message" });

const presence = z.enum(["online", "offline", "absent"]).describe("`online`, `offline` or `absent`");

/** Rows of the table of clients, by nickname. */
export const tableRows = z
  .record(rowName, comparisonWith(presence, "`online`, `offline` or `absent`", "presence"))
  .describe("a map such as `{bob: online}`")
  .transform((rows): Rows => new Map(Object.entries(rows)))
  .register(shared, { name: "table" });

const error = fieldsOf(
  { text: text.exactOptional() },
  { text: "What it says: of a failed registration its code and reason, of a line of the server's the line." },
).register(shared, { name: "error" });

/** The keys that name an event, for the verbs that take one among their fields. */
export const eventShape = {
  message: message.describe("a map such as `{from: alice, text: hi}`").exactOptional(),
  table: tableRows.exactOptional(),
  error: error.describe("a map such as `{text: {contains: refused}}`").exactOptional(),
  ...programEventShape,
};

export const eventDocs = {
  message: "A message that came. `{}` is any.",
  table:
    "The table of clients as it now is for this client: each row named must be `online`, `offline` or `absent` (or what an operator " +
    "says); others may be anything. A table is not consumed.",
  error: "A registration that failed, or a refusal of the server's. `{}` is any.",
  ...programEventDocs,
};

export const eventNames = ["message", "table", "error", ...programEventNames] as const;

interface EventFields extends ProgramEventFields {
  readonly message?: z.output<typeof message>;
  readonly table?: z.output<typeof tableRows>;
  readonly error?: z.output<typeof error>;
}

/** For fields in which exactly one event stands. */
export function toEventPattern({ message, table, error, ...rest }: EventFields): EventPattern {
  if (message !== undefined) return { kind: "message", ...message };
  if (table !== undefined) return { kind: "table", rows: table };
  return toProgramPattern(rest) ?? { kind: "error", ...error };
}

export const eventPattern = withOneOf(fieldsOf(eventShape, eventDocs), "an event", eventNames)
  .transform(toEventPattern)
  .describe("an event such as `{message: {from: alice}}`")
  .register(shared, { name: "event" });

/** What can be kept of an event under a variable's name. */
export const eventFields = ["text", "from", "saved"] as const;
