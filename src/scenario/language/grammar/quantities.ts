/** Texts with a unit. A bare number is refused: what it counts, its reader would have to guess. */
import { z } from "zod";
import { type Complaint, complain, samples, textPatterns } from "./annotations.ts";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
type Unit = keyof typeof UNIT_MS;

/** Timers of the runtime end at 2^31 ms; a scenario of a day is long enough. */
const DURATION_MS_MAX = 86_400_000;

const NUMBER = /^\d+(?:\.\d+)?$/;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const RANGE = /^\d+(?:\.\d+)?(?:ms|s|m|h)(?:\.\.\d+(?:\.\d+)?(?:ms|s|m|h))?$/;
const PERCENTAGE = /^(\d+(?:\.\d+)?)%$/;

/** `600ms`, `1.5s`, `2m`, `1h`; gives milliseconds. */
export const duration = z
  .string()
  .describe("a duration such as `600ms` or `2s`")
  .register(samples, { sample: "1s" })
  .register(textPatterns, { pattern: DURATION.source })
  .transform((text, context) => {
    const durationMs = parseDurationMs(text);
    return typeof durationMs === "number" ? durationMs : complain(context, durationMs);
  });

/** `5ms..40ms`, or `40ms` for always the same; gives milliseconds. */
export const durationRange = z
  .string()
  .describe("a duration such as `40ms`, or a range such as `5ms..40ms`")
  .register(samples, { sample: "1ms" })
  .register(textPatterns, { pattern: RANGE.source })
  .transform((text, context) => {
    const [from = "", to = from, ...more] = text.split("..");
    const unit = /[a-z]+$/.exec(to)?.[0];
    if (to !== from && NUMBER.test(from) && unit !== undefined) {
      const hint = `write \`${from}${unit}..${to}\``;
      return complain(context, { code: "MISSING_UNIT", message: "both ends of a range need a unit", hint });
    }
    const min = parseDurationMs(from);
    const max = parseDurationMs(to);
    if (more.length > 0 || (text.includes("..") && (from === "" || to === ""))) {
      const hint = "write `5ms..40ms`";
      return complain(context, { code: "BAD_VALUE", message: `\`${text}\` is not a range`, hint });
    }
    if (typeof min !== "number") return complain(context, min);
    if (typeof max !== "number") return complain(context, max);
    if (min > max) {
      const hint = `write \`${to}..${from}\``;
      return complain(context, {
        code: "OUT_OF_RANGE",
        message: "a range begins with its smaller end",
        hint,
      });
    }
    return { min, max };
  });

/** `20%`, `0.5%`; gives a fraction. */
export const percentage = z
  .string()
  .describe("a percentage such as `20%`")
  .register(samples, { sample: "1%" })
  .register(textPatterns, { pattern: PERCENTAGE.source })
  .transform((text, context) => {
    const digits = PERCENTAGE.exec(text)?.[1];
    if (digits === undefined) return complain(context, explainPercentage(text));
    const percent = Number(digits);
    if (percent <= 100) return percent / 100;
    return complain(context, { code: "OUT_OF_RANGE", message: `\`${text}\` is more than \`100%\`` });
  });

function parseDurationMs(text: string): number | Complaint {
  const match = DURATION.exec(text);
  if (match === null) return explainDuration(text);
  const durationMs = Number(match[1]) * UNIT_MS[match[2] as Unit];
  if (durationMs <= DURATION_MS_MAX) return durationMs;
  return { code: "OUT_OF_RANGE", message: `\`${text}\` is longer than a day` };
}

function explainDuration(text: string): Complaint {
  if (NUMBER.test(text)) {
    const hint = `write a unit, such as \`${text}ms\` or \`${text}s\``;
    return { code: "MISSING_UNIT", message: "a duration needs a unit", hint };
  }
  const message = `\`${text}\` is not a duration`;
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Zµ]+)\s*$/.exec(text) ?? [];
  const meant = Object.entries(UNIT_NAMES).find(([, names]) => names.includes(unit?.toLowerCase() ?? ""));
  if (meant !== undefined) return { code: "BAD_VALUE", message, hint: `write \`${number}${meant[0]}\`` };
  return {
    code: "BAD_VALUE",
    message,
    hint: "write a number and one of `ms`, `s`, `m`, `h`, such as `600ms`",
  };
}

/** How people write units elsewhere. */
const UNIT_NAMES: { readonly [unit in Unit]: readonly string[] } = {
  ms: ["ms", "msec", "msecs", "millis", "millisecond", "milliseconds"],
  s: ["s", "sec", "secs", "second", "seconds"],
  m: ["m", "min", "mins", "minute", "minutes"],
  h: ["h", "hr", "hrs", "hour", "hours"],
};

function explainPercentage(text: string): Complaint {
  if (!NUMBER.test(text)) {
    const message = `\`${text}\` is not a percentage`;
    return { code: "BAD_VALUE", message, hint: "write a number from 0 to 100 and `%`, such as `20%`" };
  }
  const number = Number(text);
  const percent = number > 0 && number < 1 ? Number((number * 100).toPrecision(12)) : number;
  return { code: "MISSING_UNIT", message: "a percentage needs its sign", hint: `write \`${percent}%\`` };
}
