import { type Address, formatAddress, sameAddress } from "../protocol/address.ts";
import { Relocation } from "../protocol/relocation.ts";
import type { Datagram, Endpoint, Network } from "./network.ts";

export interface RelayOptions {
  /** Where the client's server is. */
  readonly server: Address;
  /** Where the client is known to be. Default: where its first datagram comes from. */
  readonly client?: Address;
  /** The network that server and peers are on; the relay is on it in the client's stead. */
  readonly outside: Network;
  /** The network that the client is on. */
  readonly inside: Network;
}

export interface Relay extends AsyncDisposable {
  /** What the client is to be told is the server's address. */
  readonly server: Address;
  /** Where server and peers see the client. */
  readonly address: Address;
  /** Datagrams that have come and not gone on yet. */
  readonly pending: number;
  /** What it could not pass on, and why, since it was opened. */
  readonly dropped: { readonly clientUnknown: number; readonly full: number };
  /** Sends a datagram from the client's address, past the client. */
  send(to: Address, bytes: Uint8Array): void;
  close(): Promise<void>;
}

/** Where the client is, and where the relay shows it faces: it is a program of this machine. */
const INSIDE_HOST = "127.0.0.1";

/** Peers that get a face of their own. A table can name more; the client then sees their true addresses. */
const FACES_MAX = 1_024;

/** Datagrams that wait for a face to be opened; more are lost, as in the buffer of a socket. */
const PENDING_MAX = 4_096;

/**
 * Stands between a client that is not ours and everybody else, so that what is on the `outside` network (faults, eyes)
 * befalls this client, too, though it has sockets of its own.
 *
 * To the outside the relay is the client: server and peers see one address. To the client it is everybody else: it shows it a
 * face, a port, for the server and one for each peer, and puts these ports into the tables that the server
 * sends. So client and peers talk to each other through it, and each sees the other where the table says he is.
 *
 * Datagrams keep their order. Nothing else is changed about them.
 *
 * @throws {NetworkError} when a port cannot be opened.
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const relay = new ClientRelay(options);
  try {
    await relay.open();
  } catch (error) {
    await relay.close();
    throw error;
  }
  return relay;
}

/** A port at which the client sees somebody. */
interface Face {
  readonly endpoint: Endpoint;
  /** Where the client last spoke to it from. */
  client: Address | undefined;
}

class ClientRelay implements Relay {
  readonly #options: RelayOptions;
  readonly #relocation = new Relocation(INSIDE_HOST);
  /** By whose they are. */
  readonly #faces = new Map<string, Face>();
  readonly #pending: Datagram[] = [];
  readonly #dropped = { clientUnknown: 0, full: 0 };
  #working: Promise<void> | undefined;
  #outside: Endpoint | undefined;
  #serverFace: Face | undefined;
  #client: Address | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#client = options.client;
  }

  async open(): Promise<void> {
    this.#serverFace = await this.#openFace(this.#options.server);
    this.#outside = await this.#options.outside.bind({
      host: INSIDE_HOST,
      onDatagrams: (datagrams) => this.#fromOutside(datagrams),
    });
  }

  get server(): Address {
    return endpointOf(this.#serverFace?.endpoint).address;
  }

  get address(): Address {
    return endpointOf(this.#outside).address;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get dropped(): Relay["dropped"] {
    return this.#dropped;
  }

  send(to: Address, bytes: Uint8Array): void {
    this.#outside?.send(to, bytes);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#pending.length = 0;
    await this.#working;
    const faces = [...this.#faces.values()].map(({ endpoint }) => endpoint);
    await Promise.all([this.#outside, ...faces].map((endpoint) => endpoint?.close()));
  }

  #fromClient(of: Address, face: Face, datagrams: readonly Datagram[]): void {
    for (const { from, bytes } of datagrams) {
      if (face === this.#serverFace && !isAt(from, this.#client)) {
        // It has a new socket, perhaps as a new program: what it spoke from before is over.
        for (const other of this.#faces.values()) other.client = undefined;
        this.#client = from;
      }
      face.client = from;
      this.#outside?.send(of, bytes);
    }
  }

  #fromOutside(datagrams: readonly Datagram[]): void {
    for (const datagram of datagrams) {
      if (this.#pending.length >= PENDING_MAX) this.#dropped.full += 1;
      else if (this.#closed === undefined) this.#pending.push(datagram);
    }
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** One after the other: the next may have to wait for the face of somebody whom this one names. */
  async #work(): Promise<void> {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      await this.#passOn(next);
      this.#pending.shift();
    }
  }

  async #passOn({ from, bytes }: Datagram): Promise<void> {
    const { server } = this.#options;
    const isServer = sameAddress(from, server);
    let told = bytes;
    if (isServer) {
      for (const address of this.#relocation.addressesIn(bytes)) await this.#faceOf(address);
      told = this.#relocation.relocate(
        bytes,
        (address) => this.#faces.get(formatAddress(address))?.endpoint.address,
      );
    }
    const face = isServer ? this.#serverFace : await this.#faceOf(from);
    const client = face?.client ?? this.#client;
    if (client === undefined || face === undefined) this.#dropped.clientUnknown += 1;
    else face.endpoint.send(client, told);
  }

  /** `undefined` when there are too many, or no port is left. */
  async #faceOf(address: Address): Promise<Face | undefined> {
    const known = this.#faces.get(formatAddress(address));
    if (known !== undefined || this.#faces.size >= FACES_MAX) return known;
    return await this.#openFace(address).catch(() => undefined);
  }

  async #openFace(of: Address): Promise<Face> {
    const endpoint = await this.#options.inside.bind({
      host: INSIDE_HOST,
      onDatagrams: (datagrams) => this.#fromClient(of, face, datagrams),
    });
    const face: Face = { endpoint, client: undefined };
    this.#faces.set(formatAddress(of), face);
    return face;
  }
}

function endpointOf(endpoint: Endpoint | undefined): Endpoint {
  if (endpoint === undefined) throw new TypeError("the relay is not open");
  return endpoint;
}

function isAt(address: Address, known: Address | undefined): boolean {
  return known !== undefined && sameAddress(address, known);
}
