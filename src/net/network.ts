/**
 * What the program needs of the world outside it: datagrams, time and chance. The UDP world
 * (`system-world.ts`) and the simulated one (`sim/`) both implement it, and one contract suite
 * holds them to the same behaviour.
 */
import type { Address } from "../protocol/address.ts";

export interface World {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Network {
  /**
   * Opens an endpoint for datagrams.
   *
   * @throws {NetworkError} `ADDRESS_IN_USE`, `ADDRESS_NOT_AVAILABLE`, `PERMISSION_DENIED` or `UNKNOWN_HOST`.
   */
  bind(options: BindOptions): Promise<Endpoint>;
  /**
   * The IP address of a host name, IPv4 where it has one; an IP address is its own answer. For those who send to
   * a host that a person named: {@link Address} holds IP addresses only.
   *
   * @throws {NetworkError} `UNKNOWN_HOST`.
   */
  lookup(host: string): Promise<string>;
}

export interface BindOptions {
  /** IP address or host name to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: the system picks a free port. */
  readonly port?: number;
  /**
   * Called with all datagrams that arrived in one turn of the event loop, oldest first; the first of them may come by
   * itself. Never empty, never re-entered. What it throws is reported to `onError` of kind `RECEIVER_FAILED`.
   */
  readonly onDatagrams: (datagrams: readonly Datagram[]) => void;
  /** Something went wrong that the endpoint survived, such as an ICMP refusal. Default: ignored. */
  readonly onError?: (error: NetworkError) => void;
}

export interface Datagram {
  readonly from: Address;
  readonly bytes: Uint8Array;
}

/** One bound UDP port. */
export interface Endpoint extends AsyncDisposable {
  readonly address: Address;
  /** Sends without waiting. Loss is ordinary: it is not reported. After `close` it does nothing. */
  send(to: Address, bytes: Uint8Array): void;
  /** Resolves when everything given to `send` was handed to the system and the port is free again. */
  close(): Promise<void>;
}

export interface Clock {
  /** Milliseconds on a clock that never goes back, from an arbitrary origin; for intervals and deadlines. */
  nowMs(): number;
  /** Milliseconds since 1970-01-01 UTC, for people; it can jump. */
  dateMs(): number;
  /** How far local civil time is ahead of UTC at this moment, in milliseconds; always 0 in simulation. */
  utcOffsetMs(): number;
  /** Calls once, not before `delayMs` have passed. */
  schedule(delayMs: number, call: () => void): Timer;
  /**
   * Says that work the clock cannot see is under way, such as another process computing. Virtual time
   * stands still until the returned function is called; real time does not care.
   */
  hold(): () => void;
}

/** A moment on a {@link Clock}, by `nowMs` and by `dateMs`. */
export interface Instant {
  readonly nowMs: number;
  readonly dateMs: number;
}

export interface Timer {
  /** Does nothing when the call has been made or cancelled already. */
  cancel(): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Bytes fit for keys and cookies in the real world, reproducible in the simulated one. */
  bytes(count: number): Uint8Array;
}

/** What the network did that the caller could not prevent. */
export type NetworkErrorCode =
  | "ADDRESS_IN_USE"
  | "ADDRESS_NOT_AVAILABLE"
  | "PERMISSION_DENIED"
  | "UNKNOWN_HOST"
  | "PEER_REFUSED"
  | "SEND_FAILED"
  | "RECEIVER_FAILED";

export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
