/**
 * The one file that a bot's process may read: `sandbox/runner` with vm2 in it. The published package has it ready made; in
 * a clone it is bundled on demand, once a process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { entrustFolder } from "./guardian.ts";

const HERE = fileURLToPath(import.meta.url);
const PUBLISHED = fileURLToPath(new URL("./sandbox/runner.cjs", import.meta.url));
const SOURCE = fileURLToPath(new URL("./sandbox/runner.ts", import.meta.url));

let bundling: Promise<string> | undefined;

export function runnerFile(): Promise<string> {
  if (!HERE.endsWith(".ts")) return Promise.resolve(PUBLISHED);
  bundling ??= (async () => {
    // A folder of our own: in a shared one another user could put a file under the name first.
    const folder = mkdtempSync(path.join(tmpdir(), "udpchat-"));
    entrustFolder(folder);
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    return bundleRunner(SOURCE, path.join(folder, "runner.cjs"));
  })();
  return bundling;
}

/** Bundles `source` into `target` and returns `target`. */
export async function bundleRunner(source: string, target: string): Promise<string> {
  await build({
    entryPoints: [source],
    outfile: target,
    bundle: true,
    platform: "node",
    target: "node26",
    format: "cjs",
    // vm2 loads these compilers when asked for, and it is not asked for.
    external: ["coffee-script", "typescript"],
    logLevel: "silent",
  });
  return target;
}
