/** What stands after each verb. `parallel` holds steps, and is read where steps are. */
import { z } from "zod";
import { TEXT_BYTES_MAX, textFault } from "../../../protocol/limits.ts";
import type { Action, Check, Comparison } from "../model.ts";
import { checkOneOf, complain, planned } from "./annotations.ts";
import { eventNames, eventPattern, eventShape, tableRows, toEventPattern } from "./events.ts";
import { clientName, newNick, recipient } from "./names.ts";
import { netChange } from "./network.ts";
import { duration } from "./quantities.ts";

/** Longer than any retransmission in v1 takes (six times 0.5 s), short enough to wait for a failure. */
const EXPECT_WITHIN_MS = 5_000;

const SETTLE_QUIET_MS = 500;
const SETTLE_MAX_MS = 10_000;

const register = z
  .union([
    clientName,
    z.strictObject({
      client: clientName,
      as: newNick.exactOptional(),
      result: z.enum(["ok", "refused", "timeout"]).describe("`ok`, `refused` or `timeout`").default("ok"),
    }),
  ])
  .describe("a client's name, or a map such as `{client: alice, result: refused}`")
  .transform((given): Action => {
    if (typeof given === "string") return { verb: "register", client: given, as: undefined, result: "ok" };
    return { verb: "register", client: given.client, as: given.as, result: given.result };
  });

const deregister = clientName.transform((client): Action => ({ verb: "deregister", client }));

const send = z
  .strictObject({
    from: clientName,
    to: recipient,
    text: z.string().describe("a text"),
    result: z
      .enum(["delivered", "saved", "failed"])
      .describe("`delivered`, `saved` or `failed`")
      .exactOptional(),
  })
  .register(planned, { words: ["capture"] })
  .superRefine(checkSendable)
  .describe("a map such as `{from: alice, to: bob, text: hi}`")
  .transform(({ from, to, text, result }): Action => ({ verb: "send", from, to, text, result }));

const expect = z
  .strictObject({ at: clientName, ...eventShape, within: duration.default(EXPECT_WITHIN_MS) })
  .register(planned, { words: ["line", "exit", "all", "order", "soft", "capture", "since"] })
  .superRefine(checkOneOf("an event", eventNames))
  .describe("a map such as `{at: bob, message: {from: alice}}`")
  .transform(({ at, within, ...event }): Action => {
    return { verb: "expect", at, pattern: toEventPattern(event), withinMs: within };
  });

const never = z
  .strictObject({ at: clientName, ...eventShape, for: duration.exactOptional() })
  .register(planned, { words: ["line", "exit", "since"] })
  .superRefine(checkOneOf("an event", eventNames))
  .describe("a map such as `{at: bob, message: {}, for: 1s}`")
  .transform(({ at, for: forMs, ...event }): Action => {
    return { verb: "never", at, pattern: toEventPattern(event), forMs };
  });

const countOperators = ["equals", "not", "oneOf", "gt", "gte", "lt", "lte"] as const;
const count = z.int().min(0).describe("a whole number");

const assert = z
  .strictObject({
    at: clientName,
    count: eventPattern.exactOptional(),
    table: tableRows.exactOptional(),
    equals: count.exactOptional(),
    not: count.exactOptional(),
    oneOf: z.array(count).min(1).describe("a list of whole numbers").exactOptional(),
    gt: count.exactOptional(),
    gte: count.exactOptional(),
    lt: count.exactOptional(),
    lte: count.exactOptional(),
  })
  .register(planned, { words: ["events"] })
  .superRefine(checkAssertion)
  .describe("a map such as `{at: bob, count: {message: {}}, equals: 1}`")
  .transform(({ at, count, table, ...operators }): Action => {
    const check: Check =
      count === undefined
        ? { kind: "table", rows: table ?? new Map() }
        : { kind: "count", pattern: count, is: toCountComparison(operators) };
    return { verb: "assert", at, check };
  });

const settle = z
  .strictObject({ quiet: duration.default(SETTLE_QUIET_MS), max: duration.default(SETTLE_MAX_MS) })
  .describe("a map such as `{quiet: 500ms, max: 5s}`")
  .transform(({ quiet, max }): Action => ({ verb: "settle", quietMs: quiet, maxMs: max }));

const server = z
  .enum(["start", "stop", "kill"])
  .register(planned, { words: ["restart", "pause", "resume"] })
  .describe("`start`, `stop` or `kill`")
  .transform((action): Action => ({ verb: "server", do: action }));

const net = netChange.transform((change): Action => ({ verb: "net", change }));

export const verbs = { register, deregister, send, expect, never, assert, settle, server, net };

export type LeafVerb = keyof typeof verbs;

/** Verbs that the language has and this version does not run yet. */
export const plannedVerbs = [
  "client",
  "fault",
  "input",
  "raw",
  "repeat",
  "call",
  "mark",
  "set",
  "wait",
] as const;

/** What every step may have beside its verb. */
export const stepCommon = z
  .strictObject({ name: z.string().describe("a text").exactOptional() })
  .register(planned, { words: ["if"] });

/** What cannot be sent is an error, unless the step says that it is meant to fail. */
function checkSendable(
  { from, to, text, result }: { from: string; to: string; text: string; result?: string },
  context: z.core.$RefinementCtx,
): void {
  if (result === "failed") return;
  const hint = "write `result: failed` if the failure is what you look for";
  if (from === to) {
    const message = `\`${from}\` sends to itself`;
    complain(context, { code: "BAD_VALUE", message, hint, path: ["to"] });
  }
  const fault = textFault(text);
  if (fault === undefined) return;
  const message =
    fault === "TEXT_EMPTY" ? "an empty text is not sent" : `a text has at most ${TEXT_BYTES_MAX} bytes`;
  complain(context, { code: "BAD_VALUE", message, hint, path: ["text"] });
}

const checkAsserted = checkOneOf("a check", ["count", "table"]);

function checkAssertion(fields: object, context: z.core.$RefinementCtx): void {
  const operators = Object.keys(fields).filter((key) => countOperators.some((name) => name === key));
  const [first, second] = operators;
  if ("table" in fields && first !== undefined && !("count" in fields)) {
    const message = `\`${first}\` compares a count, and there is none`;
    complain(context, { code: "TOO_MANY", message, path: [first], atKey: true });
    return;
  }
  checkAsserted(fields, context);
  if (!("count" in fields)) return;
  if (first === undefined) {
    const message = "what shall the count be?";
    const hint = `add one of ${countOperators.join(", ")}, such as \`equals: 1\``;
    complain(context, { code: "MISSING", message, hint, path: ["count"], atKey: true });
  } else if (second !== undefined) {
    const message = `\`${second}\` cannot stand beside \`${first}\``;
    complain(context, { code: "TOO_MANY", message, path: [second], atKey: true });
  }
}

function toCountComparison(
  operators: {
    readonly [name in (typeof countOperators)[number]]?: number | readonly number[];
  },
): Comparison {
  const operator = countOperators.find((name) => name in operators) ?? "equals";
  return { operator, value: operators[operator] } as Comparison;
}
