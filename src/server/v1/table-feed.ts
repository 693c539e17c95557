import { V1_TABLE_ROWS_MAX } from "../../protocol/limits.ts";
import { encodeReply } from "../../protocol/v1/index.ts";
import type { Reply } from "../../protocol/v1/packets.ts";
import { type Client, isShown, type Registry } from "../registry.ts";

/**
 * Brings the table to v1 clients, at four datagrams a row for each of them: many changes cost one table, a table goes
 * out in portions that a client's receive buffer survives, and all tables together leave the server time for
 * everything else.
 *
 * The caller says when a client's table is out of date (`mark`, `markAll`), asks `pollTimeout` when to come, and sends
 * what `poll` gives.
 */
export class V1TableFeed {
  readonly #registry: Registry;
  /** Clients whose table is out of date, with the earliest time to send it; first those who wait for it. */
  readonly #urgent = new Map<Client, number>();
  readonly #due = new Map<Client, number>();
  /** Tables that are on their way. */
  readonly #sending = new Map<Client, Portions>();
  /** Nobody's table has been sent since all were marked, so marking all again for no news changes nothing. */
  #allMarked = false;
  #nextTickMs = Number.NEGATIVE_INFINITY;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** This client is to have the newest table, before those that were marked with all. */
  mark(client: Client, nowMs: number): void {
    this.#due.delete(client);
    this.#urgent.set(client, Math.max(nowMs, client.tableSentMs + GAP_MS));
  }

  /** All online clients are to have the newest table; `changed`: it is another than they have. */
  markAll(nowMs: number, { changed }: { readonly changed: boolean }): void {
    if (!changed && this.#allMarked) return;
    this.#allMarked = true;
    const clients = this.#registry.onlineIn(1);
    const datagrams = 4 * clients.size * this.#registry.size;
    const gapMs = changed ? GAP_MS : Math.max(GAP_MS, datagrams / UNCHANGED_DATAGRAMS_PER_MS);
    for (const client of clients) {
      if (this.#urgent.has(client)) continue;
      const dueMs = Math.max(nowMs, client.tableSentMs + gapMs);
      this.#due.set(client, Math.min(dueMs, this.#due.get(client) ?? dueMs));
    }
  }

  forget(client: Client): void {
    this.#urgent.delete(client);
    this.#due.delete(client);
    this.#sending.delete(client);
  }

  /** Tables that are due or on their way. */
  get size(): number {
    return this.#urgent.size + this.#due.size + this.#sending.size;
  }

  /** True while part of a table is still to be sent: a v1 client would take anything else for a field of it. */
  isSending(client: Client): boolean {
    return this.#sending.has(client);
  }

  pollTimeout(): number | undefined {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { nextMs } of this.#sending.values()) earliestMs = Math.min(earliestMs, nextMs);
    for (const queue of this.#sending.size < SENDING_MAX ? [this.#urgent, this.#due] : []) {
      for (const [client, dueMs] of queue) {
        if (this.#canBegin(client)) earliestMs = Math.min(earliestMs, dueMs);
      }
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : Math.max(earliestMs, this.#nextTickMs);
  }

  /** What to send now. */
  poll(nowMs: number): readonly { readonly client: Client; readonly datagrams: readonly Uint8Array[] }[] {
    if (nowMs < this.#nextTickMs) return [];
    const sent: { client: Client; datagrams: readonly Uint8Array[] }[] = [];
    let left = TICK_DATAGRAMS_MAX;
    const send = (client: Client, portions: Portions): void => {
      const datagrams = portions.datagrams.splice(0, PORTION_DATAGRAMS_MAX);
      portions.nextMs = nowMs + PORTION_GAP_MS;
      left -= datagrams.length;
      sent.push({ client, datagrams });
      if (portions.datagrams.length === 0) this.#sending.delete(client);
    };
    const begin = (queue: Map<Client, number>): void => {
      for (const [client, dueMs] of queue) {
        if (left <= 0 || this.#sending.size >= SENDING_MAX) return;
        if (dueMs > nowMs || !this.#canBegin(client)) continue;
        queue.delete(client);
        this.#allMarked = false;
        client.tableSentMs = nowMs;
        const portions: Portions = { datagrams: this.#tableFor(client), nextMs: nowMs };
        this.#sending.set(client, portions);
        send(client, portions);
      }
    };
    for (const [client, portions] of [...this.#sending]) if (portions.nextMs <= nowMs) send(client, portions);
    begin(this.#urgent);
    begin(this.#due);
    if (left <= 0) this.#nextTickMs = nowMs + TICK_MS;
    return sent;
  }

  /** Saved messages come first, and their end will mark the client again; a table under way goes out whole. */
  #canBegin(client: Client): boolean {
    return client.mail === undefined && !this.#sending.has(client);
  }

  #tableFor(reader: Client): Uint8Array[] {
    const rows: Uint8Array[] = [];
    for (const client of this.#readable()) {
      if (client === reader) continue;
      const { nick, address } = client;
      const row: Reply = { kind: "row", nick, address, online: isShown(client) };
      rows.push(...encodeReply(row));
    }
    return [...encodeReply({ kind: "table", rows: rows.length / 4 }), ...rows];
  }

  /** As many as a v1 client reads: where there are more, those who are online first. */
  #readable(): Iterable<Client> {
    const all = this.#registry.all();
    if (this.#registry.size <= V1_TABLE_ROWS_MAX) return all;
    const onlineFirst = [...all].sort((a, b) => Number(isShown(b)) - Number(isShown(a)));
    return onlineFirst.slice(0, V1_TABLE_ROWS_MAX);
  }
}

interface Portions {
  readonly datagrams: Uint8Array[];
  nextMs: number;
}

/** Between two tables to one client, so that many changes at once cost one table and not one each. */
const GAP_MS = 50;

/** A portion fits the receive buffer that systems give by default (on Linux 212,992 bytes, about 280 small datagrams). */
const PORTION_DATAGRAMS_MAX = 128;
const PORTION_GAP_MS = 10;

/** A datagram costs about 5 µs to send: a tick's worth takes a quarter of the time until the next. */
const TICK_DATAGRAMS_MAX = 256;
const TICK_MS = 5;

/**
 * Tables under way at once: as many as use up the ticks. More would only stretch each, and a client that hears nothing
 * for a quarter of a second in the midst of a table takes the rest for lost.
 */
const SENDING_MAX = (TICK_DATAGRAMS_MAX / PORTION_DATAGRAMS_MAX) * (PORTION_GAP_MS / TICK_MS);

/** v1 repeats the table after each saved message, changed or not. What is not news may cost a hundredth of the time. */
const UNCHANGED_DATAGRAMS_PER_MS = 2;
