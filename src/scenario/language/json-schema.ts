/** The grammar as a JSON Schema, for editors and other programs. What it cannot say, names and what depends on them, `lint` says. */
import { z } from "zod";
import { innerOf, isNeeded } from "./conform.ts";
import { alternatives, keyDocs, shared, textPatterns } from "./grammar/annotations.ts";
import { scenarioSchema } from "./grammar/scenario.ts";
import { stepCommon } from "./grammar/step.ts";
import { stepLists } from "./grammar/step-lists.ts";
import { verbs } from "./grammar/verbs.ts";

type Schema = z.core.$ZodType;
type Json = { readonly [key: string]: unknown };

/** A schema of the draft 2020-12 that accepts what the loader accepts, as far as shapes go. */
export function scenarioJsonSchema(): Json {
  const writer = new Writer();
  const top = writer.json(scenarioSchema);
  const step = writer.step();
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "udpchat scenario",
    description: "A scenario of udpchat: who takes part, what they do, and what must be seen.",
    ...top,
    $defs: {
      reference: {
        description:
          "The value of a variable of `vars` or `matrix`, or of one that a step above has set or captured.",
        type: "string",
        pattern: REFERENCE,
      },
      steps: arrayOf({ $ref: "#/$defs/step" }),
      branch: { anyOf: [{ $ref: "#/$defs/steps" }, { $ref: "#/$defs/step" }] },
      step,
      ...writer.shared,
    },
  };
}

const REFERENCE = "\\$\\{[^{}]*\\}";

class Writer {
  readonly shared: Record<string, Json> = {};

  /** A map with one verb, and what every step may have. */
  step(): Json {
    const own = Object.entries(verbs).map(([name, { schema, about, examples }]) => {
      const description = `${about}\n\n${examples.map((example) => `- ${example}`).join("\n")}`;
      return [name, { description, ...this.json(schema) }] as const;
    });
    return {
      description: "One step: a verb with what it needs.",
      type: "object",
      properties: { ...Object.fromEntries(own), ...this.#properties(stepCommon) },
      additionalProperties: false,
      oneOf: requireOne(Object.keys(verbs)),
    };
  }

  json(schema: Schema): Json {
    const name = shared.get(schema)?.name;
    if (name === undefined) return this.#write(schema);
    // Named before it is written: it may hold itself.
    if (!Object.hasOwn(this.shared, name)) {
      this.shared[name] = {};
      this.shared[name] = this.#write(schema);
    }
    return { $ref: `#/$defs/${name}` };
  }

  #write(schema: Schema): Json {
    const list = stepLists.get(schema);
    if (list !== undefined) {
      return list.of === "steps" ? { $ref: "#/$defs/steps" } : arrayOf({ $ref: "#/$defs/branch" });
    }
    if (schema instanceof z.ZodObject) return this.#object(schema);
    // `clients: {alice, bob}` and `net: {links: }` hold nothing where a map may stand.
    if (schema instanceof z.ZodRecord) {
      return { type: "object", additionalProperties: this.json(schema.valueType) };
    }
    if (schema instanceof z.ZodArray) return arrayOf(this.json(schema.element));
    if (schema instanceof z.ZodUnion) return { anyOf: schema.options.map((option) => this.json(option)) };
    if (schema instanceof z.ZodString) return textJson(schema);
    if (schema instanceof z.ZodEnum) return orReference({ enum: schema.options });
    if (schema instanceof z.ZodLiteral) return orReference({ enum: [...schema.values] });
    if (schema instanceof z.ZodBoolean) return orReference({ type: "boolean" });
    if (schema instanceof z.ZodNumber) return orReference(numberJson(schema));
    if (schema instanceof z.ZodNull) return { type: "null" };
    const inner = innerOf(schema);
    return inner === undefined ? {} : this.json(inner);
  }

  #object(schema: z.ZodObject): Json {
    const required = Object.keys(schema.shape).filter((key) => isNeeded(schema, key));
    const one = alternatives.get(schema)?.keys;
    return {
      // Where nothing is needed, nothing may stand: `clients: {alice, bob}`, `settle:`.
      type: required.length === 0 && one === undefined ? ["object", "null"] : "object",
      properties: this.#properties(schema),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
      ...(one !== undefined && { oneOf: requireOne(one) }),
    };
  }

  #properties(schema: z.ZodObject): Record<string, Json> {
    const docs = keyDocs.get(schema)?.docs ?? {};
    const entries = Object.entries<Schema>(schema.shape);
    return Object.fromEntries(
      entries.map(([key, field]) => [key, { description: docs[key], ...this.json(field) }]),
    );
  }
}

function requireOne(keys: readonly string[]): readonly Json[] {
  return keys.map((key) => ({ required: [key] }));
}

/** In a text that has a form of its own a number is a mistake; in any other a scalar stands for how it is written. */
function textJson(schema: z.ZodString): Json {
  const pattern = textPatterns.get(schema)?.pattern;
  if (pattern !== undefined) return { type: "string", pattern: `${pattern}|${REFERENCE}` };
  return { type: ["string", "number", "boolean", "null"] };
}

function numberJson({ minValue, maxValue, isInt }: z.ZodNumber): Json {
  return {
    type: isInt ? "integer" : "number",
    ...(isInt && minValue !== null && minValue > Number.MIN_SAFE_INTEGER && { minimum: minValue }),
    ...(isInt && maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER && { maximum: maxValue }),
  };
}

function arrayOf(items: Json): Json {
  return { type: "array", minItems: 1, items };
}

function orReference(json: Json): Json {
  return { anyOf: [json, { $ref: "#/$defs/reference" }] };
}
