import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import type { Address } from "../protocol/address.ts";
import {
  addressInUse,
  addressNotAvailable,
  permissionDenied,
  receiverFailed,
  requestedAddress,
  sendFailed,
  unknownHost,
} from "./endpoint-rules.ts";
import { type BindOptions, type Datagram, type Endpoint, type Network, NetworkError } from "./network.ts";

/** The system's default drops bursts. The system may grant less than asked for. */
const RECEIVE_BUFFER_BYTES = 4 * 1_048_576;

/**
 * libuv takes at most so many datagrams from a socket before it looks at the others. When it took as many, more are
 * waiting: they join the batch, up to a bound, for what is done once a batch (a commit) is done the less often.
 */
const READ_AT_ONCE = 32;
const BATCH_MAX = 512;

/** The system's UDP. An IPv6 endpoint hears IPv6 only, so no peer has two forms of address. */
export class UdpNetwork implements Network {
  async bind(options: BindOptions): Promise<Endpoint> {
    const requested = requestedAddress(options);
    const address = { host: await this.lookup(requested.host), port: requested.port };
    const ipv6Only = isIPv6(address.host);
    const socket = createSocket({
      type: ipv6Only ? "udp6" : "udp4",
      ipv6Only,
      recvBufferSize: RECEIVE_BUFFER_BYTES,
      lookup: asIs,
    });
    await bound(socket, address);
    return new UdpEndpoint(socket, options);
  }

  async lookup(host: string): Promise<string> {
    if (isIP(host) !== 0) return host;
    try {
      return (await lookup(host, { order: "ipv4first" })).address;
    } catch (error) {
      throw unknownHost(host, error);
    }
  }
}

class UdpEndpoint implements Endpoint {
  readonly address: Address;
  readonly #socket: Socket;
  readonly #options: BindOptions;
  /** What arrived in this turn of the event loop. */
  #arrived: Datagram[] = [];
  /** From the first datagram of a turn until its end. */
  #isCollecting = false;
  /** In the turn before, one datagram came and no other. */
  #isQuiet = true;
  /** How many of them had arrived when it was last asked whether there are more. */
  #seen = 0;
  /** Datagrams given to the socket of which it has not said that they left. */
  #leaving = 0;
  #closed: Promise<void> | undefined;
  #onAllSent: () => void = () => {};

  constructor(socket: Socket, options: BindOptions) {
    const { address: host, port } = socket.address();
    this.address = { host, port };
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (bytes, from) => this.#onArrival(bytes, from));
    // What a receive call came back with, such as the refusal of a peer.
    socket.on("error", (error) => this.#report(survived(error)));
  }

  /** The bytes must stay as they are until the turn of the event loop ends: the system may take them late. */
  send(to: Address, bytes: Uint8Array): void {
    if (this.#closed !== undefined) return;
    this.#leaving++;
    try {
      // Node takes an empty host for 127.0.0.1.
      this.#socket.send(bytes, to.port, to.host || "no host", this.#onSent);
    } catch (error) {
      // A port that is none. A peer can name one, so it ends like any other datagram that cannot leave.
      process.nextTick(this.#onSent, error);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#leaving > 0) await new Promise<void>((resolve) => (this.#onAllSent = resolve));
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  /** One function for all sends: a closure for each would cost more than the rest of `send`. */
  readonly #onSent = (error: Error | null): void => {
    this.#leaving--;
    if (error !== null) this.#report(survived(error));
    if (this.#leaving === 0) this.#onAllSent();
  };

  #onArrival(bytes: Uint8Array, { address: host, port }: RemoteInfo): void {
    const datagram = { from: { host, port }, bytes };
    if (this.#isCollecting) {
      this.#arrived.push(datagram);
      return;
    }
    this.#isCollecting = true;
    // Where datagrams come one by one, to wait for others costs each a turn of the event loop.
    if (this.#isQuiet) this.#give([datagram]);
    else this.#arrived.push(datagram);
    setImmediate(this.#handOver);
  }

  /** The event loop calls this once it has taken from all sockets what the system had for them. */
  readonly #handOver = (): void => {
    const datagrams = this.#arrived;
    const more = datagrams.length - this.#seen;
    if (more === READ_AT_ONCE && datagrams.length < BATCH_MAX) {
      this.#seen = datagrams.length;
      setImmediate(this.#handOver);
      return;
    }
    this.#isCollecting = false;
    this.#isQuiet = datagrams.length <= (this.#isQuiet ? 0 : 1);
    this.#arrived = [];
    this.#seen = 0;
    if (datagrams.length > 0) this.#give(datagrams);
  };

  #give(datagrams: readonly Datagram[]): void {
    if (this.#closed !== undefined) return;
    try {
      this.#options.onDatagrams(datagrams);
    } catch (error) {
      this.#report(receiverFailed(error));
    }
  }

  #report(error: NetworkError): void {
    this.#options.onError?.(error);
  }
}

/**
 * Host names were looked up before; addresses need no detour through the resolver, which would delay every send. Only an
 * address of IPv6 has a colon.
 */
const asIs: SocketOptions["lookup"] = (host, _options, callback) =>
  callback(null, host, host.includes(":") ? 6 : 4);

function bound(socket: Socket, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      socket.close();
      reject(bindFailed(address, error));
    };
    socket.once("error", onError);
    socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
      socket.off("error", onError);
      resolve();
    });
  });
}

function bindFailed(address: Address, error: Error): NetworkError {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return addressInUse(address, error);
    case "EACCES":
    case "EPERM":
      return permissionDenied(address, error);
    default:
      return addressNotAvailable(address, error);
  }
}

/** A peer's system may answer that nobody listens there (ICMP, RFC 1122 §4.1.3.3); Linux seldom passes it on. */
function survived(error: Error): NetworkError {
  const refused = ["ECONNREFUSED", "ECONNRESET"].includes(codeOf(error) ?? "");
  if (refused)
    return new NetworkError("PEER_REFUSED", `nobody listens there: ${error.message}`, { cause: error });
  return sendFailed(
    codeOf(error) === "EMSGSIZE" ? `longer than a datagram can be: ${error.message}` : error.message,
    error,
  );
}

function codeOf(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}
