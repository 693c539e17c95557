/** One file of JavaScript from a bot's script and all it imports, for the sandbox. */
import { stat } from "node:fs/promises";
import { isBuiltin } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildFailure, build, type Message, type Plugin } from "esbuild";
import * as botApi from "../bot/index.ts";
import { BotError } from "./bot-error.ts";
import type { BotFault } from "./bot-event.ts";
import { ownFiles, SOURCES_BYTES_MAX } from "./own-files.ts";
import type { Fault } from "./pipe/messages.ts";
import { SANDBOX_CODE } from "./sandbox-code.ts";
import { codeFrame, parsePlace, type SourcePlace, SourceText } from "./source-place.ts";

/** Parsing this much takes vm2 about 0.4 s, which is as long as a bot should take to start. */
const BUNDLE_BYTES_MAX = 1_048_576;

/** Of one file that is shown; of longer ones the place is told alone. */
const SOURCE_CHARS_MAX = 1_048_576;

export interface Bundle {
  readonly code: string;
  /** The code as vm2 has read it (read-ahead.ts); without it the bot's process reads for itself. */
  readonly asRead?: string;
  /** Names the author's files alone: what is ours in the bundle has no source. */
  readonly sourceMap: string;
  /** The author's files by their name in the map. */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** How many bytes come from where: a package, or a file of the author's; the largest first. */
  readonly sizes: readonly (readonly [from: string, bytes: number])[];
}

const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));
/** What esbuild calls the few lines that begin the bundle. */
const ENTRY = "udpchat-bot-entry";
const OUR_SOURCE = "udpchat:bot";

/**
 * What a script imports of ours is in the process already (sandbox/prelude.ts), and is handed to it: vm2 parses whatever it runs,
 * at a millisecond for each KiB in a process that has just begun.
 */
const OUR_API: Plugin = {
  name: "udpchat/bot",
  setup(building) {
    building.onResolve({ filter: /^udpchat\/bot$/ }, () => ({ path: "bot", namespace: "udpchat" }));
    building.onLoad({ filter: /^bot$/, namespace: "udpchat" }, () => ({
      contents: `export const { ${Object.keys(botApi).join(", ")} } = __udpchat;`,
    }));
  },
};

/** The global one cannot be replaced, and what is rejected in it is lost (sandbox/promise.ts). */
const OUR_PROMISE = Object.fromEntries(
  ["globalThis", "global", "self", "window"].map((name) => [`${name}.Promise`, "Promise"]),
);

/**
 * Bundles a script with what it imports.
 *
 * @throws {BotError} `SCRIPT_NOT_FOUND`, `BUILD_FAILED` or `BUNDLE_TOO_LARGE`.
 */
export async function bundleBot(script: string): Promise<Bundle> {
  const file = path.resolve(script);
  const sizeBytes = await fileSize(file);
  if (sizeBytes === undefined) throw new BotError("SCRIPT_NOT_FOUND", `there is no script ${script}`);
  refuseLargeSources(script, sizeBytes);
  const { code, map, sizes } = await bundled(file);
  if (code.length > BUNDLE_BYTES_MAX) {
    const size = Math.ceil(code.length / 1024);
    throw new BotError(
      "BUNDLE_TOO_LARGE",
      `${script} and what it imports come to ${size} KiB; a bot may have ${BUNDLE_BYTES_MAX / 1024} KiB`,
    );
  }
  return { ...namedByAuthor(code, map, path.dirname(file)), sizes };
}

/** A fault with the author's place and line; the bot only claims them, so nothing but its own files is shown. */
export function locateFault({ name, message, stack, place: claimed }: Fault, { sources }: Bundle): BotFault {
  const parsed = claimed === undefined ? undefined : parsePlace(claimed);
  const source = parsed && sources.get(parsed.file);
  const place = source === undefined ? undefined : parsed;
  return { name, message, stack, place, codeFrame: place && source && codeFrame(source, place) };
}

