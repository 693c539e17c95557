/** One client's session without a network: the test plays the server and the peers, and moves the clock. */

import type { SessionEvent } from "../../src/client/session.ts";
import { V1Session } from "../../src/client/v1/session.ts";
import type { Address } from "../../src/protocol/address.ts";
import { formatAddress } from "../../src/protocol/address.ts";

export const SERVER: Address = { host: "127.0.0.1", port: 10_000 };
export const BOB: Address = { host: "127.0.0.1", port: 3_000 };

const DATE_MS = Date.UTC(2017, 2, 2, 18, 45, 24);

export class SessionBench {
  readonly session = new V1Session({ nick: "alice", server: SERVER, utcOffsetMs: () => 0 });
  #nowMs = 0;
  #events: SessionEvent[] = [];
  #sent: string[] = [];

  /** Registers, and takes in a table in which bob is online. */
  static registered(): SessionBench {
    const bench = new SessionBench();
    bench.session.register();
    bench.poll();
    bench.receive(SERVER, ">>> [Welcome, You are registered.]\n>>>");
    bench.receiveTable(["bob", BOB, true]);
    bench.advance(1_000);
    bench.takeEvents();
    bench.takeSent();
    return bench;
  }

  receive(from: Address, ...datagrams: readonly (string | Uint8Array)[]): void {
    for (const datagram of datagrams) {
      const bytes = typeof datagram === "string" ? new TextEncoder().encode(datagram) : datagram;
      this.session.handleDatagram(from, bytes, { nowMs: this.#nowMs, dateMs: DATE_MS + this.#nowMs });
      this.poll();
    }
  }

  receiveTable(...rows: readonly (readonly [nick: string, address: Address, online: boolean])[]): void {
    this.receive(SERVER, String(rows.length));
    for (const [nick, { host, port }, online] of rows) {
      this.receive(SERVER, nick, host, String(port), online ? "yes" : "no");
    }
  }

  send(id: number, to: string, text: string): void {
    this.session.send(
      { key: id, to, text, auto: false, id: { epoch: 1, seq: id }, sentAtMs: DATE_MS },
      this.#nowMs,
    );
    this.poll();
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const deadlineMs = this.session.pollTimeout();
      if (deadlineMs === undefined || deadlineMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, deadlineMs);
      this.session.handleTimeout(this.#nowMs);
      this.poll();
    }
    this.#nowMs = untilMs;
  }

  /** Collects what the session has to say; each datagram as `port text`. */
  poll(): void {
    this.#events.push(...this.session.takeEvents());
    for (const { to, bytes } of this.session.takeTransmits(this.#nowMs)) {
      this.#sent.push(`${formatAddress(to).split(":").at(-1)} ${new TextDecoder().decode(bytes)}`);
    }
    this.#events.push(...this.session.takeEvents());
  }

  takeSent(): string[] {
    return this.#sent.splice(0);
  }

  takeEvents(): SessionEvent[] {
    return this.#events.splice(0);
  }
}
