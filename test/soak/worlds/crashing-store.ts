import { MemoryStore } from "../../../src/store/memory-store.ts";

/**
 * A disk that outlives its server: a crash takes back what was not committed, or hits the commit itself, of which all or
 * nothing is durable then. It also notes when it was durable that a message kept is kept no longer.
 */
export class CrashingStore extends MemoryStore {
  readonly #removed: RemovedMail[] = [];
  readonly #nowMs: () => number;
  #removing: Omit<RemovedMail, "atMs">[] = [];
  #crash: { readonly kept: boolean; readonly onCrash: () => void } | undefined;

  constructor(nowMs: () => number) {
    super();
    this.#nowMs = nowMs;
  }

  /** Of messages that were delivered, so that the server forgot them for good. */
  get removed(): readonly RemovedMail[] {
    return this.#removed;
  }

  /** Lets the next commit crash. `onCrash` must see to it that nothing of the server is heard after it. */
  crashInCommit(kept: boolean, onCrash: () => void): void {
    this.#crash = { kept, onCrash };
  }

  /** Nothing will crash after all. */
  disarm(): void {
    this.#crash = undefined;
  }

  override removeMail(nick: string, ids: readonly number[]): void {
    for (const { id, from, text } of this.mailFor(nick)) {
      if (ids.includes(id)) this.#removing.push({ to: nick, from, text });
    }
    super.removeMail(nick, ids);
  }

  override commit(): void {
    const crash = this.#crash;
    this.#crash = undefined;
    if (crash?.kept === false) this.rollback();
    super.commit();
    const atMs = this.#nowMs();
    for (const mail of this.#removing) this.#removed.push({ ...mail, atMs });
    this.#removing = [];
    crash?.onCrash();
  }

  override rollback(): void {
    this.#removing = [];
    super.rollback();
  }
}

export interface RemovedMail {
  readonly to: string;
  readonly from: string;
  readonly text: string;
  readonly atMs: number;
}