async function bundled(file: string): Promise<{ code: string; map: string; sizes: Bundle["sizes"] }> {
  const entry = `import * as script from ${JSON.stringify(file)};\nexport { script };`;
  try {
    const { outputFiles, metafile } = await build({
      ...SANDBOX_CODE,
      stdin: {
        contents: entry,
        resolveDir: path.dirname(file),
        sourcefile: ENTRY,
        loader: "js",
      },
      // Only names the outputs; nothing is written.
      outfile: path.join(path.dirname(file), "bot.js"),
      write: false,
      banner: { js: "__begin((Promise, __udpchat) => {" },
      globalName: "__bundle",
      footer: { js: "return __bundle.script; });" },
      define: OUR_PROMISE,
      mainFields: ["module", "main"],
      conditions: ["import", "module"],
      plugins: [OUR_API, ownFiles(file)],
      // A bot that lies somewhere else finds what udpchat has, such as zod.
      nodePaths: [PACKAGES],
      metafile: true,
      sourcemap: "external",
      sourcesContent: true,
      logOverride: { "import-is-undefined": "silent" },
    });
    const text = (suffix: string) => outputFiles.find((output) => output.path.endsWith(suffix))?.text ?? "";
    const sourceBytes = Object.values(metafile.inputs).reduce((sum, { bytes }) => sum + bytes, 0);
    refuseLargeSources(displayName(file), sourceBytes);
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    return { code: text("bot.js"), map: text("bot.js.map"), sizes: sizesOf(inputs) };
  } catch (error) {
    throw error instanceof BotError ? error : buildError(error as BuildFailure, file);
  }
}

function sizesOf(inputs: readonly [path: string, { readonly bytesInOutput: number }][]): Bundle["sizes"] {
  const sizes = new Map<string, number>();
  for (const [input, { bytesInOutput }] of inputs) {
    if (isOurs(input)) continue;
    const file = path.resolve(input);
    const name = packageOf(file) ?? displayName(file);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].filter(([, bytes]) => bytes > 0).sort(([, a], [, b]) => b - a);
}

function packageOf(file: string): string | undefined {
  return /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** Whether that is none of the author's files, as esbuild names its sources. */
function isOurs(source: string): boolean {
  return source.endsWith(ENTRY) || source === OUR_SOURCE;
}

function buildError(failure: BuildFailure, file: string): BotError {
  const [first] = failure.errors ?? [];
  if (first === undefined) {
    return new BotError("BUILD_FAILED", `${displayName(file)}: ${failure.message}`, { cause: failure });
  }
  const more = failure.errors.length > 1 ? ` (and ${failure.errors.length - 1} more)` : "";
  const { location } = first;
  const place: SourcePlace | undefined = location
    ? { file: displayName(path.resolve(location.file)), line: location.line, column: location.column + 1 }
    : undefined;
  return new BotError("BUILD_FAILED", inOurWords(first) + more, {
    cause: failure,
    place,
    codeFrame: place && location ? codeFrame(linesUpTo(location.line, location.lineText), place) : undefined,
  });
}

/** esbuild gives the faulty line only, and that is the one to show. */
function linesUpTo(line: number, lineText: string): SourceText {
  return new SourceText(`${"\n".repeat(line - 1)}${lineText}`);
}

function inOurWords({ text }: Message): string {
  const unknown = /^No matching export in "udpchat:bot" for import "(.+)"$/.exec(text)?.[1];
  if (unknown !== undefined) return `udpchat/bot has no "${unknown}"`;
  const missing = /^Could not resolve "(.+)"$/.exec(text)?.[1];
  if (missing === undefined) return text;
  if (isBuiltin(missing)) {
    return `a bot cannot import "${missing}": it has no files, network or processes`;
  }
  return `there is no "${missing}" to import`;
}

/** Leaves in the source map the author's files, under the names he knows them by, and nothing of ours. */
function namedByAuthor(code: string, mapText: string, folder: string): Omit<Bundle, "sizes"> {
  const map = JSON.parse(mapText) as {
    sources: string[];
    sourcesContent?: (string | null)[];
    [key: string]: unknown;
  };
  const sources = new Map<string, SourceText>();
  map.sources = map.sources.map((source, i) => {
    if (isOurs(source)) return "";
    const name = displayName(path.resolve(folder, source));
    const text = map.sourcesContent?.[i] ?? "";
    sources.set(name, new SourceText(text.length > SOURCE_CHARS_MAX ? "" : text));
    return name;
  });
  delete map.sourcesContent;
  return { code, sourceMap: JSON.stringify(map), sources };
}

/** As the author knows it: relative where it lies below the working directory. */
export function displayName(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith("..") ? file : relative;
}

/** `undefined` where there is no file. */
async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

function refuseLargeSources(script: string, bytes: number): void {
  if (bytes <= SOURCES_BYTES_MAX) return;
  const [has, may] = [bytes, SOURCES_BYTES_MAX].map((size) => Math.ceil(size / 1_048_576));
  const message = `the sources of ${script} and what it imports come to ${has} MiB; a bot's may have ${may} MiB`;
  throw new BotError("BUNDLE_TOO_LARGE", message);
}
