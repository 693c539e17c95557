/** Files on the disk, as texts and as nodes: scenarios, drivers, and those of hosts. */
import { readFileSync, statSync } from "node:fs";
import { decodeFile, FILE_BYTES_MAX, reportControlCharacter } from "./decode-file.ts";
import { isBroken, kindOf, type MapNode, quote } from "./source-node.ts";
import { type Range, SourceText } from "./source-text.ts";
import { parseYaml } from "./yaml-source.ts";

/** The text of a file; when it cannot be read, why not is a problem of an empty text. */
export function openSource(path: string, siblings?: Map<string, SourceText>): SourceText {
  let bytes: Uint8Array;
  try {
    // Asked first, so that a huge file is never read, and a pipe never waited for.
    const stat = statSync(path);
    if (!stat.isFile()) return refused(path, "UNREADABLE", "this is not a file", siblings);
    if (stat.size > FILE_BYTES_MAX) return refused(path, "TOO_LARGE", TOO_LARGE, siblings);
    bytes = readFileSync(path);
  } catch (error) {
    return refused(path, "UNREADABLE", reasonOf(error), siblings);
  }
  return decodeFile(path, bytes, siblings);
}

/** A text that is given, as from a file of this path. */
export function sourceOf(path: string, text: string): SourceText {
  return text.length > FILE_BYTES_MAX ? refused(path, "TOO_LARGE", TOO_LARGE) : new SourceText(path, text);
}

/**
 * The map at the top of a file; `undefined` when it is none. What is wrong is reported.
 *
 * @param beginning How files of this kind begin, such as `driver: 1`.
 */
export function parseRoot(source: SourceText, beginning: string): MapNode | undefined {
  if (source.problems.length > 0 || reportControlCharacter(source)) return undefined;
  const node = parseYaml(source, beginning);
  if (node === undefined || isBroken(node)) return undefined;
  if (node.kind === "map") return node;
  const message = `expected a map that begins with \`${beginning}\`, got ${kindOf(node)}`;
  source.report("WRONG_TYPE", node, message);
  return undefined;
}

/** Reports that there is nothing at a path that stands in another file. */
export function reportNoFile(path: string, range: Range, source: SourceText): void {
  const hint = "paths count from the folder of this file";
  source.report("FILE_NOT_FOUND", range, `there is no file ${quote(path)}`, hint);
}

export function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // Such as a path that goes through a file.
    return false;
  }
}

const TOO_LARGE = `the file is larger than ${FILE_BYTES_MAX / 1024} KiB`;

function refused(
  file: string,
  code: "UNREADABLE" | "TOO_LARGE",
  message: string,
  siblings?: Map<string, SourceText>,
): SourceText {
  const source = new SourceText(file, "", siblings);
  const hint = code === "TOO_LARGE" ? "split it: a part in a file of its own is run with `call`" : undefined;
  source.report(code, { start: 0, end: 0 }, message, hint);
  return source;
}

/** "ENOENT: no such file or directory, open 'x'": the path is shown anyway. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "there is no such file";
  const message = error instanceof Error ? error.message : String(error);
  return `the file cannot be read: ${message.replace(/^E\w+: /, "").replace(/, \w+(?: '.*')?$/su, "")}`;
}
