import { closeSync, fdatasync, fsyncSync, openSync } from "node:fs";
import path from "node:path";

/**
 * Brings a database's write-ahead log to the disk beside what else the program does: what SQLite itself would do at each
 * commit (`synchronous = FULL`), with everything standing still meanwhile.
 *
 * One sync is under way at a time. What is committed meanwhile shares the next one.
 */
export class LogSync {
  readonly #file: string;
  #fd: number | undefined;
  #underWay: PromiseWithResolvers<void> | undefined;
  #next: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  #isClosed = false;

  /** @param file The log. It is opened at the first sync: before the first commit there may be none. */
  constructor(file: string) {
    this.#file = file;
  }

  /** What went wrong once. What the disk has of the log since then nobody knows, so no later sync succeeds either. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when everything is on the disk for which a sync was asked; `undefined` when it is. */
  get pending(): Promise<void> | undefined {
    return (this.#next ?? this.#underWay)?.promise;
  }

  /** Asks for a sync of all that has been committed. */
  request(): void {
    if (this.#isClosed) return;
    if (this.#underWay === undefined) {
      this.#underWay = promised();
      this.#sync();
    } else {
      // The one that is under way may have passed over what was just written.
      this.#next ??= promised();
    }
  }

  /** Nothing new begins; what is under way comes to its end. */
  close(): void {
    this.#isClosed = true;
    if (this.#underWay === undefined) this.#closeFile();
  }

  #sync(): void {
    try {
      this.#fd ??= this.#open();
      fdatasync(this.#fd, (error) => this.#synced(error ?? undefined));
    } catch (error) {
      // Not at once: whoever asked has yet to look what is pending.
      setImmediate(() => this.#synced(error instanceof Error ? error : new Error(String(error))));
    }
  }

  /** Once: a file is lost with its name, and the name is the folder's. */
  #open(): number {
    const folder = openSync(path.dirname(this.#file), "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    return openSync(this.#file, "r");
  }

  #synced(error: Error | undefined): void {
    this.#failure ??= error;
    const done = this.#underWay;
    this.#underWay = this.#next;
    this.#next = undefined;
    if (this.#failure === undefined) done?.resolve();
    else done?.reject(this.#failure);
    if (this.#underWay !== undefined) this.#sync();
    else if (this.#isClosed) this.#closeFile();
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Whoever waits sees the rejection; that nobody may be waiting is no fault. */
function promised(): PromiseWithResolvers<void> {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
