import { z } from "zod";
import type { Capture } from "../../actions.ts";
import { newVariable } from "../names.ts";

/** `capture: name` keeps the main field, `capture: {name: field}` any of them. */
export function captureOf<const Fields extends readonly [string, ...string[]]>(
  fields: Fields,
  main: Fields[number],
) {
  const field = z.enum(fields).describe(fields.map((name) => `\`${name}\``).join(", "));
  return z
    .union([newVariable, z.record(newVariable, field)])
    .describe(`a variable's name, or a map such as \`{name: ${main}}\``)
    .transform((given): readonly Capture[] => {
      if (typeof given === "string") return [{ variable: given, field: main }];
      return Object.entries(given).map(([variable, name]) => ({ variable, field: name }));
    });
}
