/**
 * Which files may go into a bot's bundle. The host reads them for a stranger's script, with the host's rights: what is bundled is the
 * bot's, who may say it to anybody.
 */
import { existsSync, realpathSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { Loader, OnLoadResult, Plugin } from "esbuild";

/** Of all files that are bundled, with their comments: the host reads them to show an author his lines. */
export const SOURCES_BYTES_MAX = 16 * 1_048_576;

/** By ending, what code is written in. */
const CODE: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
  ".jsx": "jsx",
};

/** Where a file says that a source map lies; esbuild would read whatever that is. */
const SOURCE_MAP = /sourceMappingURL=/g;

/**
 * Lets in code of the script's project and of packages, and data as JSON that lies with the script or in a package. So no file is
 * read that is none of the author's, such as a key, and none without an end, such as a device.
 *
 * @param script the absolute path of the bot's script
 */
export function ownFiles(script: string): Plugin {
  const folder = path.dirname(real(script));
  const project = projectOf(folder);
  return {
    name: "own files",
    setup(building) {
      building.onLoad({ filter: /.*/, namespace: "file" }, async ({ path: file, with: { type } }) => {
        const ending = path.extname(file).toLowerCase();
        const isJson = ending === ".json";
        const loader = CODE[ending];
        if ((loader === undefined && !isJson) || (type !== undefined && type !== "json")) {
          return refusal("a bot imports code and JSON, and no other files");
        }
        const isOwn = isPackages(file) || lies(file, isJson ? folder : project);
        if (!isOwn) {
          const where = isJson ? "JSON from the script's folder" : "code from its own project";
          return refusal(`a bot imports ${where} and from packages, not ${file}`);
        }
        const found = await stat(file);
        if (!found.isFile()) return refusal(`${file} is no file`);
        // What is too large for a bot is refused when all of it is known.
        if (loader === undefined || found.size > SOURCES_BYTES_MAX) return undefined;
        const contents = await readFile(file, "utf8");
        if (!contents.includes("sourceMappingURL=")) return undefined;
        const unmapped = contents.replace(SOURCE_MAP, "sourceMapping-URL=");
        return { contents: unmapped, loader, resolveDir: path.dirname(file) };
      });
    },
  };
}

function refusal(text: string): OnLoadResult {
  return { errors: [{ text }] };
}

/** The outermost folder around that is a package, for packages may be parts of others; else the folder itself. */
function projectOf(folder: string): string {
  let project = folder;
  for (let outer = folder; outer !== path.dirname(outer); outer = path.dirname(outer)) {
    if (existsSync(path.join(outer, "package.json"))) project = outer;
  }
  return project;
}

function isPackages(file: string): boolean {
  return file.includes(`${path.sep}node_modules${path.sep}`);
}

/** Whether it lies in a folder and in none that is hidden there: programs keep in these what is nobody else's. */
function lies(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return !path.isAbsolute(relative) && relative.split(path.sep).every((part) => !part.startsWith("."));
}

function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}
