import { mkdirSync, statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import path from "node:path";

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
    let folder = home;
    // Step by step: to make them in one go does not end where folders cannot be made at all, such as in /proc.
    for (const name of folders) {
      folder = path.join(folder, name);
      if (statSync(folder, { throwIfNoEntry: false }) === undefined) mkdirSync(folder);
    }
    enableCompileCache(folder);
  } catch {
    // A full disk, a folder that is another's: a cache is no reason to stop.
  }
}

const FOLDERS = ["udpchat", "compiled"];
