import type { Datagram, Endpoint, Timer, World } from "../../net/network.ts";
import type { Address } from "../../protocol/address.ts";

/** Datagrams that wait for a paused program; a socket's buffer is bounded, too. */
const WAITING_MAX = 10_000;

/** One program's life, in the hands of somebody else. */
export interface Life {
  /** For the program to live in. */
  readonly world: World;
  /** Where it last opened a port; `undefined` before that. */
  readonly address: Address | undefined;
  /** From now on its timers do not fire, its endpoints neither receive nor send, and nothing it does is seen by anybody. */
  die(): void;
  /** It stands still: what it would receive, send or be reminded of waits. */
  pause(): void;
  resume(): void;
  /** Sends from its port, past the program; nothing happens before it has opened one. */
  send(to: Address, bytes: Uint8Array): void;
}

/** A life in a world: so a program in this process is killed and paused like one in another. */
export function mortal(world: World): Life {
  return new MortalLife(world);
}

class MortalLife implements Life {
  readonly world: World;
  readonly #outside: World;
  readonly #timers = new Set<Timer>();
  #state: "runs" | "paused" | "dead" = "runs";
  /** What happens when it goes on, in order. */
  #waiting: (() => void)[] = [];
  #endpoint: Endpoint | undefined;

  constructor(outside: World) {
    this.#outside = outside;
    const { clock, random, network } = outside;
    this.world = {
      random,
      clock: {
        nowMs: () => clock.nowMs(),
        dateMs: () => clock.dateMs(),
        utcOffsetMs: () => clock.utcOffsetMs(),
        hold: () => clock.hold(),
        schedule: (delayMs, call) => this.#schedule(delayMs, call),
      },
      network: { lookup: (host) => network.lookup(host), bind: (options) => this.#bind(options) },
    };
  }

  get address(): Address | undefined {
    return this.#endpoint?.address;
  }

  die(): void {
    this.#state = "dead";
    this.#waiting = [];
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  pause(): void {
    if (this.#state === "runs") this.#state = "paused";
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "runs";
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) this.#whenRunning(call);
  }

  send(to: Address, bytes: Uint8Array): void {
    this.#endpoint?.send(to, bytes);
  }

  #whenRunning(call: () => void): void {
    if (this.#state === "runs") call();
    else if (this.#state === "paused" && this.#waiting.length < WAITING_MAX) this.#waiting.push(call);
  }

  #schedule(delayMs: number, call: () => void): Timer {
    if (this.#state === "dead") return { cancel: () => {} };
    let cancelled = false;
    const timer = this.#outside.clock.schedule(delayMs, () => {
      this.#timers.delete(timer);
      // It may be cancelled while it waits for the program to go on.
      this.#whenRunning(() => {
        if (!cancelled) call();
      });
    });
    this.#timers.add(timer);
    return {
      cancel: () => {
        cancelled = true;
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }

  async #bind(options: Parameters<World["network"]["bind"]>[0]): Promise<Endpoint> {
    const endpoint = await this.#outside.network.bind({
      ...options,
      onDatagrams: (datagrams: readonly Datagram[]) =>
        this.#whenRunning(() => options.onDatagrams(datagrams)),
      onError: (error) => this.#whenRunning(() => options.onError?.(error)),
    });
    this.#endpoint = endpoint;
    const close = () => endpoint.close();
    return {
      address: endpoint.address,
      send: (to, bytes) => this.#whenRunning(() => endpoint.send(to, bytes)),
      close,
      [Symbol.asyncDispose]: close,
    };
  }
}
