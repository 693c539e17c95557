import { existsSync } from "node:fs";
import path from "node:path";
import { bundleBot } from "../../host/bundle.ts";
import { counted } from "../../scenario/counted.ts";
import { DEFAULT_PATHS, discoverScenarios, loadScenarioFile } from "../../scenario/index.ts";
import { complain } from "../complaint.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Interruption } from "../interruption.ts";
import { printNote } from "../terminal-output.ts";
import { watchFiles } from "../watched-files.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";

/**
 * Runs, and when a file changes runs again what it touches: the scenario files that are it, call it, or have a bot whose
 * script is it or imports it. Until it is interrupted. What the last run came to is what the command comes to.
 */
export async function watchAndRun(
  options: { readonly paths: readonly string[] },
  { signal }: Interruption,
  run: (paths: readonly string[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  using files = watchFiles();
  using keys = watchKeys();
  let exitCode = await runToTheEnd(run, options.paths);
  while (!signal.aborted && !keys.signal.aborted) {
    const touched = await touchedBy(discoverScenarios(options.paths).files);
    const folders = (options.paths.length === 0 ? DEFAULT_PATHS : options.paths).map((one) =>
      path.resolve(one),
    );
    files.follow(new Set(touched.keys()), folders);
    printNote(`\nwatching ${counted(touched.size, "file")}: ${keys.help}`);
    const next = await nextWork(files, keys, AbortSignal.any([signal, keys.signal]));
    if (next === undefined) break;
    const again =
      next === "all" ? options.paths : stillThere([...next].flatMap((file) => scenariosOf(file, touched)));
    // Somebody's change may take a file away, or bring one that is no scenario.
    if (next !== "all" && again.length === 0) continue;
    exitCode = await runToTheEnd(run, again);
  }
  return exitCode;
}

function scenariosOf(file: string, touched: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const known = touched.get(file);
  if (known !== undefined) return [...known];
  return /\.ya?ml$/i.test(file) ? [path.relative("", file)] : [];
}

function stillThere(files: readonly string[]): readonly string[] {
  return [...new Set(files)].filter((file) => existsSync(file));
}

/** A mistake on the way does not end the watch: it is there to be mended. */
async function runToTheEnd(
  run: (paths: readonly string[]) => Promise<ExitCode>,
  paths: readonly string[],
): Promise<ExitCode> {
  try {
    return await run(paths);
  } catch (error) {
    return complain(error, { debug: false });
  }
}

/** Which scenario files each file touches, by their absolute paths. */
async function touchedBy(
  scenarioFiles: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const touched = new Map<string, Set<string>>();
  const note = (file: string, scenarioFile: string) => {
    const absolute = path.resolve(file);
    const known = touched.get(absolute);
    if (known === undefined) touched.set(absolute, new Set([scenarioFile]));
    else known.add(scenarioFile);
  };
  const imports = new Map<string, Promise<readonly string[]>>();
  for (const scenarioFile of scenarioFiles) {
    const { scenarios, files } = loadScenarioFile(scenarioFile);
    for (const file of [scenarioFile, ...files]) note(file, scenarioFile);
    const scripts = new Set(scenarios.flatMap(({ bots }) => [...bots.values()].map(({ script }) => script)));
    for (const script of scripts) {
      note(script, scenarioFile);
      const known = imports.get(script) ?? importsOf(script);
      imports.set(script, known);
      for (const file of await known) note(file, scenarioFile);
    }
  }
  return touched;
}

/** Of a script that cannot be bundled only itself is known. */
async function importsOf(script: string): Promise<readonly string[]> {
  try {
    const { sources } = await bundleBot(script);
    return [...sources.keys()].map((file) => path.resolve(file));
  } catch {
    return [];
  }
}

function nextWork(
  files: ReturnType<typeof watchFiles>,
  keys: Keys,
  signal: AbortSignal,
): Promise<ReadonlySet<string> | "all" | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  const over = new AbortController();
  const ended = new Promise<undefined>((resolve) => {
    // Not beyond this wait: there are as many waits as changes.
    signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: over.signal });
  });
  return Promise.race([files.changed(over.signal), keys.all(), ended]).finally(() => over.abort());
}

interface Keys extends Disposable {
  readonly help: string;
  /** Aborts when the user wants to leave. */
  readonly signal: AbortSignal;
  /** Resolves when the user wants all to be run. */
  all(): Promise<"all">;
}

/** On a terminal a key is enough; elsewhere nobody types. */
function watchKeys(): Keys {
  const leaving = new AbortController();
  let wantAll: (() => void) | undefined;
  const all = () => new Promise<"all">((resolve) => (wantAll = () => resolve("all")));
  const { stdin } = process;
  if (!stdin.isTTY) return { help: "Ctrl+C leaves", signal: leaving.signal, all, [Symbol.dispose]: () => {} };
  const onKey = (key: string) => {
    if (key === "q" || key === CTRL_D) leaving.abort();
    // In this mode the terminal does not make a signal of it.
    else if (key === CTRL_C) process.kill(process.pid, "SIGINT");
    else if (key === "a" || key === "\r") wantAll?.();
  };
  stdin.setRawMode(true).setEncoding("utf8").on("data", onKey);
  return {
    help: "a runs all, q leaves",
    signal: leaving.signal,
    all,
    [Symbol.dispose]() {
      stdin.off("data", onKey).setRawMode(false).pause();
    },
  };
}
