/** The plainest schemas, of which many maps have some. */
import { z } from "zod";

export const flag = z.boolean().describe("`true` or `false`");

/** Any text, an empty one too. */
export const anyText = z.string().describe("a text");

export const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .describe("a text, a number, true or false");
