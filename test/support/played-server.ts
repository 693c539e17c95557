/** A v2 client and a server that the test plays, record by record. */
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { stampOf, type V2Record, V2Wire } from "./v2-wire.ts";

export const COOKIE = "1-g-KKBLU35kQkU";
export const SESSION = "Pzrx7Ou9FBCrQX7A0nu_yw";

export interface PlayedServer {
  /** Played by the test. */
  readonly server: V2Wire;
  readonly bob: ChatClient;
  readonly registered: ReturnType<ChatClient["register"]>;
  /** What bob was sent, as `sender: text`. */
  readonly screen: readonly string[];
  /** Why datagrams were ignored. */
  readonly ignored: readonly string[];
  /** Challenges bob, who answers. */
  challenge(): Promise<void>;
  /** Lets him in, once he has answered. */
  letIn(version: number): void;
  /** The server has let bob in, and says this. */
  say(...records: readonly V2Record[]): void;
}

/** Bob has begun to register, and nothing was answered. */
export function opening(protocol: "auto" | 2, play: (stage: PlayedServer) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 9 });
  return simulation.run(async () => {
    await using server = await V2Wire.open(simulation.world("server"));
    await using bob = await openClient(
      { nick: "bob", server: server.address, protocol },
      simulation.world("bob"),
    );
    const screen: string[] = [];
    const ignored: string[] = [];
    bob.subscribe((event) => {
      if (event.kind === "message") screen.push(`${event.from}: ${event.text}`);
      else if (event.kind === "ignored") ignored.push(event.reason);
    });
    const registered = bob.register();
    await server.next(([type]) => type === "v1");
    await play({
      server,
      bob,
      registered,
      screen,
      ignored,
      challenge: async () => {
        server.send(bob.address, ["challenge", COOKIE]);
        await server.next(([type]) => type === "register");
      },
      letIn: (version) =>
        server.send(
          bob.address,
          ["for", stampOf(COOKIE)],
          ["registered", SESSION, "new", 0, version, 15_000],
        ),
      say: (...records) => server.send(bob.address, ["for", stampOf(SESSION)], ...records),
    });
  });
}
