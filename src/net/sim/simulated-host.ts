import { isIPv4, isIPv6 } from "node:net";
import { type Address, formatAddress, sameAddress } from "../../protocol/address.ts";
import {
  addressInUse,
  addressNotAvailable,
  receiverFailed,
  requestedAddress,
  sendFailed,
  unknownHost,
} from "../endpoint-rules.ts";
import type { BindOptions, Datagram, Endpoint, NetworkError } from "../network.ts";

/** IANA's dynamic ports (RFC 6335 §6): where port 0 looks for a free one. */
const EPHEMERAL_PORTS = { first: 49_152, last: 65_535 } as const;

/** The longest UDP payload: 65,535 bytes less the headers. IPv6 does not count its own header (RFC 8200 §4.5). */
const PAYLOAD_BYTES_MAX = { ipv4: 65_507, ipv6: 65_527 } as const;

/** Hands a datagram to the network. */
export type Post = (from: Address, to: Address, bytes: Uint8Array) => void;

/**
 * The one machine that all endpoints of a simulation are on: it has the loopback addresses, and gives out ports in
 * the same order in every run.
 */
export class SimulatedHost {
  readonly #endpoints = new Map<string, SimulatedEndpoint>();
  readonly #post: Post;
  #nextPort: number = EPHEMERAL_PORTS.first;

  constructor(post: Post) {
    this.#post = post;
  }

  lookup(host: string): string {
    if (host === "localhost") return "127.0.0.1";
    if (isIPv4(host) || isIPv6(host)) return host;
    throw unknownHost(host);
  }

  bind(options: BindOptions): SimulatedEndpoint {
    const requested = requestedAddress(options);
    const host = this.lookup(requested.host);
    const address = { host, port: requested.port === 0 ? this.#freePort(host) : requested.port };
    if (!isLoopback(host) && !isWildcard(host)) throw addressNotAvailable(address);
    if (this.#isTaken(address)) throw addressInUse(address);

    const key = formatAddress(address);
    const endpoint = new SimulatedEndpoint(address, options, this.#post, () => this.#endpoints.delete(key));
    this.#endpoints.set(key, endpoint);
    return endpoint;
  }

  /** Who receives what is sent to an address; `undefined`: nobody. */
  listenerAt(address: Address): SimulatedEndpoint | undefined {
    return (
      this.#endpoints.get(formatAddress(address)) ??
      (isLoopback(address.host) ? this.#endpoints.get(formatAddress(wildcardOf(address))) : undefined)
    );
  }

  #freePort(host: string): number {
    const count = EPHEMERAL_PORTS.last - EPHEMERAL_PORTS.first + 1;
    for (let tries = 0; tries < count; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === EPHEMERAL_PORTS.last ? EPHEMERAL_PORTS.first : port + 1;
      if (!this.#isTaken({ host, port })) return port;
    }
    throw addressInUse({ host, port: 0 });
  }

  /** A wildcard address excludes all others of its family on the same port. */
  #isTaken(address: Address): boolean {
    if (this.listenerAt(address) !== undefined) return true;
    if (!isWildcard(address.host)) return false;
    return [...this.#endpoints.values()].some((endpoint) =>
      sameAddress(wildcardOf(endpoint.address), address),
    );
  }
}

export class SimulatedEndpoint implements Endpoint {
  readonly address: Address;
  /** Where its datagrams come from. */
  readonly source: Address;
  readonly #options: BindOptions;
  readonly #post: Post;
  readonly #release: () => void;
  #open = true;

  constructor(address: Address, options: BindOptions, post: Post, release: () => void) {
    this.address = address;
    this.source = sourceOf(address);
    this.#options = options;
    this.#post = post;
    this.#release = release;
  }

  send(to: Address, bytes: Uint8Array): void {
    if (!this.#open) return;
    const fault = sendFault(this.address, to, bytes);
    if (fault !== undefined) {
      queueMicrotask(() => this.#report(sendFailed(`${fault} (to ${formatAddress(to)})`)));
      return;
    }
    this.#post(this.source, to, bytes);
  }

  receive(datagrams: readonly Datagram[]): void {
    try {
      this.#options.onDatagrams(datagrams);
    } catch (error) {
      this.#report(receiverFailed(error));
    }
  }

  close(): Promise<void> {
    if (this.#open) this.#release();
    this.#open = false;
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #report(error: NetworkError): void {
    if (this.#open) this.#options.onError?.(error);
  }
}

/** What a system's UDP would refuse to send. */
function sendFault(from: Address, to: Address, bytes: Uint8Array): string | undefined {
  const { host, port } = to;
  if (isIPv4(from.host) ? !isIPv4(host) : !isIPv6(host)) return "the address is not of the endpoint's family";
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${port} is not a port`;
  const bytesMax = isIPv4(host) ? PAYLOAD_BYTES_MAX.ipv4 : PAYLOAD_BYTES_MAX.ipv6;
  return bytes.length > bytesMax
    ? `${bytes.length} bytes are more than the ${bytesMax} of one datagram`
    : undefined;
}

const isLoopback = (host: string): boolean => host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

const wildcardOf = ({ host, port }: Address): Address => ({ host: isIPv4(host) ? "0.0.0.0" : "::", port });

/** What is sent from a wildcard address leaves by the loopback interface. */
function sourceOf({ host, port }: Address): Address {
  if (!isWildcard(host)) return { host, port };
  return { host: isIPv4(host) ? "127.0.0.1" : "::1", port };
}
