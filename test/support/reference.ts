/** The parts of the language's reference that the grammar itself tells. */
import { z } from "zod";
import { PACKET_KINDS } from "../../src/protocol/packet-kind.ts";
import { alternativesOf, innerOf } from "../../src/scenario/language/conform.ts";
import { FACTS } from "../../src/scenario/language/facts.ts";
import { keyDocs } from "../../src/scenario/language/grammar/annotations.ts";
import { operatorDocs } from "../../src/scenario/language/grammar/comparisons.ts";
import { eventPattern } from "../../src/scenario/language/grammar/events.ts";
import { scenarioSchema } from "../../src/scenario/language/grammar/scenario.ts";
import { stepCommon } from "../../src/scenario/language/grammar/step.ts";
import { verbs } from "../../src/scenario/language/grammar/verbs.ts";

type Schema = z.core.$ZodType;

/** By the name that stands in the document's comments: `<!-- keys -->` … `<!-- end -->`. */
export function referenceParts(): Readonly<Record<string, string>> {
  const [top] = objectsIn(scenarioSchema);
  const [event] = objectsIn(eventPattern);
  const [common] = objectsIn(stepCommon);
  return {
    keys: tableOf(top),
    participants: ["server", "clients", "bots"]
      .map((key) => `**${key}**\n\n${insideOf(top?.shape[key], tablesUnder)}`)
      .join("\n\n"),
    choices: ["net", "requires", "skip", "invariants"]
      .map((key) => `**${key}**\n\n${insideOf(top?.shape[key])}`)
      .join("\n\n"),
    common: tableOf(common),
    verbs: Object.entries(verbs)
      .map(([name, { about, examples, schema }]) => {
        const code = `\`\`\`yaml step\n${examples.map((example) => `- ${example}`).join("\n")}\n\`\`\``;
        const fields = objectsIn(schema).map((object) => tableOf(object));
        return [`### ${name}`, about, code, ...fields].join("\n\n");
      })
      .join("\n\n"),
    events: `${tableOf(event)}\n\n${Object.entries(event?.shape ?? {})
      .flatMap(([key, field]) => objectsIn(field as Schema).map((object) => [key, object] as const))
      .filter(([, object]) => Object.keys(object.shape).length > 0)
      .map(([key, object]) => `Of **${key}**:\n\n${tableOf(object)}`)
      .join("\n\n")}`,
    operators: rows(operatorDocs),
    facts: FACTS.map((fact) => `\`${fact}\``).join(", "),
    packets: PACKET_KINDS.map((kind) => `\`${kind}\``).join(", "),
  };
}

/** Puts the parts into a document. */
export function withParts(document: string, parts: Readonly<Record<string, string>>): string {
  return document.replaceAll(/<!-- (\w+) -->\n.*?<!-- end -->/gs, (whole, name: string) => {
    const part = parts[name];
    return part === undefined ? whole : `<!-- ${name} -->\n\n${part}\n\n<!-- end -->`;
  });
}

function insideOf(schema: unknown, under: (object: z.ZodObject) => readonly string[] = () => []): string {
  const objects = schema === undefined ? [] : objectsIn(schema as Schema);
  return objects
    .filter((object) => Object.keys(object.shape).length > 0)
    .flatMap((object) => [tableOf(object), ...under(object)])
    .join("\n\n");
}

/** The maps with fixed keys that stand in a map. */
function tablesUnder(object: z.ZodObject): readonly string[] {
  return Object.entries(object.shape).flatMap(([key, field]) =>
    objectsIn(field as Schema)
      .filter((inner) => keyDocs.get(inner) !== undefined)
      .flatMap((inner) => [`Of **${key}**:\n\n${tableOf(inner)}`, ...tablesUnder(inner)]),
  );
}

/** The maps with fixed keys that a schema is, or that the values of its map are. */
function objectsIn(schema: Schema): readonly z.ZodObject[] {
  return alternativesOf(schema).flatMap((one) => {
    if (one instanceof z.ZodObject) return [one];
    return one instanceof z.ZodRecord ? objectsIn(one.valueType) : [];
  });
}

/** One row for each key. */
function tableOf(object: z.ZodObject | undefined): string {
  if (object === undefined) return "";
  const docs = keyDocs.get(object)?.docs ?? {};
  const lines = Object.entries(object.shape).map(([key, field]) => {
    const mark = isNeeded(field as Schema) ? " (needed)" : "";
    return `| \`${key}\`${mark} | ${escaped(describe(field as Schema) ?? "")} | ${escaped(docs[key] ?? "")} |`;
  });
  return ["| key | takes | meaning |", "|---|---|---|", ...lines].join("\n");
}

function rows(docs: Readonly<Record<string, string>>): string {
  const lines = Object.entries(docs).map(([key, text]) => `| \`${key}\` | ${escaped(text)} |`);
  return ["| operator | holds when |", "|---|---|", ...lines].join("\n");
}

function isNeeded(field: Schema): boolean {
  const isOptional = field instanceof z.ZodExactOptional || field instanceof z.ZodDefault;
  return !isOptional;
}

function describe(schema: Schema): string | undefined {
  const text = z.globalRegistry.get(schema)?.description;
  const inner = innerOf(schema);
  return text ?? (inner === undefined ? undefined : describe(inner));
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
