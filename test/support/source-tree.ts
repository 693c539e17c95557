/** The program's source as data: which file imports what, and which globals it uses. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseSync } from "oxc-parser";

export interface SourceFile {
  /** From the tree's root, e.g. `src/net/udp.ts`. */
  readonly path: string;
  readonly lines: number;
  /** Paths from the root for files of the tree, else the package or `node:` module as written. Each once. */
  readonly imports: ReadonlySet<string>;
  /** Globals that the code names, and `object.member` of them: `process`, `process.exit`, `Math.random`. */
  readonly globals: ReadonlySet<string>;
  /** Positions (line) of imports whose target is computed, so that nobody can tell what they import. */
  readonly computedImportLines: readonly number[];
}

/** All TypeScript files below `folder`, their paths from `root`. */
export function readSourceTree(root: string, folder: string): SourceFile[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.posix.join(folder, name.replaceAll(path.sep, "/")))
    .sort()
    .map((file) => parseSource(file, readFileSync(path.join(root, file), "utf8")));
}

/** @throws {Error} when the text is no TypeScript. */
export function parseSource(file: string, text: string): SourceFile {
  const { program, module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);

  const imports = new Set<string>();
  const computedImportLines: number[] = [];
  const add = (target: string) => {
    const isPath = target.startsWith("./") || target.startsWith("../");
    imports.add(isPath ? path.posix.join(path.posix.dirname(file), target) : target);
  };
  for (const { moduleRequest } of module.staticImports) add(moduleRequest.value);
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest } of entries) if (moduleRequest) add(moduleRequest.value);
  }

  const globals = new Set<string>();
  walk(program as unknown as Node, (node) => {
    if (node.type === "ImportExpression" || node.type === "TSImportType") {
      const target = literalOf(node["source"] ?? node["argument"]);
      if (target === undefined) computedImportLines.push(lineAt(text, node.start));
      else add(target);
    } else if (node.type === "Identifier") {
      globals.add(String(node["name"]));
    } else if (node.type === "MemberExpression" && isNode(node["object"]) && node["computed"] !== true) {
      const property = node["property"];
      const { object } = node as unknown as { object: Node };
      if (object.type === "Identifier" && isNode(property)) {
        globals.add(`${String(object["name"])}.${String(property["name"])}`);
      }
    }
  });
  const lines = text.endsWith("\n") ? text.split("\n").length - 1 : text.split("\n").length;
  return { path: file, lines, imports, globals, computedImportLines };
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Visits each node but those that are mere names of members and keys, which look like variables and are none. */
function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const [field, value] of Object.entries(node)) {
    const isName = field === "property" || field === "key";
    if (isName && node["computed"] !== true) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function literalOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === "Literal" && typeof value["value"] === "string") return value["value"];
  return value.type === "TSLiteralType" ? literalOf(value["literal"]) : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
