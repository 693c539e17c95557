import type { Endpoint, World } from "../../src/net/network.ts";
import type { Address } from "../../src/protocol/address.ts";

export interface TextDatagram {
  readonly from: Address;
  readonly text: string;
}

/** A socket as the original uses it: one datagram at a time, each read with a time-out, strings in and out. */
export class BlockingSocket {
  readonly #world: World;
  readonly #unread: TextDatagram[] = [];
  #reader: ((datagram: TextDatagram) => void) | undefined;
  #endpoint: Endpoint | undefined;

  private constructor(world: World) {
    this.#world = world;
  }

  static async open(world: World, port = 0): Promise<BlockingSocket> {
    const socket = new BlockingSocket(world);
    socket.#endpoint = await world.network.bind({
      port,
      onDatagrams: (datagrams) => {
        for (const { from, bytes } of datagrams) {
          // The original reads 2,048 bytes and loses the rest.
          socket.#push({ from, text: new TextDecoder().decode(bytes.subarray(0, 2_048)) });
        }
      },
    });
    return socket;
  }

  get address(): Address {
    if (this.#endpoint === undefined) throw new Error("the socket is not open");
    return this.#endpoint.address;
  }

  sendto(text: string, to: Address): void {
    this.#endpoint?.send(to, new TextEncoder().encode(text));
  }

  /** The next datagram, or `undefined` after `timeoutMs`; without it, however long it takes. */
  async recvfrom(timeoutMs?: number): Promise<TextDatagram | undefined> {
    const next = this.#unread.shift();
    if (next !== undefined) return next;
    const { promise, resolve } = Promise.withResolvers<TextDatagram | undefined>();
    this.#reader = resolve;
    const timer =
      timeoutMs === undefined ? undefined : this.#world.clock.schedule(timeoutMs, () => resolve(undefined));
    const datagram = await promise;
    timer?.cancel();
    this.#reader = undefined;
    return datagram;
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
  }

  #push(datagram: TextDatagram): void {
    if (this.#reader === undefined) {
      this.#unread.push(datagram);
      return;
    }
    const reader = this.#reader;
    this.#reader = undefined;
    reader(datagram);
  }
}
