import type { World } from "../../net/network.ts";
import type { KnownProfile, Profile } from "../language/driver/model.ts";
import { Ledger } from "../run/ledger.ts";
import { SentLog } from "../run/sent.ts";
import { ForeignClient } from "./foreign-client.ts";
import { ForeignServer } from "./foreign-server.ts";
import { closed, type Implementation } from "./implementation.ts";

/** Who registers by himself has done so by then, counted from when he is ready. */
const BY_ITSELF_MS = 2_000;

const NICK = "probe";

/** What was found out, and what was seen while trying. */
export interface Detected {
  readonly profile: KnownProfile;
  readonly ledgers: readonly Ledger[];
  /** `false`: no client could be registered, so nothing else could be tried. */
  readonly registers: boolean;
}

/**
 * Finds out what a profile leaves open, by starting the program and trying.
 *
 * @throws {ProgramError} when the program does not start or its server is never ready; the signal's reason when it aborts.
 */
export async function detectProfile(
  implementation: Implementation,
  world: World,
  signal: AbortSignal,
): Promise<Detected> {
  const open = implementation.driver.profile;
  const trial = new Trial({ ...implementation, profile: closed(implementation.driver) }, world, signal);
  const registersAtStart =
    open.registersAtStart === "detect" ? await trial.registersAtStart() : open.registersAtStart;
  const known = { ...closed(implementation.driver), registersAtStart };
  const rest = new Trial({ ...implementation, profile: known }, world, signal);
  const [first, second, vanished] = await Promise.all([
    rest.registers(),
    open.secondClient === "detect" ? rest.secondClient() : open.secondClient,
    open.vanishedReturns === "detect" ? rest.vanishedReturns() : open.vanishedReturns,
  ]);
  return {
    profile: { ...known, secondClient: second, vanishedReturns: vanished },
    ledgers: [...trial.ledgers, ...rest.ledgers],
    registers: first,
  };
}

class Trial {
  readonly ledgers: Ledger[] = [];
  readonly #implementation: Implementation;
  readonly #world: World;
  readonly #signal: AbortSignal;
  readonly #beganMs: number;

  constructor(implementation: Implementation, world: World, signal: AbortSignal) {
    this.#implementation = implementation;
    this.#world = world;
    this.#signal = signal;
    this.#beganMs = world.clock.nowMs();
  }

  registersAtStart(): Promise<boolean> {
    return this.#with(async (client) => {
      const probe = client();
      await probe.start(this.#signal);
      return await probe.showsWithin(BY_ITSELF_MS, ["registered", "table", "mail"], this.#signal);
    });
  }

  registers(): Promise<boolean> {
    return this.#with(async (client) => (await client().register(NICK, this.#signal)).kind === "ok");
  }

  secondClient(): Promise<Exclude<Profile["secondClient"], "detect">> {
    return this.#with(async (client) => {
      await client().register(NICK, this.#signal);
      const { kind } = await client().register(NICK, this.#signal);
      if (kind === "refused") return "refused";
      return kind === "ok" ? "takesOver" : "ignored";
    });
  }

  vanishedReturns(): Promise<boolean> {
    return this.#with(async (client) => {
      const before = client();
      await before.register(NICK, this.#signal);
      await before.kill();
      return (await client().register(NICK, this.#signal)).kind === "ok";
    });
  }

  /** With a server of its own, and as many clients as are asked for. */
  async #with<T>(story: (client: () => ForeignClient) => Promise<T>): Promise<T> {
    const server = new ForeignServer({
      implementation: this.#implementation,
      world: this.#world,
      ledger: this.#ledger("server"),
    });
    const clients: ForeignClient[] = [];
    const client = () => {
      const next = new ForeignClient({
        name: NICK,
        implementation: this.#implementation,
        nicks: [NICK],
        world: this.#world,
        serverAddress: () => server.address(),
        ledger: this.#ledger(NICK),
      });
      clients.push(next);
      return next;
    };
    try {
      await server.start();
      return await story(client);
    } finally {
      await Promise.all(clients.map((one) => one.close()));
      await server.close();
    }
  }

  #ledger(name: string): Ledger {
    const ledger = new Ledger(name, new SentLog(), () => this.#world.clock.nowMs() - this.#beganMs);
    this.ledgers.push(ledger);
    return ledger;
  }
}
