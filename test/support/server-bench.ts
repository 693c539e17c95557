/** A chat server without a network: what is sent to it and what it sends, as text, on a clock that the test moves. */
import assert from "node:assert/strict";
import { SeededRandom } from "../../src/net/seeded-random.ts";
import type { Address } from "../../src/protocol/address.ts";
import { formatAddress } from "../../src/protocol/address.ts";
import type { ServerEvent } from "../../src/server/api.ts";
import { ChatServer, type ChatServerOptions } from "../../src/server/chat-server.ts";
import type { ServerEntries } from "../../src/server/server-entries.ts";
import type { ChatStore } from "../../src/store/chat-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";

/** Thu Mar  2 18:45:24 2017, in UTC. */
export const START_DATE_MS = Date.UTC(2017, 2, 2, 18, 45, 24);

export class ServerBench {
  readonly store: ChatStore;
  readonly events: ServerEvent[] = [];
  readonly #server: ChatServer;
  readonly #inboxes = new Map<string, string[]>();
  #nowMs = 0;

  constructor(store: ChatStore = new MemoryStore(), options: Partial<ChatServerOptions> = {}) {
    this.store = store;
    this.#server = new ChatServer({
      store,
      random: new SeededRandom("server"),
      utcOffsetMs: () => 0,
      ...options,
    });
  }

  get entries(): ServerEntries {
    return this.#server.entries;
  }

  /** Sends a datagram in a turn of its own. */
  send(from: Address, datagram: string | Uint8Array): void {
    this.turn([[from, datagram]]);
  }

  /** Sends several datagrams that arrive in one turn of the event loop. */
  turn(datagrams: readonly (readonly [from: Address, datagram: string | Uint8Array])[]): void {
    const at = { nowMs: this.#nowMs, dateMs: START_DATE_MS + this.#nowMs };
    for (const [from, datagram] of datagrams) {
      const bytes = typeof datagram === "string" ? new TextEncoder().encode(datagram) : datagram;
      this.#server.handleDatagram(from, bytes, at);
    }
    this.#endTurn();
  }

  /** Lets time pass, waking the server at each of its deadlines. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    let turns = 0;
    for (;;) {
      const deadlineMs = this.#server.pollTimeout();
      if (deadlineMs === undefined || deadlineMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, deadlineMs);
      this.#server.handleTimeout(this.#nowMs);
      this.#endTurn();
      turns += 1;
      assert.ok(turns < 10_000, "the server asks to be woken without end");
    }
    this.#nowMs = untilMs;
  }

  /** What the server sent there since last asked. */
  receivedBy(address: Address): string[] {
    const received = this.#inboxes.get(formatAddress(address)) ?? [];
    this.#inboxes.delete(formatAddress(address));
    return received;
  }

  /** Registers, and throws away what comes of it to everybody. */
  register(nick: string, address: Address): void {
    this.send(address, `reg ${nick}`);
    this.quiet();
  }

  /** Lets pending tables go out, and forgets all that was sent. */
  quiet(): void {
    this.advance(100);
    this.#inboxes.clear();
  }

  #endTurn(): void {
    for (const { to, bytes } of this.#server.endTurn(this.#nowMs)) {
      const key = formatAddress(to);
      this.#inboxes.set(key, [...(this.#inboxes.get(key) ?? []), new TextDecoder().decode(bytes)]);
    }
    this.events.push(...this.#server.takeEvents());
  }
}

/** An address on this machine. */
export function at(port: number): Address {
  return { host: "127.0.0.1", port };
}
