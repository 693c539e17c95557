import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeWhereabouts, WHEREABOUTS_BYTES_MAX, type Whereabouts } from "./pipe/whereabouts.ts";

/** Where Linux keeps files in memory: a write to a disk's can wait for what the journal of messages writes there. */
const MEMORY_FOLDER = "/dev/shm";

/** The file in which one process says what it is at. It has no name, so nobody else opens it, and nothing is left of it. */
export class WhereaboutsFile {
  /** To be handed to the process. `undefined` where there is no room for a file: less is known of its end then. */
  readonly fd: number | undefined;
  #last: Whereabouts | undefined;

  constructor() {
    this.fd = openNameless(MEMORY_FOLDER) ?? openNameless(tmpdir());
  }

  read(): Whereabouts {
    if (this.#last !== undefined) return this.#last;
    const bytes = Buffer.alloc(WHEREABOUTS_BYTES_MAX);
    const count = this.fd === undefined ? 0 : readSync(this.fd, bytes, 0, bytes.length, 0);
    return decodeWhereabouts(bytes.subarray(0, count));
  }

  /** What was read last stays known. */
  close(): void {
    if (this.#last !== undefined) return;
    this.#last = this.read();
    if (this.fd !== undefined) closeSync(this.fd);
  }
}

function openNameless(within: string): number | undefined {
  let fd: number | undefined;
  try {
    const folder = mkdtempSync(path.join(within, "udpchat-"));
    try {
      fd = openSync(path.join(folder, "whereabouts"), "wx+", 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    // What is written later needs no room on the disk any more.
    writeSync(fd, Buffer.alloc(WHEREABOUTS_BYTES_MAX));
    return fd;
  } catch {
    // A closed one must not be handed on: the next file that is opened gets its number.
    if (fd !== undefined) closeSync(fd);
    return undefined;
  }
}
