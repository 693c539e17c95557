import type { SourceFile } from "./source-tree.ts";

/** What the source may and may not do. */
export interface Architecture {
  /** From left to right; a layer may import what is left of it, and itself. Layers of one entry do not know each other. */
  readonly layers: readonly (readonly string[])[];
  /** Imports that the layers would allow. `from` and `to` are files, or folders when they end with a slash. */
  readonly forbidden: readonly {
    readonly from: readonly string[];
    readonly to: string;
    readonly why: string;
  }[];
  /** Packages and modules of Node.js that one file or folder alone may import, or each of a few. They must do so. */
  readonly owners: Readonly<Record<string, string | readonly string[]>>;
  /** Names that only the folders listed may use. */
  readonly globals: readonly { readonly names: readonly string[]; readonly onlyIn: readonly string[] }[];
  /** Folders that compute: no module of Node.js, no clock, no dice, no timer. */
  readonly pure: readonly string[];
  readonly linesMax: number;
}

/** Says in one sentence each where a tree is not built as it should be. */
export function findBreaches(tree: readonly SourceFile[], architecture: Architecture): string[] {
  return [
    ...tree.flatMap((file) => breachesOf(file, architecture)),
    ...ownerBreaches(tree, architecture),
    ...cycles(tree).map((cycle) => `${cycle.join(" → ")}: files import each other in a circle`),
  ];
}

const IMPURE: readonly string[] = [
  ...[
    "Date",
    "performance",
    "process",
    "Buffer",
    "console",
    "crypto",
    "Math.random",
    "globalThis",
    "require",
  ],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"],
];

function breachesOf(
  file: SourceFile,
  { layers, forbidden, globals, pure, linesMax }: Architecture,
): string[] {
  const breaches: string[] = [];
  for (const target of file.imports) {
    if (!mayImport(layerOf(file.path), layerOf(target), layers)) {
      breaches.push(
        `${file.path} imports ${target}: ${layerOf(target)} is not left of ${layerOf(file.path)}`,
      );
    }
    for (const { from, to, why } of forbidden) {
      const concerned = from.some((place) => isIn(file.path, place)) && !isIn(file.path, to);
      if (concerned && isIn(target, to)) breaches.push(`${file.path} imports ${target}: ${why}`);
    }
    const isOutside = layerOf(target) === undefined;
    if (isOutside && pure.some((place) => isIn(file.path, place))) {
      breaches.push(`${file.path} imports ${target}: it must be pure`);
    }
  }
  for (const line of file.computedImportLines) {
    breaches.push(`${file.path}:${line} imports what is computed, so nobody can check it`);
  }
  for (const name of file.globals) {
    const rule = globals.find(({ names }) => names.includes(name));
    if (rule && !rule.onlyIn.some((place) => isIn(file.path, place))) {
      breaches.push(`${file.path} uses ${name}, which belongs to ${rule.onlyIn.join(", ")}`);
    }
    if (IMPURE.includes(name) && pure.some((place) => isIn(file.path, place))) {
      breaches.push(`${file.path} uses ${name}: it must be pure`);
    }
  }
  if (file.lines > linesMax) breaches.push(`${file.path} has ${file.lines} lines, more than ${linesMax}`);
  return breaches;
}

function ownerBreaches(tree: readonly SourceFile[], { owners }: Architecture): string[] {
  return Object.entries(owners).flatMap(([module, one]) => {
    const places = typeof one === "string" ? [one] : one;
    const users = tree.filter(({ imports }) => [...imports].some((target) => packageOf(target) === module));
    const strangers = users.filter(({ path }) => !places.some((owner) => isIn(path, owner)));
    const idle = places.filter((owner) => !users.some(({ path }) => isIn(path, owner)));
    return [
      ...strangers.map(({ path }) => `${path} imports ${module}, which belongs to ${places.join(", ")}`),
      ...idle.map((owner) => `${owner} owns ${module} and does not import it`),
    ];
  });
}

/** Each circle once, found by depth-first search; a self-import is one. */
function cycles(tree: readonly SourceFile[]): string[][] {
  const files = new Map(tree.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      found.push([...trail.slice(at), path]);
      return;
    }
    if (done.has(path)) return;
    for (const target of files.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return found;
}

function mayImport(
  from: string | undefined,
  to: string | undefined,
  layers: Architecture["layers"],
): boolean {
  if (from === undefined || to === undefined || from === to) return true;
  const rank = (layer: string) => layers.findIndex((entry) => entry.includes(layer));
  // A folder that the table does not name imports nothing and is imported by nothing.
  return rank(to) >= 0 && rank(to) < rank(from);
}

/** `src/net/udp.ts` is in layer `net`; a package is in none. */
function layerOf(path: string): string | undefined {
  return /^src\/([^/]+)/.exec(path)?.[1];
}

function isIn(path: string, place: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

/** `yaml/util` is of the package `yaml`; `node:fs/promises` stays what it is. */
function packageOf(target: string): string {
  if (target.startsWith("node:")) return target;
  return target.split("/", target.startsWith("@") ? 2 : 1).join("/");
}
