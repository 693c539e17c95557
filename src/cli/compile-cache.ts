import { statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import path from "node:path";
import { makeFolder } from "../store/folder.ts";

/**
 * Keeps compiled code where a user's caches are (XDG Base Directory Specification), for most of the time of a short
 * command goes into compiling the same code again. Where that cannot be, all goes on without.
 */
export function keepCompiledCode(): void {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const [home, folders] = XDG_CACHE_HOME ? [XDG_CACHE_HOME, FOLDERS] : [HOME, [".cache", ...FOLDERS]];
  if (home === undefined || !path.isAbsolute(home)) return;
  try {
    // Where nobody made a home, such as /nonexistent, we make none.
    if (!statSync(home).isDirectory()) return;
    const folder = path.join(home, ...folders);
    makeFolder(folder);
    enableCompileCache(folder);
  } catch {
    // A full disk, a folder that is another's: a cache is no reason to stop.
  }
}

const FOLDERS = ["udpchat", "compiled"];
