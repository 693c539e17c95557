import { earliest } from "../protocol/earliest.ts";
import type { ChatStore } from "../store/chat-store.ts";
import type { Client, Registry } from "./registry.ts";
import type { ServerEntries } from "./server-entries.ts";
import { V1TableFeed } from "./v1/table-feed.ts";
import { V2TableFeed } from "./v2/table-feed.ts";

/** Datagrams for one client. */
interface ForClient {
  readonly client: Client;
  readonly datagrams: readonly Uint8Array[];
}

/** Brings the table to everybody, to each in the dialect that he speaks. */
export class Tables {
  readonly #v1: V1TableFeed;
  readonly v2: V2TableFeed;

  constructor(registry: Registry, store: ChatStore) {
    this.#v1 = new V1TableFeed(registry);
    this.v2 = new V2TableFeed(registry, beginRun(store) * VERSIONS_PER_RUN);
  }

  /** What everybody is shown of this client has changed. */
  changed(client: Client, nowMs: number): void {
    this.#v1.markAll(nowMs, { changed: true });
    this.v2.touch(client, nowMs);
  }

  /** The nickname was forgotten. v1 tables lose it with their next change. */
  removed(nick: string, nowMs: number): void {
    this.v2.remove(nick, nowMs);
  }

  /** v1 repeats the table although nothing in it has changed. */
  repeat(nowMs: number): void {
    this.#v1.markAll(nowMs, { changed: false });
  }

  /** This client is to have the whole table before others; in v2 it asks for it itself. */
  send(client: Client, nowMs: number): void {
    if (client.native === undefined) this.#v1.mark(client, nowMs);
  }

  forget(client: Client): void {
    this.#v1.forget(client);
    this.v2.forget(client);
  }

  /** True while part of a table is still to be sent: a v1 client would take anything else for a field of it. */
  isSending(client: Client): boolean {
    return this.#v1.isSending(client);
  }

  get entries(): Pick<ServerEntries, "tables" | "versions"> {
    return { tables: this.#v1.size + this.v2.size, versions: this.v2.versions.size };
  }

  get busy(): boolean {
    return this.#v1.pollTimeout() !== undefined || this.v2.busy;
  }

  pollTimeout(): number | undefined {
    return earliest(this.#v1.pollTimeout(), this.v2.pollTimeout());
  }

  /** What to send now. */
  poll(nowMs: number): readonly ForClient[] {
    return [...this.#v1.poll(nowMs), ...this.v2.poll(nowMs)];
  }
}

/** More than a run makes, and a hundred thousand runs of it stay below 2^53. */
const VERSIONS_PER_RUN = 2 ** 36;

/** The number of this run; on a full disk the store cannot note it, and the server serves all the same. */
function beginRun(store: ChatStore): number {
  const run = store.beginRun();
  try {
    store.commit();
  } catch {
    store.rollback();
  }
  return run;
}
