/**
 * The command that starts a bot's process behind its walls. Each flag is there for a reason found by measurement:
 *
 * - `--permission` without any grant: no file but the entry, no network, processes, workers, addons.
 * - `--no-experimental-sqlite`: `node:sqlite` opens any file in spite of `--permission`.
 * - `--no-experimental-ffi`: foreign functions would be a way around everything.
 * - `--max-old-space-size` bounds the heap, but not ArrayBuffers; `prlimit --as` bounds those too. Below 1.25 GiB of address
 *   space Node.js does not start.
 * - `--single-threaded` and `--max-semi-space-size=8` are no walls: without helper threads of V8's a process takes 5 MiB less;
 *   in a nursery of 2 MiB a busy bot spends a third of its time collecting garbage, in one of 16 MiB no less than in this one.
 * - `--fsize`: the one file it may write, where it says what it is at, does not grow (pipe/whereabouts.ts).
 * - `--core=0`: a crash leaves no dump of the bot's messages on the disk.
 */
import path from "node:path";
import { findInPath } from "./find-in-path.ts";
import { WHEREABOUTS_BYTES_MAX } from "./pipe/whereabouts.ts";

const HEAP_BYTES = 64 * 1_048_576;
const ADDRESS_SPACE_BYTES = 1_610_612_736;
const OPEN_FILES_MAX = 64;

export interface WalledCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** A wall that this machine cannot build. */
  readonly missing: string | undefined;
}

/**
 * @param prlimit Where util-linux's `prlimit` is; without it the process has one wall less.
 * @param heapBytes What JavaScript's objects may take.
 */
export function walledCommand(
  runner: string,
  prlimit: string | undefined,
  heapBytes = HEAP_BYTES,
): WalledCommand {
  const node = [
    "--permission",
    "--single-threaded",
    "--max-semi-space-size=8",
    `--max-old-space-size=${Math.max(8, Math.ceil(heapBytes / 1_048_576))}`,
    "--no-experimental-sqlite",
    "--no-experimental-ffi",
    runner,
  ];
  if (prlimit === undefined) {
    const missing =
      "prlimit (util-linux) is not installed: nothing bounds the memory of bots outside their heap";
    return { file: process.execPath, args: node, missing };
  }
  const limits = [
    `--as=${ADDRESS_SPACE_BYTES}`,
    "--core=0",
    `--fsize=${WHEREABOUTS_BYTES_MAX}`,
    `--nofile=${OPEN_FILES_MAX}`,
  ];
  return { file: prlimit, args: [...limits, process.execPath, ...node], missing: undefined };
}

export function findPrlimit(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(path.delimiter), "/usr/bin", "/bin"];
  return findInPath("prlimit", folders.filter(path.isAbsolute).join(path.delimiter));
}
