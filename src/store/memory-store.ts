import type { ChatStore, SavedId, StoredClient, StoredMail } from "./chat-store.ts";

/**
 * A store that lives as long as the object. It keeps the promises of a durable one: what was not committed
 * can be taken back, so a server that is killed and started again on the same object finds what a disk would hold.
 */
export class MemoryStore implements ChatStore {
  readonly #clients = new Map<string, StoredClient>();
  readonly #mailboxes = new Map<string, Map<number, StoredMail>>();
  readonly #newest = new Map<string, StoredMail>();
  /** By sender, then by recipient. */
  readonly #latestSaved = new Map<string, Map<string, SavedId>>();
  #undo: (() => void)[] = [];
  #lastMailId = 0;
  #runs = 0;

  beginRun(): number {
    this.#runs += 1;
    this.#undo.push(() => {
      this.#runs -= 1;
    });
    return this.#runs;
  }

  clients(): readonly StoredClient[] {
    return [...this.#clients.values()];
  }

  putClient(client: StoredClient): void {
    this.#setClient(client.nick, client);
  }

  removeClient(nick: string): void {
    this.#setClient(nick, undefined);
    const newest = this.#newest.get(nick);
    if (newest !== undefined) {
      this.#newest.delete(nick);
      this.#undo.push(() => this.#newest.set(nick, newest));
    }
    for (const from of this.#latestSaved.keys()) this.#setLatestSaved(from, nick, undefined);
    for (const to of [...(this.#latestSaved.get(nick)?.keys() ?? [])])
      this.#setLatestSaved(nick, to, undefined);
  }

  mailFor(nick: string, countMax?: number): readonly StoredMail[] {
    const mailbox = [...(this.#mailboxes.get(nick)?.values() ?? [])];
    return mailbox.sort((a, b) => a.id - b.id).slice(0, countMax);
  }

  newestMail(): readonly StoredMail[] {
    return [...this.#newest.values()];
  }

  latestSaved(from: string, to: string): SavedId | undefined {
    return this.#latestSaved.get(from)?.get(to);
  }

  mailboxSize(nick: string): { readonly messages: number; readonly sizeBytes: number } {
    let sizeBytes = 0;
    const mailbox = this.#mailboxes.get(nick);
    for (const { text } of mailbox?.values() ?? []) sizeBytes += Buffer.byteLength(text);
    return { messages: mailbox?.size ?? 0, sizeBytes };
  }

  addMail(mail: Omit<StoredMail, "id">): void {
    this.#lastMailId += 1;
    const id = this.#lastMailId;
    const before = this.#newest.get(mail.from);
    this.#newest.set(mail.from, { ...mail, id });
    this.#put({ ...mail, id });
    this.#setLatestSaved(mail.from, mail.to, mail.messageId);
    this.#undo.push(() => {
      this.#delete(mail.to, id);
      if (before === undefined) this.#newest.delete(mail.from);
      else this.#newest.set(mail.from, before);
    });
  }

  removeMail(nick: string, ids: readonly number[]): void {
    for (const id of ids) {
      const mail = this.#delete(nick, id);
      if (mail !== undefined) this.#undo.push(() => this.#put(mail));
    }
  }

  commit(): void {
    this.#undo = [];
  }

  rollback(): void {
    for (const undo of this.#undo.toReversed()) undo();
    this.#undo = [];
  }

  /** As a crash would, takes back what was not committed. The object can be used again. */
  close(): void {
    this.rollback();
  }

  #setClient(nick: string, client: StoredClient | undefined): void {
    const set = (value: StoredClient | undefined) => {
      if (value === undefined) this.#clients.delete(nick);
      else this.#clients.set(nick, value);
    };
    const before = this.#clients.get(nick);
    set(client);
    this.#undo.push(() => set(before));
  }

  #setLatestSaved(from: string, to: string, id: SavedId | undefined): void {
    const byRecipient = this.#latestSaved.get(from) ?? new Map<string, SavedId>();
    const before = byRecipient.get(to);
    if (before === id) return;
    const set = (value: SavedId | undefined) => {
      if (value === undefined) byRecipient.delete(to);
      else byRecipient.set(to, value);
      if (byRecipient.size === 0) this.#latestSaved.delete(from);
      else this.#latestSaved.set(from, byRecipient);
    };
    set(id);
    this.#undo.push(() => set(before));
  }

  #put(mail: StoredMail): void {
    const mailbox = this.#mailboxes.get(mail.to) ?? new Map<number, StoredMail>();
    mailbox.set(mail.id, mail);
    this.#mailboxes.set(mail.to, mailbox);
  }

  #delete(nick: string, id: number): StoredMail | undefined {
    const mailbox = this.#mailboxes.get(nick);
    const mail = mailbox?.get(id);
    mailbox?.delete(id);
    if (mailbox?.size === 0) this.#mailboxes.delete(nick);
    return mail;
  }
}
