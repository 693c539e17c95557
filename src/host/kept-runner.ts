/**
 * A clone's runner from one process to the next: to bundle it takes half of what a short command takes. It lies with what other tools
 * keep of a clone, and says what it was made of; of any other sources it is not taken.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const CLONE = fileURLToPath(new URL("../../", import.meta.url));
const FOLDER = path.join(CLONE, "node_modules/.cache/udpchat");
const NAME = "runner.cjs";

interface Origin {
  /** What it was made of: files as they are found from the clone, which may be a copy of another, and a hash of all that was in them. */
  readonly inputs: readonly string[];
  readonly hash: string;
}

/** `undefined` when there is none, or its sources have changed since. */
export function keptRunner(folder = FOLDER): string | undefined {
  try {
    const text = readFileSync(path.join(folder, NAME), "utf8");
    const { inputs, hash } = JSON.parse(text.slice("//".length, text.indexOf("\n"))) as Origin;
    return hashOf(inputs) === hash ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Where it cannot be kept, the next process bundles for itself. */
export function keepRunner(code: string, inputs: readonly string[], folder = FOLDER): void {
  const own = path.join(folder, `${process.pid}.cjs`);
  try {
    const fromClone = inputs.map((input) => path.relative(CLONE, input));
    const origin: Origin = { inputs: fromClone, hash: hashOf(fromClone) };
    mkdirSync(folder, { recursive: true });
    writeFileSync(own, `//${JSON.stringify(origin)}\n${code}`);
    renameSync(own, path.join(folder, NAME));
  } catch {
    // A clone that is somebody else's, a full disk: nothing that a bot needs.
  }
}

function hashOf(inputs: readonly string[]): string {
  const hash = createHash("sha256").update(process.version);
  for (const input of inputs) hash.update(readFileSync(path.join(CLONE, input))).update("\0");
  return hash.digest("hex");
}
