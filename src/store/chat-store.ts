/**
 * What a chat server must not forget: who is registered, and the messages kept for those who are
 * away. Writes are visible at once and durable at `commit`; a store that dies before it has none of them.
 */
import type { Address } from "../protocol/address.ts";

export interface ChatStore {
  /** Everybody known, in the order of their first registration. */
  clients(): readonly StoredClient[];
  putClient(client: StoredClient): void;
  /** Forgets a nickname and what it last sent; its mailbox must be empty. */
  removeClient(nick: string): void;
  /** Messages kept for one nickname, oldest first; all, or the oldest `countMax`. */
  mailFor(nick: string, countMax?: number): readonly StoredMail[];
  /**
   * The newest message kept of each sender, also when it was removed since: a request for it that is repeated over a
   * restart, or several, is recognised by it.
   */
  newestMail(): readonly StoredMail[];
  /** How much is kept for one nickname. */
  mailboxSize(nick: string): { readonly messages: number; readonly sizeBytes: number };
  addMail(mail: Omit<StoredMail, "id">): void;
  /** Ids that are not in the nickname's mailbox are ignored. */
  removeMail(nick: string, ids: readonly number[]): void;
  /**
   * Makes all writes since the last commit durable, all or none.
   *
   * @throws {StoreError} when it cannot; then `rollback` must follow.
   */
  commit(): void;
  /** Takes back all writes since the last commit. */
  rollback(): void;
  close(): void;
}

export interface StoredClient {
  readonly nick: string;
  readonly address: Address;
  readonly online: boolean;
}

export interface StoredMail {
  /** Grows with each message kept, so it gives the order; never given twice while the store is open. */
  readonly id: number;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly savedAtMs: number;
}

export type StoreErrorCode = "DISK_FULL" | "DAMAGED" | "IN_USE" | "NEWER_VERSION" | "UNAVAILABLE";

/** What the disk did that the caller could not prevent. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
