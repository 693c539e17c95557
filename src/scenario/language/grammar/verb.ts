import type { z } from "zod";
import type { Call, LeafAction, Parallel, Repeat } from "../actions.ts";

/** What is read of a step without the steps in it. */
export type Head = LeafAction | Omit<Parallel, "branches"> | Omit<Repeat, "steps"> | Omit<Call, "story">;

/** One verb of the language: all that its users and its reader know of it. */
export interface Verb {
  /** What stands under the verb. */
  readonly schema: z.ZodType<Head>;
  /** Keys of that map, or the map itself (`""`), under which steps stand; they are read where steps are. */
  readonly holds: string | undefined;
  /** What it does, in sentences. */
  readonly about: string;
  /** Steps without their dash; the first one is the usual one. In them, alice and bob are clients. */
  readonly examples: readonly [string, ...string[]];
}

export function verb(definition: Omit<Verb, "holds"> & { readonly holds?: string }): Verb {
  return { holds: undefined, ...definition };
}
