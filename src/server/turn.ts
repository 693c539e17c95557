import type { Address } from "../protocol/address.ts";
import type { ChatStore } from "../store/chat-store.ts";
import { StoreError } from "../store/store-error.ts";

import type { ServerEvent } from "./api.ts";

export interface Transmit {
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** What was done for one request: what to send, and how to take it back. */
interface Operation {
  readonly refuse: ((error: StoreError) => readonly Transmit[]) | undefined;
  readonly transmits: Transmit[];
  readonly undo: (() => void)[];
  readonly events: ServerEvent[];
  failure: StoreError | undefined;
}

/**
 * Everything done in one turn of the event loop: committed to the store in one transaction, and sent only then.
 * When the store cannot commit, the operations that wrote are taken back and their requesters refused; the
 * others are answered as if nothing had happened.
 */
export class Turn {
  readonly #store: ChatStore;
  #operations: Operation[] = [];
  #wrote = false;

  constructor(store: ChatStore) {
    this.#store = store;
  }

  /** What follows belongs together; `refuse` says what to send instead when it cannot be kept. */
  begin(refuse?: (error: StoreError) => readonly Transmit[]): void {
    this.#operations.push({ refuse, transmits: [], undo: [], events: [], failure: undefined });
  }

  transmit(to: Address, datagrams: readonly Uint8Array[]): void {
    const { transmits } = this.#current();
    for (const bytes of datagrams) transmits.push({ to, bytes });
  }

  /** Writes to the store; `undo` takes back what goes with it in memory. */
  write(change: (store: ChatStore) => void, undo: () => void): void {
    change(this.#store);
    this.#current().undo.push(undo);
    this.#wrote = true;
  }

  /** Tells of something that has happened once the turn has ended well. */
  report(event: ServerEvent): void {
    this.#current().events.push(event);
  }

  /** The store failed in the midst of the operation: it is refused, whatever it had to send. */
  fail(error: StoreError): void {
    this.#current().failure = error;
  }

  /** Commits, and gives what is to be sent now and what has happened, the errors of the store among it. */
  end(): { readonly transmits: readonly Transmit[]; readonly events: readonly ServerEvent[] } {
    const operations = this.#operations;
    const failure = this.#wrote ? this.#commit(operations) : undefined;
    this.#operations = [];
    this.#wrote = false;
    const transmits: Transmit[] = [];
    const events: ServerEvent[] = [];
    const errors = new Set<StoreError>();
    for (const operation of operations) {
      const error = operation.failure ?? (operation.undo.length > 0 ? failure : undefined);
      if (error === undefined) events.push(...operation.events);
      else errors.add(error);
      transmits.push(...(error === undefined ? operation.transmits : (operation.refuse?.(error) ?? [])));
    }
    for (const error of errors) events.push({ kind: "fault", error });
    return { transmits, events };
  }

  #current(): Operation {
    const current = this.#operations.at(-1);
    if (current === undefined) throw new TypeError("begin() comes before transmit() and write()");
    return current;
  }

  #commit(operations: readonly Operation[]): StoreError | undefined {
    try {
      this.#store.commit();
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#store.rollback();
      for (const { undo } of operations.toReversed()) for (const step of undo.toReversed()) step();
      return error;
    }
  }
}
