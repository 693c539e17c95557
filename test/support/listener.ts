import type { BindOptions, Datagram, Endpoint, NetworkError, World } from "../../src/net/network.ts";
import type { Address } from "../../src/protocol/address.ts";

/** An endpoint that remembers all it hears, and lets a test wait for it. */
export interface Listener extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly address: Address;
  /** As they were handed over. */
  readonly batches: readonly (readonly Datagram[])[];
  /** All datagrams as text, in order. */
  readonly texts: readonly string[];
  readonly errors: readonly NetworkError[];
  say(to: Address, text: string): void;
  /** Resolves when the condition holds after something happened here; rejects after 5 s on the world's clock. */
  until(condition: () => boolean): Promise<void>;
}

/** @param options `onDatagrams` is called with each batch after it was noted. */
export async function listen(world: World, options: Partial<BindOptions> = {}): Promise<Listener> {
  const batches: (readonly Datagram[])[] = [];
  const texts: string[] = [];
  const errors: NetworkError[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const endpoint = await world.network.bind({
    ...options,
    onDatagrams: (datagrams) => {
      batches.push(datagrams);
      texts.push(...datagrams.map(({ bytes }) => Buffer.from(bytes).toString()));
      try {
        options.onDatagrams?.(datagrams);
      } finally {
        wake();
      }
    },
    onError: (error) => {
      errors.push(error);
      wake();
    },
  });

  return {
    endpoint,
    address: endpoint.address,
    batches,
    texts,
    errors,
    say: (to, text) => endpoint.send(to, Buffer.from(text)),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          watchers.delete(check);
          deadline.cancel();
          settle();
        };
        const check = (): void => {
          if (condition()) end(resolve);
        };
        const deadline = world.clock.schedule(5_000, () => {
          end(() =>
            reject(new Error(`not within 5 s: ${condition}; heard ${JSON.stringify(texts.slice(-20))}`)),
          );
        });
        watchers.add(check);
        check();
      }),
    [Symbol.asyncDispose]: () => endpoint.close(),
  };
}

/** Resolves when so much time has passed on the world's clock. */
export function passed(world: World, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    world.clock.schedule(delayMs, resolve);
  });
}
