/** The way from a driver file to a driver. */
import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Problem } from "../problem.ts";
import { read } from "../read.ts";
import { isFile, openSource, parseRoot, reportNoFile, sourceOf } from "../source-files.ts";
import { entryOf } from "../source-node.ts";
import type { Range, SourceText } from "../source-text.ts";
import { type Driver, type Profile, type Showing, showings, type TypedVerb, typedVerbs } from "./model.ts";
import { compilePattern } from "./patterns.ts";
import { DRIVER_BEGINNING, type DriverFile, driverSchema } from "./schema.ts";

export interface LoadedDriver {
  /** `undefined` when there are problems. */
  readonly driver: Driver | undefined;
  readonly problems: readonly Problem[];
}

/** The driver that fits most implementations as it is; every other one says only in what it differs. */
export const GENERIC_DRIVER: string = fileURLToPath(
  new URL("../../../../drivers/udpchat.yaml", import.meta.url),
);

/** Drivers that build on drivers: deeper chains go in circles. */
const CHAIN_MAX = 8;

/** Loads a file with what it builds on. What is wrong with it is a problem in the result; nothing is thrown. */
export function loadDriverFile(path: string, depth = 1): LoadedDriver {
  const source = openSource(path);
  if (source.problems.length > 0) return { driver: undefined, problems: source.problems };
  return build(source, resolve(path), depth);
}

/** A path, the name of a driver that is shipped, or nothing for the generic one. */
export function loadDriverByName(name: string | undefined): LoadedDriver {
  if (name === undefined) return loadDriverFile(GENERIC_DRIVER);
  const shipped = resolve(dirname(GENERIC_DRIVER), `${name}.yaml`);
  const isShipped = /^[\w-]+$/.test(name) && !existsSync(name) && existsSync(shipped);
  return loadDriverFile(isShipped ? shipped : name);
}

/** Loads the text of a file that would stand at `path`. */
export function loadDriver(text: string, path: string): LoadedDriver {
  return build(sourceOf(path, text), resolve(path), 1);
}

function build(source: SourceText, path: string, depth: number): LoadedDriver {
  const file = readFile(source);
  const base = file === undefined ? undefined : baseOf(file.value, file.extendsAt, path, depth, source);
  const { problems } = source;
  if (file === undefined || problems.length > 0) return { driver: undefined, problems };
  if (base !== undefined && base.driver === undefined) return { driver: undefined, problems: base.problems };
  return { driver: merge(file.value, base?.driver, path), problems: [] };
}

function readFile(source: SourceText): { value: DriverFile; extendsAt: Range } | undefined {
  const root = parseRoot(source, DRIVER_BEGINNING);
  if (root === undefined) return undefined;
  const { value } = read(driverSchema, root, { start: root.start, end: root.start }, source);
  const extendsAt = entryOf(root, "extends")?.value ?? root;
  return value === undefined ? undefined : { value, extendsAt };
}

/** `undefined`: this file is the base of all. */
function baseOf(
  file: DriverFile,
  extendsAt: Range,
  path: string,
  depth: number,
  source: SourceText,
): LoadedDriver | undefined {
  if (path === GENERIC_DRIVER) return undefined;
  const base = file.extends === undefined ? GENERIC_DRIVER : resolve(dirname(path), file.extends);
  if (depth >= CHAIN_MAX || base === path) {
    source.report("TOO_DEEP", extendsAt, "this driver builds on itself", "leave `extends` out");
    return undefined;
  }
  if (!isFile(base)) {
    reportNoFile(file.extends ?? base, extendsAt, source);
    return undefined;
  }
  return loadDriverFile(base, depth + 1);
}

function merge(file: DriverFile, base: Driver | undefined, path: string): Driver {
  const { server = {}, client = {}, type = {}, shows = {}, profile = {} } = file;
  const match = file.match ?? base?.match ?? "loose";
  const ready =
    server.ready === undefined ? base?.server.ready : compilePattern(server.ready, { nicks: [], match });
  return {
    name: file.name ?? basename(path).replace(/\.ya?ml$/i, ""),
    file: path,
    command: file.command ?? base?.command,
    cwd:
      file.cwd === undefined
        ? file.command === undefined
          ? base?.cwd
          : dirname(path)
        : resolve(dirname(path), file.cwd),
    env: { ...base?.env, ...file.env },
    terminal: file.terminal ?? base?.terminal ?? true,
    server: {
      command: server.command ?? base?.server.command,
      arguments: server.arguments ?? base?.server.arguments ?? [],
      ready: ready instanceof RegExp ? ready : undefined,
    },
    client: {
      command: client.command ?? base?.client.command,
      arguments: client.arguments ?? base?.client.arguments ?? [],
      startupMs: client.startup ?? base?.client.startupMs ?? 0,
    },
    prompt: file.prompt ?? base?.prompt ?? ">>>",
    match,
    type: record(typedVerbs, (verb: TypedVerb) => type[verb] ?? base?.type[verb]),
    shows: record(showings, (showing: Showing) => shows[showing] ?? base?.shows[showing] ?? []),
    profile: { ...(base?.profile ?? OPEN), ...profile },
  };
}

const OPEN: Profile = {
  registersAtStart: "detect",
  secondClient: "detect",
  vanishedReturns: "detect",
  exitsWhenSilent: true,
  encoding: "utf-8",
};

function record<Key extends string, Value>(
  keys: readonly Key[],
  of: (key: Key) => Value,
): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<Key, Value>;
}
