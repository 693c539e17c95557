/** Verbs of time. */
import { fieldsOf } from "../annotations.ts";
import { newMark } from "../names.ts";
import { duration } from "../quantities.ts";
import { verb } from "../verb.ts";

const SETTLE_QUIET_MS = 500;
const SETTLE_MAX_MS = 10_000;

export const settle = verb({
  about:
    "Waits for quiet that is a fact: no datagram is under way, no receipt is awaited, and nobody is about to transmit something.",
  examples: ["settle: {quiet: 500ms, max: 5s}", "settle:"],
  schema: fieldsOf(
    { quiet: duration.default(SETTLE_QUIET_MS), max: duration.default(SETTLE_MAX_MS) },
    {
      quiet: "How long it must be quiet without a break. Default 500ms.",
      max: "How long to wait for that. Default 10s.",
    },
  )
    .describe("a map such as `{quiet: 500ms, max: 5s}`")
    .transform(({ quiet, max }) => ({ verb: "settle", quietMs: quiet, maxMs: max }) as const),
});

export const mark = verb({
  about: "Names this moment, so that `since` can look only at what came later.",
  examples: ["mark: before the crash"],
  schema: newMark.transform((name) => ({ verb: "mark", mark: name }) as const),
});

export const wait = verb({
  about:
    "Lets time pass. It is a guess at how long something takes, so `lint` warns about it: `expect`, `settle` and `never … for` wait for facts.",
  examples: ["wait: 250ms"],
  schema: duration.transform((waitMs) => ({ verb: "wait", waitMs }) as const),
});
