/**
 * What a chat server must not forget: who is registered, and the messages kept for those who are
 * away. Writes are visible at once and durable at `commit`; a store that dies before it has none of them.
 */
import type { Address } from "../protocol/address.ts";

export interface ChatStore {
  /** Counts the runs of a server on this store, this one included: 1 for the first. A write like any other. */
  beginRun(): number;
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
  /** The message that was kept last from one nickname for another, also when it was removed since; by its sender's count. */
  latestSaved(from: string, to: string): SavedId | undefined;
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
  /** Of one that registered in v2: the key that owns the nickname, and the session it has. */
  readonly native?: NativeSession;
}

export interface NativeSession {
  /** Ed25519, as base64url. */
  readonly publicKey: string;
  /** As base64url; empty after it has deregistered. */
  readonly session: string;
  /** Which start of the client registered. */
  readonly epoch: number;
}

/** What its sender calls a message, together with who he is and whom it is for. */
export interface SavedId {
  readonly epoch: number;
  readonly seq: number;
}

export interface StoredMail {
  /** Grows with each message kept, so it gives the order; never given twice while the store is open. */
  readonly id: number;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  /** When the server got it: milliseconds since 1970-01-01 UTC. */
  readonly savedAtMs: number;
  /** When its sender says that he sent it; of a message that came in v1 as `savedAtMs`. */
  readonly sentAtMs: number;
  /** As its sender counts; of a message that came in v1, which has no ids, as the server does. */
  readonly messageId: SavedId;
  /** A program wrote it. */
  readonly auto: boolean;
}
