/**
 * The one file that a bot's process may read: `sandbox/runner` with vm2 in it. The published package has it ready made; in
 * a clone it is bundled on demand, whenever its sources have changed.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile } from "esbuild";
import { entrustFolder } from "./guardian.ts";
import { keepRunner, keptRunner } from "./kept-runner.ts";
import { SANDBOX_CODE } from "./sandbox-code.ts";

const HERE = fileURLToPath(import.meta.url);
const PUBLISHED = fileURLToPath(new URL("./sandbox/runner.cjs", import.meta.url));
const SOURCE = fileURLToPath(new URL("./sandbox/runner.ts", import.meta.url));
/** What makes the runner without being in it. */
const MAKERS = [
  HERE,
  ...["./sandbox-code.ts", "./vm2-reading.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url))),
];
/** In a clone these files are TypeScript, in the published package JavaScript; esbuild takes both. */
const PRELUDE = fileURLToPath(new URL(`./sandbox/prelude${path.extname(HERE)}`, import.meta.url));

let bundling: Promise<string> | undefined;

export function runnerFile(): Promise<string> {
  if (!HERE.endsWith(".ts")) return Promise.resolve(PUBLISHED);
  bundling ??= makeForThisProcess().catch((error) => {
    // The next one tries again.
    bundling = undefined;
    throw error;
  });
  return bundling;
}

async function makeForThisProcess(): Promise<string> {
  // A folder of our own: in a shared one another user could put a file under the name first.
  const folder = mkdtempSync(path.join(tmpdir(), "udpchat-"));
  entrustFolder(folder);
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const target = path.join(folder, "runner.cjs");
  let code = keptRunner();
  if (code === undefined) {
    const bundled = await bundle(SOURCE);
    ({ code } = bundled);
    keepRunner(code, [...MAKERS, ...bundled.inputs]);
  }
  writeFileSync(target, code);
  return target;
}

/** Bundles `source` and what runs in the sandbox before a script does into `target`, and returns `target`. */
export async function bundleRunner(source: string, target: string): Promise<string> {
  writeFileSync(target, (await bundle(source)).code);
  return target;
}

interface Bundled {
  readonly code: string;
  /** The files of which it was made. */
  readonly inputs: readonly string[];
}

async function bundle(source: string): Promise<Bundled> {
  const prelude = await bundlePrelude();
  const { outputFiles, metafile } = await build({
    entryPoints: [source],
    write: false,
    metafile: true,
    bundle: true,
    platform: "node",
    target: "node26",
    format: "cjs",
    define: { PRELUDE_CODE: JSON.stringify(prelude.code), PRELUDE_AS_READ: JSON.stringify(prelude.asRead) },
    // Comments are for us; a process would read past a hundred kilobytes of them.
    minifyWhitespace: true,
    // vm2 loads these compilers when asked for, and it is not asked for.
    external: ["coffee-script", "typescript"],
    logLevel: "silent",
  });
  return { code: outputFiles[0]?.text ?? "", inputs: [...prelude.inputs, ...filesOf(metafile)] };
}

function filesOf({ inputs }: Metafile): string[] {
  return Object.keys(inputs).map((input) => path.resolve(input));
}

/**
 * The prelude as one script, and what vm2 makes of it before it runs it. That is done here once: it takes a process that has just
 * begun longer than all the rest of its start. Scripts of others are read by the vm2 that runs them.
 */
async function bundlePrelude(): Promise<Bundled & { readonly asRead: string }> {
  const { outputFiles, metafile } = await build({
    ...SANDBOX_CODE,
    entryPoints: [PRELUDE],
    write: false,
    metafile: true,
    // Strict, as the modules are of which it is made, or a function that ours calls would see its caller and the arguments of that.
    banner: {
      js: `(() => { "use strict"; var Promise, calls; const __setPromise = (constructor) => { Promise = constructor; };
        const __setCalls = (given) => { calls = given; };`,
    },
    footer: { js: "return calls; })();" },
    minifyWhitespace: true,
    minifySyntax: true,
  });
  const code = outputFiles[0]?.text ?? "";
  // Only where a runner is made: whoever finds one ready made has no use for vm2 in this process.
  const { readByVm2 } = await import("./vm2-reading.ts");
  return { code, asRead: readByVm2(code) ?? "", inputs: filesOf(metafile) };
}
