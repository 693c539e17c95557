import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it that are missing. Node.js's own way to do that (`recursive`) never ends where folders
 * cannot be made at all, such as in `/proc`, and no signal stops it.
 *
 * @param mode of the folders that are made. Default: what the process's umask leaves.
 * @throws the system's error, e.g. with `code` `EACCES`; `EEXIST` or `ENOTDIR` where something else stands.
 */
export function makeFolder(folder: string, mode?: number): void {
  if (isFolder(folder)) return;
  const above = dirname(folder);
  if (statSync(above, { throwIfNoEntry: false }) === undefined) makeFolder(above, mode);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    // Another program of the same user was faster.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
