/** What the grammar says about a schema beyond its shape. */
import { z } from "zod";
import type { ProblemCode } from "../problem.ts";

/**
 * Whose name a text is:
 * - `client`: one of `clients`
 * - `recipient`: a nickname, or any text when the step says `result: failed`
 * - `row`: a nickname as the key of a table's row, or anything when its value is `absent`
 * - `sender`: a nickname
 * - `as`: a nickname that the step itself brings into play
 * - `link`, `end`: a link such as `alice->bob`, and one end of it
 */
export type Role = "client" | "recipient" | "row" | "sender" | "as" | "link" | "end";

export const roles: z.core.$ZodRegistry<{ readonly role: Role }> = z.registry();

/** Keys of a map, or values, that the language has and this version does not read yet. */
export const planned: z.core.$ZodRegistry<{ readonly words: readonly string[] }> = z.registry();

/** What a check of the grammar found. */
export interface Complaint {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string;
  /** Where in the checked value. Default: the value itself. */
  readonly path?: readonly (string | number)[];
  /** Marks the key at the path, or the one that holds the value, instead of the value. */
  readonly atKey?: boolean;
}

/** Fails a check, from inside `transform` or `superRefine`. The result is never used. */
export function complain(context: z.core.$RefinementCtx, complaint: Complaint): never {
  const { message, path = [], ...params } = complaint;
  context.addIssue({ code: "custom", message, path: [...path], params });
  return z.NEVER;
}

/** For schemas of maps in which exactly one of some keys must stand; `what` each of them is, such as `an event`. */
export function checkOneOf(what: string, keys: readonly string[]) {
  return (fields: object, context: z.core.$RefinementCtx): void => {
    const [first, second] = Object.keys(fields).filter((key) => keys.includes(key));
    if (first === undefined) {
      const hint = `add one of ${keys.join(", ")}`;
      complain(context, { code: "MISSING", message: `${what} is missing here`, hint, atKey: true });
    } else if (second !== undefined) {
      const message = `\`${second}\` cannot stand beside \`${first}\``;
      const hint = `choose one of ${keys.join(", ")}`;
      complain(context, { code: "TOO_MANY", message, hint, path: [second], atKey: true });
    }
  };
}
