import type { Endpoint, World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";

/** Takes a server's place at its port: hears everything and answers nothing. */
export class SilentServer implements AsyncDisposable {
  readonly #world: World;
  readonly #onDatagram: (from: Address, sizeBytes: number) => void;
  #endpoint: Endpoint | undefined;

  constructor(world: World, onDatagram: (from: Address, sizeBytes: number) => void) {
    this.#world = world;
    this.#onDatagram = onDatagram;
  }

  get running(): boolean {
    return this.#endpoint !== undefined;
  }

  /** @throws {NetworkError} when the port cannot be opened. */
  async start({ host, port }: Address): Promise<void> {
    this.#endpoint ??= await this.#world.network.bind({
      host,
      port,
      onDatagrams: (datagrams) => {
        for (const { from, bytes } of datagrams) this.#onDatagram(from, bytes.length);
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint?.close();
    this.#endpoint = undefined;
  }
}
