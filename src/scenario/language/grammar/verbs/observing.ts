/** Verbs that look at what clients have seen. */
import { z } from "zod";
import { complain, fieldsOf, withOneOf } from "../annotations.ts";
import { assertion, toCheck } from "../checks.ts";
import { eventDocs, eventFields, eventNames, eventPattern, eventShape, toEventPattern } from "../events.ts";
import { clientName, markName } from "../names.ts";
import { duration } from "../quantities.ts";
import { flag } from "../scalars.ts";
import { verb } from "../verb.ts";
import { captureOf } from "./captures.ts";

/** Longer than any retransmission in v1 takes (six times 0.5 s), short enough to wait for a failure. */
const EXPECT_WITHIN_MS = 5_000;

const sinceDoc = "Looks only at what came after this mark.";

export const expect = verb({
  about:
    "Waits until a client has seen something, and consumes it: the oldest event that fits and that no step has consumed yet, be it older " +
    "than the step.",
  examples: [
    "expect: {at: bob, message: {from: alice, text: hi}}",
    'expect: {at: bob, message: {text: {matches: "^(?<who>\\\\w+) says"}}, within: 2s}',
    "expect: {at: bob, all: [{message: {text: one}}, {message: {text: two}}], order: strict}",
    "expect: {at: bob, message: {from: alice}, capture: {what: text}, soft: true}",
  ],
  schema: withOneOf(
    fieldsOf(
      {
        at: clientName,
        ...eventShape,
        all: z.array(eventPattern).min(1).describe("a list of events").exactOptional(),
        within: duration.default(EXPECT_WITHIN_MS),
        order: z.enum(["any", "strict"]).describe("`any` or `strict`").default("any"),
        soft: flag.default(false),
        capture: captureOf(eventFields, "text").exactOptional(),
        since: markName.exactOptional(),
      },
      {
        at: "The client that shall see it.",
        ...eventDocs,
        all: "Several events, each of which must come.",
        within: "How long to wait for it. Default 5s.",
        order:
          "`any` (the default): events of other senders may lie unconsumed before it. `strict`: it must be the next one of its kind, " +
          "and those of `all` must come as they are listed.",
        soft: "When it does not come, that is noted, the scenario goes on, and fails at its end.",
        capture:
          "Keeps the text under a variable's name, or fields of the event: `{what: text, who: from}`. Below it is `${what}`.",
        since: sinceDoc,
      },
    ),
    "an event",
    [...eventNames, "all"],
  )
    .superRefine(checkCapture)
    .describe("a map such as `{at: bob, message: {from: alice}}`")
    .transform(({ at, all, within, order, soft, capture = [], since, ...event }) => {
      const patterns = all ?? [toEventPattern(event)];
      return {
        verb: "expect",
        at,
        patterns,
        withinMs: within,
        order,
        soft,
        captures: capture,
        since,
      } as const;
    }),
});

/** A table is no one thing, and of several events it would not be clear whose field is meant. */
function checkCapture(fields: object, context: z.core.$RefinementCtx): void {
  const beside = ["all", "table"].find((key) => key in fields);
  if (beside === undefined || !("capture" in fields)) return;
  const message = `\`capture\` cannot stand beside \`${beside}\``;
  const hint = "expect one message, or use a named group such as `{matches: (?<name>.*)}`";
  complain(context, { code: "TOO_MANY", message, hint, path: ["capture"], atKey: true });
}

export const never = verb({
  about:
    "Fails when there is such an event that no step has consumed: one that came before, or one that comes while the step waits.",
  examples: ["never: {at: bob, message: {from: alice}, for: 1s}"],
  schema: withOneOf(
    fieldsOf(
      {
        at: clientName,
        ...eventShape,
        for: duration.exactOptional(),
        since: markName.exactOptional(),
      },
      {
        at: "The client that shall not see it.",
        ...eventDocs,
        for: "How long it must not come. Default: the step looks once and goes on.",
        since: sinceDoc,
      },
    ),
    "an event",
    eventNames,
  )
    .describe("a map such as `{at: bob, message: {}, for: 1s}`")
    .transform(({ at, for: forMs, since, ...event }) => {
      return { verb: "never", at, pattern: toEventPattern(event), forMs, since } as const;
    }),
});

export const assert = verb({
  about: "Looks at once at what a client has seen so far, consumed or not, and consumes nothing.",
  examples: [
    "assert: {at: bob, count: {message: {from: alice}}, equals: 1}",
    "assert: {at: alice, table: {bob: offline}}",
    "assert: {at: bob, events: {message: {from: alice}}, equals: [one, two]}",
    "assert: {at: bob, events: [{message: {text: one}}, {message: {text: two}}]}",
  ],
  schema: assertion
    .describe("a map such as `{at: bob, count: {message: {}}, equals: 1}`")
    .transform(
      ({ at, since, ...fields }) => ({ verb: "assert", at, since, check: toCheck(fields) }) as const,
    ),
});
