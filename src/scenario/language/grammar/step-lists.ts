import { z } from "zod";

/** Schemas under which steps stand. They are read where steps are; here is only said where that is. */
export const stepLists: z.core.$ZodRegistry<{ readonly of: "steps" | "branches" }> = z.registry();

/** A list of steps. */
export const steps = z
  .array(z.unknown())
  .min(1)
  .describe("a list of steps")
  .register(stepLists, { of: "steps" });

/** A list of branches: lists of steps, or steps. */
export const branches = z
  .array(z.unknown())
  .min(1)
  .describe("a list of branches such as `[[{register: alice}], [{register: bob}]]`")
  .register(stepLists, { of: "branches" });
