import { MemoryStore } from "../../../src/store/memory-store.ts";

/**
 * A disk that outlives its server: a crash takes back what was not committed, or hits the commit itself, of which all or
 * nothing is durable then. It also notes when it was durable that a message kept is kept no longer.
 */
export class CrashingStore extends MemoryStore {
  readonly #kept: KeptMail[] = [];
  readonly #nowMs: () => number;
  #adding: KeptMail[] = [];
  #removing: Pick<KeptMail, "to" | "from" | "text">[] = [];
  #crash: { readonly kept: boolean; readonly onCrash: () => void } | undefined;

  constructor(nowMs: () => number) {
    super();
    this.#nowMs = nowMs;
  }

  /** All messages that were ever durable. */
  get kept(): readonly KeptMail[] {
    return this.#kept;
  }

  /** Lets the next commit crash. `onCrash` must see to it that nothing of the server is heard after it. */
  crashInCommit(kept: boolean, onCrash: () => void): void {
    this.#crash = { kept, onCrash };
  }

  /** Nothing will crash after all. */
  disarm(): void {
    this.#crash = undefined;
  }

  override addMail(mail: Parameters<MemoryStore["addMail"]>[0]): void {
    this.#adding.push({ to: mail.to, from: mail.from, text: mail.text, removedMs: undefined });
    super.addMail(mail);
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
    this.#kept.push(...this.#adding);
    for (const { to, from, text } of this.#removing) {
      const mail = this.#kept.find(
        (one) => one.to === to && one.from === from && one.text === text && one.removedMs === undefined,
      );
      if (mail !== undefined) mail.removedMs = this.#nowMs();
    }
    this.#forgetWrites();
    crash?.onCrash();
  }

  override rollback(): void {
    this.#forgetWrites();
    super.rollback();
  }

  #forgetWrites(): void {
    this.#adding = [];
    this.#removing = [];
  }
}

export interface KeptMail {
  readonly to: string;
  readonly from: string;
  readonly text: string;
  /** When it was durable that it is kept no longer. */
  removedMs: number | undefined;
}
