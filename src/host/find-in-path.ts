import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/**
 * The file that a program's name without a slash stands for; `undefined` where there is none.
 *
 * @param folders As in `PATH`. Default: those of this process.
 * @param cwd From where relative ones count. Default: from where this process works.
 */
export function findInPath(name: string, folders = process.env["PATH"] ?? "", cwd = ""): string | undefined {
  return folders
    .split(path.delimiter)
    .map((folder) => path.join(path.resolve(cwd, folder), name))
    .find(isProgram);
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
