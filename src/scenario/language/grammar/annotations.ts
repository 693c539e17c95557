/** What the grammar says about a schema beyond its shape. */
import { z } from "zod";
import type { ProblemCode } from "../problem.ts";

/**
 * Whose name a text is:
 * - `client`: one of `clients`
 * - `bot`: one of `bots`
 * - `recipient`: a nickname, or any text when the step says `result: failed`
 * - `row`: a nickname as the key of a table's row, or anything when its value is `absent`
 * - `sender`: a nickname
 * - `as`: a nickname that the step itself brings into play
 * - `link`, `end`: a link such as `alice->bob`, and one end of it
 * - `mark`, `newMark`: a mark that stands above, and one that is set here
 * - `newVariable`: a variable that gets its value here
 * - `fact`: a variable, or what a run knows of itself
 */
export type Role = "client" | "bot" | "recipient" | "row" | "sender" | "as" | "link" | "end" | VariableRole;

/** Roles of names that steps give, so that only those below may use them. */
export type VariableRole = "mark" | "newMark" | "newVariable" | "fact";

export const roles: z.core.$ZodRegistry<{ readonly role: Role }> = z.registry();

/** Keys of a map that the language has and this version does not read yet. */
export const planned: z.core.$ZodRegistry<{ readonly words: readonly string[] }> = z.registry();

/** What stands for a value that is known only when the scenario runs. */
export const samples: z.core.$ZodRegistry<{ readonly sample: string }> = z.registry();

/** What each key of a map means: for editors and for the reference. */
export const keyDocs: z.core.$ZodRegistry<{ readonly docs: Readonly<Record<string, string>> }> = z.registry();

/** What a JSON Schema says of a text beyond its being one: a pattern, which zod does not know. */
export const textPatterns: z.core.$ZodRegistry<{ readonly pattern: string }> = z.registry();

/** A map with exactly these keys, each of them explained in `docs`. */
export function fieldsOf<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  docs: { readonly [Key in keyof Shape]: string },
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape).register(keyDocs, { docs });
}

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

/** Schemas that stand in many places: a JSON Schema defines each once, under its name. */
export const shared: z.core.$ZodRegistry<{ readonly name: string }> = z.registry();

/** The keys of which exactly one must stand in a map. */
export const alternatives: z.core.$ZodRegistry<{ readonly keys: readonly string[] }> = z.registry();

/** A map in which exactly one of some keys must stand; `what` each of them is, such as `an event`. */
export function withOneOf<Schema extends z.ZodObject>(
  schema: Schema,
  what: string,
  keys: readonly string[],
): Schema {
  const checked = schema.superRefine(checkOneOf(what, keys));
  alternatives.add(checked, { keys });
  return checked;
}

/** The check of {@link withOneOf} alone, for maps in which it depends on more than the keys. */
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
