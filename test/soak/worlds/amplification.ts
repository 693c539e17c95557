import type { TraceEntry } from "../../../src/net/trace.ts";
import { formatAddress } from "../../../src/protocol/address.ts";
import { SERVER } from "./program.ts";

/** To an address that has not shown that it is its own, at most so many times the bytes that came from it (RFC 9000 §8.1). */
const AMPLIFICATION_MAX = 3;

/**
 * Watches every datagram of a server. An address is known to be its own once a cookie that the server sent there came back
 * from it. v1 has no cookies and demands a full answer to `reg`: who asks in v1 is answered in v1, and exempt.
 */
export class AmplificationWatch {
  readonly #strangers = new Map<string, { received: number; sent: number; cookies: string[] }>();
  readonly #exempt = new Set<string>();
  #breach: string | undefined;

  /** The first datagram that was too many, in words. */
  get breach(): string | undefined {
    return this.#breach;
  }

  note({ atMs, kind, from, to, bytes }: TraceEntry): void {
    if (kind === "delivered" && to.label === SERVER) this.#received(formatAddress(from.address), bytes);
    else if (kind === "sent" && from.label === SERVER) this.#sent(formatAddress(to.address), bytes, atMs);
  }

  #received(address: string, bytes: Uint8Array): void {
    if (this.#exempt.has(address)) return;
    const text = decoder.decode(bytes);
    const stranger = this.#strangers.get(address) ?? { received: 0, sent: 0, cookies: [] };
    if (V1_REGISTRATION.test(text) || stranger.cookies.some((cookie) => text.includes(cookie))) {
      this.#exempt.add(address);
      this.#strangers.delete(address);
      return;
    }
    stranger.received += bytes.length;
    this.#strangers.set(address, stranger);
  }

  #sent(address: string, bytes: Uint8Array, atMs: number): void {
    if (this.#exempt.has(address)) return;
    const stranger = this.#strangers.get(address) ?? { received: 0, sent: 0, cookies: [] };
    this.#strangers.set(address, stranger);
    stranger.sent += bytes.length;
    const cookie = CHALLENGE.exec(decoder.decode(bytes))?.[1];
    if (cookie !== undefined) stranger.cookies.push(cookie);
    if (stranger.sent <= AMPLIFICATION_MAX * stranger.received) return;
    this.#breach ??=
      `at ${atMs} ms the server had sent ${stranger.sent} bytes to ${address}, which had sent it ` +
      `${stranger.received} bytes and returned no cookie`;
  }
}

const decoder = new TextDecoder();
const V1_REGISTRATION = /^reg \S+$/;
const CHALLENGE = /\["challenge","([^"]+)"/;
