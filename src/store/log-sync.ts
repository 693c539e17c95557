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
  /** Until the one that is under way has been put to the system. */
  #soon: NodeJS.Immediate | undefined;
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
    if (this.#underWay === undefined) this.#begin(promised());
    // The one that is under way may have passed over what was just written.
    else if (this.#soon === undefined) this.#next ??= promised();
  }

  /** Nothing new begins; what is under way comes to its end. */
  close(): void {
    this.#isClosed = true;
    // The log is gone with its database.
    if (this.#soon !== undefined) this.#sync();
    if (this.#underWay === undefined) this.#closeFile();
  }

  /** What the commit let go on goes first: to wake a thread takes longer than to hand a message to its bot. */
  #begin(promise: PromiseWithResolvers<void>): void {
    this.#underWay = promise;
    this.#soon = setImmediate(() => this.#sync());
  }

  #sync(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    try {
      this.#fd ??= this.#open();
      fdatasync(this.#fd, (error) => this.#synced(error ?? undefined));
    } catch (error) {
      this.#synced(error instanceof Error ? error : new Error(String(error)));
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
    const next = this.#next;
    this.#underWay = undefined;
    this.#next = undefined;
    if (this.#failure === undefined) done?.resolve();
    else done?.reject(this.#failure);
    if (next !== undefined) this.#begin(next);
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
