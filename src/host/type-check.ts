/** What the compiler says of a bot's script, in the world that the script will see. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { displayName } from "./bundle.ts";
import { entrustProcess } from "./guardian.ts";
import { findPrlimit } from "./walls.ts";

export interface TypeMistake {
  /** As the author knows it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Its lines. */
  readonly message: string;
}

/** How long the compiler may take; it needs a second at most. */
const MS_MAX = 60_000;

/** What memory it may ask for, where that can be bounded: it reads whatever a script refers to, also what has no end. */
const ADDRESS_SPACE_BYTES = 2 * 1_073_741_824;

const OUR_FOLDER = fileURLToPath(new URL("../", import.meta.url));
const IS_SOURCE = import.meta.url.endsWith(".ts");

/** What of the usual globals a sandbox has, and nothing of Node.js or of a browser. */
const GLOBALS = `
interface SandboxTimer { ref(): this; unref(): this; hasRef(): boolean; [Symbol.toPrimitive](): number }
type SandboxTimerId = SandboxTimer | number | undefined;
declare function setTimeout<A extends unknown[]>(call: (...args: A) => unknown, ms?: number, ...args: A): SandboxTimer;
declare function setInterval<A extends unknown[]>(call: (...args: A) => unknown, ms?: number, ...args: A): SandboxTimer;
declare function setImmediate<A extends unknown[]>(call: (...args: A) => unknown, ...args: A): SandboxTimer;
declare function clearTimeout(timer: SandboxTimerId): void;
declare function clearInterval(timer: SandboxTimerId): void;
declare function clearImmediate(timer: SandboxTimerId): void;
declare function queueMicrotask(call: () => void): void;
declare const console: { [Level in "debug" | "log" | "info" | "warn" | "error"]: (...parts: unknown[]) => void };
`;

/** `undefined` when there is no compiler here: neither the author's nor udpchat's own. */
export async function checkTypes(script: string): Promise<readonly TypeMistake[] | undefined> {
  const file = path.resolve(script);
  const compiler = compilerHere();
  if (compiler === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), "udpchat-types-"));
  try {
    const globals = path.join(folder, "sandbox.d.ts");
    const api = path.join(OUR_FOLDER, IS_SOURCE ? "bot/index.ts" : "bot/index.d.ts");
    const root = path.join(OUR_FOLDER, "..");
    // As the bundler does: who lies somewhere else finds what udpchat has.
    const others = file.startsWith(root) ? {} : { "*": [path.join(root, "node_modules/*")] };
    const config = {
      compilerOptions: {
        ...{ target: "es2022", lib: ["es2024"], module: "esnext", moduleResolution: "bundler", types: [] },
        ...{
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          allowImportingTsExtensions: true,
          allowJs: true,
        },
        paths: { "udpchat/bot": [api], ...others },
      },
      files: [file, globals],
    };
    await writeFile(globals, GLOBALS);
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify(config));
    const output = await run(compiler, ["--project", folder, "--pretty", "false"], path.dirname(file));
    if (output !== undefined) return mistakesIn(output, path.dirname(file));
    const message = "the compiler took too much memory or time";
    return [{ file: displayName(file), line: 1, column: 1, message }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** That of the project in which we were called, or ours; never one that lies with the script, which may be a stranger's. */
function compilerHere(): string | undefined {
  for (const from of [path.join(process.cwd(), "package.json"), fileURLToPath(import.meta.url)]) {
    try {
      const manifest = createRequire(from).resolve("typescript/package.json");
      return path.join(path.dirname(manifest), "bin/tsc");
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** It exits with 1 or 2 when it has found something, which is what it is asked for. `undefined` when it did not get to its end. */
function run(compiler: string, args: readonly string[], cwd: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: MS_MAX, maxBuffer: 16 * 1_048_576 };
    const command = bounded([process.execPath, compiler, ...args]);
    const child = execFile(command[0], command.slice(1), options, (error, stdout) => {
      takeBack?.();
      resolve(error === null || stdout.includes("error TS") ? stdout : undefined);
    });
    const takeBack = child.pid === undefined ? undefined : entrustProcess(child.pid);
  });
}

function bounded(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const prlimit = findPrlimit();
  if (prlimit === undefined) return command;
  return [prlimit, `--as=${ADDRESS_SPACE_BYTES}`, `--cpu=${MS_MAX / 1_000}`, "--core=0", ...command];
}

/** Those in the author's own files: our own are checked elsewhere, and against other rules. */
function mistakesIn(output: string, cwd: string): TypeMistake[] {
  const mistakes: TypeMistake[] = [];
  for (const line of output.split("\n")) {
    const found = /^(.+)\((\d+),(\d+)\): error TS\d+: (.*)$/.exec(line);
    const last = mistakes.at(-1);
    if (found !== null) {
      const [, name = "", row, column, message = ""] = found;
      const file = path.resolve(cwd, name);
      const ours = message.replace(
        / Do you need to install type definitions.*/,
        " A bot's sandbox does not have it.",
      );
      mistakes.push({ file, line: Number(row), column: Number(column), message: ours });
    } else if (last !== undefined && line.startsWith(" ")) {
      mistakes[mistakes.length - 1] = { ...last, message: `${last.message}\n${line}` };
    }
  }
  return mistakes
    .filter(({ file }) => !file.startsWith(OUR_FOLDER) && !file.includes("/node_modules/"))
    .map((mistake) => ({ ...mistake, file: displayName(mistake.file) }));
}
