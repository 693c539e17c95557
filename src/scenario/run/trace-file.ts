import { createHash } from "node:crypto";
import path from "node:path";
import type { Scenario } from "../language/model.ts";
import type { NetKind, ScenarioRun } from "./result.ts";

/** File systems take 255 bytes for a name. */
const SLUG_CHARS_MAX = 80;

/**
 * Where the trace of a run goes: the same for the same run, so that a later one replaces it. File and scenario stand in its name
 * so that a person finds it.
 */
export function traceFileOf(
  folder: string,
  { name, place }: Scenario,
  run: { readonly net: NetKind } & Pick<ScenarioRun, "seed" | "round" | "attempt">,
): string {
  const file = place.file.replace(/\.ya?ml$/i, "");
  const words = [
    slug(file),
    slug(name),
    // Names may differ in nothing that a file's name can hold.
    createHash("sha256").update(`${place.file}:${place.line}:${name}`).digest("hex").slice(0, 6),
    run.net === "sim" ? `seed${run.seed}` : "real",
    ...(run.round > 1 ? [`round${run.round}`] : []),
    ...(run.attempt > 1 ? [`attempt${run.attempt}`] : []),
  ];
  return path.join(folder, `${words.join("-")}.jsonl`);
}

function slug(text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{N}]+/gu, "-").replaceAll(/^-|-$/g, "");
  return [...plain].slice(-SLUG_CHARS_MAX).join("");
}
