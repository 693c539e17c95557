import type { World } from "../../../src/net/network.ts";
import { NetworkError } from "../../../src/net/network.ts";
import type { Address } from "../../../src/protocol/address.ts";
import { mortal } from "../../../src/scenario/run/mortal-world.ts";
import type { RunningServer, ServerEvent } from "../../../src/server/api.ts";
import { startServer } from "../../../src/server/start-server.ts";
import type { CrashingStore } from "./crashing-store.ts";
import type { ServerCrash } from "./program.ts";

/** The server of one world: it crashes and starts again, always at the same address and on the same disk. */
export class SoakServer {
  readonly address: Address = { host: "127.0.0.1", port: 10_000 };
  readonly store: CrashingStore;
  /** Errors that are the server's own. */
  readonly faults: Error[] = [];
  readonly #world: World;
  #life: { readonly running: RunningServer; readonly die: () => void } | undefined;
  #hitsInCommit = false;

  constructor(world: World, store: (nowMs: () => number) => CrashingStore) {
    this.#world = world;
    this.store = store(() => world.clock.nowMs());
  }

  /** `undefined` while it is down. */
  get running(): RunningServer | undefined {
    return this.#life?.running;
  }

  /** Does nothing while it is up; one that was to crash in a commit and had none crashes now. */
  async start(): Promise<void> {
    if (this.#hitsInCommit) await this.crash("now");
    if (this.#life !== undefined) return;
    const body = mortal(this.#world);
    let dead = false;
    const onEvent = (event: ServerEvent): void => {
      if (!dead) this.#note(event);
    };
    const running = await startServer({ ...this.address, world: body.world, store: this.store, onEvent });
    this.#life = {
      running,
      die: () => {
        dead = true;
        body.die();
      },
    };
  }

  async crash(when: ServerCrash): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    if (when !== "now") {
      this.#hitsInCommit = true;
      this.store.crashInCommit(when === "in-commit-kept", () => void this.crash("now"));
      return;
    }
    this.#hitsInCommit = false;
    this.store.disarm();
    this.#life = undefined;
    life.die();
    await life.running.close();
  }

  async close(): Promise<void> {
    await this.#life?.running.close();
    this.#life = undefined;
  }

  /** What the network does to a server is the world's business; what it does to itself is not. */
  #note(event: ServerEvent): void {
    if (event.kind !== "fault") return;
    if (event.error instanceof NetworkError && event.error.code !== "RECEIVER_FAILED") return;
    this.faults.push(event.error);
  }
}
