/** Verbs that hold steps. */
import { z } from "zod";
import { alternatives, complain, fieldsOf } from "../annotations.ts";
import { until } from "../checks.ts";
import { newVariable } from "../names.ts";
import { duration } from "../quantities.ts";
import { scalar } from "../scalars.ts";
import { branches, steps } from "../step-lists.ts";
import { verb } from "../verb.ts";

export const parallel = verb({
  about:
    "Performs its branches at the same time and waits for all of them; when one fails, the others end. A branch is a list of steps, or one step.",
  examples: [
    "parallel: [[{register: alice}], [{register: bob}]]",
    "parallel: [{register: alice}, {register: bob}]",
  ],
  holds: "",
  schema: branches.transform(() => ({ verb: "parallel" }) as const),
});

const TIMES_MAX = 100_000;

const times = z.int().min(1).max(TIMES_MAX).describe(`a whole number from 1 to ${TIMES_MAX}`);

export const repeat = verb({
  about: "Performs its steps again and again: so many times, or until something holds.",
  examples: [
    "repeat: {times: 3, steps: [{send: {from: alice, to: bob, text: again, result: delivered}}]}",
    "repeat: {until: {at: alice, table: {bob: online}}, max: 10s, steps: [{settle: {quiet: 100ms}}]}",
  ],
  holds: "steps",
  schema: fieldsOf(
    {
      times: times.exactOptional(),
      until: until.exactOptional(),
      max: z
        .union([
          times.transform((passes) => ({ passes, ms: undefined })),
          duration.transform((ms) => ({ passes: undefined, ms })),
        ])
        .describe("a number of passes such as `10`, or a duration such as `10s`")
        .exactOptional(),
      steps,
    },
    {
      times: "How many times.",
      until:
        "Ends it after the pass at whose end this holds: a check as in `assert`, facts as in `if`, or an event as in `expect`, which is then " +
        "consumed.",
      max: "With `until`: how many passes at most, or how long. When it still does not hold then, the step fails. Default 10.",
      steps: "What is done each time.",
    },
  )
    .superRefine(checkEnd)
    .register(alternatives, { keys: ["times", "until"] })
    .describe("a map such as `{times: 3, steps: […]}`")
    .transform(({ times, until, max = { passes: PASSES_MAX, ms: undefined } }) => {
      return { verb: "repeat", until, times: times ?? max.passes, maxMs: max.ms } as const;
    }),
});

const PASSES_MAX = 10;

function checkEnd(fields: object, context: z.core.$RefinementCtx): void {
  const hasTimes = "times" in fields;
  if (!hasTimes && !("until" in fields)) {
    const message = "how often?";
    complain(context, { code: "MISSING", message, hint: "add `times` or `until`", atKey: true });
  } else if (hasTimes && "until" in fields) {
    const message = "`until` cannot stand beside `times`";
    const hint = "write `max` for the most passes of an `until`";
    complain(context, { code: "TOO_MANY", message, hint, path: ["until"], atKey: true });
  } else if (hasTimes && "max" in fields) {
    const message = "`max` cannot stand beside `times`";
    complain(context, {
      code: "TOO_MANY",
      message,
      hint: "it bounds an `until`",
      path: ["max"],
      atKey: true,
    });
  }
}

export const call = verb({
  about:
    "Performs the steps of another file, its `setup` before and its `finally` after them. The variables of that file, its `vars`, are its " +
    "parameters: `with` gives them values, and those without one of their own must be given. Its clients are those of this scenario with the same names.",
  examples: ["call: {file: parts/meet.yaml, with: {one: alice, other: bob}}"],
  schema: fieldsOf(
    {
      file: z.string().min(1).describe("a file's path"),
      with: z
        .record(z.string().describe("a parameter's name"), scalar)
        .describe("a map such as `{who: alice}`")
        .default({}),
    },
    {
      file: "Its path, from the folder of this file.",
      with: "Values of its parameters. What it captures stays in it.",
    },
  )
    .describe("a map such as `{file: parts/meet.yaml, with: {one: alice}}`")
    // The values are read from the nodes, which know how they are written.
    .transform(({ file }) => ({ verb: "call", file, with: new Map() }) as const),
});

export const set = verb({
  about: "Gives variables a value, from here on.",
  examples: ["set: {round: 2, greeting: hi again}"],
  schema: z
    .record(newVariable, scalar)
    .describe("a map such as `{round: 2}`")
    .transform(() => ({ verb: "set", values: new Map() }) as const),
});
