/** Ids of messages that are used again, or out of their order: what was acknowledged is shown, once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { identityFrom } from "../../src/net/keys.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { startServer } from "../../src/server/start-server.ts";

interface Stage {
  readonly alice: ChatClient;
  readonly bob: ChatClient;
  /** What bob is shown. */
  readonly screen: readonly string[];
  pass(ms: number): Promise<void>;
}

function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 5 });
  return simulation.run(async () => {
    await using server = await startServer({ world: simulation.world("server") });
    const open = (nick: string, seed: number) =>
      openClient(
        { nick, server: server.address, protocol: 2, identity: identityFrom(new Uint8Array(32).fill(seed)) },
        simulation.world(nick),
      );
    await using alice = await open("alice", 1);
    await using bob = await open("bob", 2);
    const screen: string[] = [];
    bob.subscribe((event) => event.kind === "message" && screen.push(event.text));
    const { clock } = simulation.world("alice");
    const pass = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve));
    await bob.register();
    await alice.register();
    await pass(1_000);
    await play({ alice, bob, screen, pass });
  });
}

describe("an id that is used after a later one", () => {
  it("for somebody who is away: refused, and not said to be kept", () =>
    staged(async ({ alice, bob, screen, pass }) => {
      await bob.deregister();
      await pass(1_000);
      const [first, second] = [alice.newMessageId("bob"), alice.newMessageId("bob")];

      const later = await alice.send("bob", "second", { id: second });
      const repeated = await alice.send("bob", "second", { id: second });
      const earlier = await alice.send("bob", "first", { id: first });
      await bob.register();
      await pass(2_000);

      assert.deepEqual([later.kind, repeated.kind], ["saved", "saved"]);
      assert.deepEqual(
        [earlier.kind, earlier.kind === "failed" && earlier.reason],
        ["failed", "REFUSED_BY_SERVER"],
      );
      assert.deepEqual(screen, ["second"]);
    }));

  it("for somebody who is there: shown by way of the server", () =>
    staged(async ({ alice, screen, pass }) => {
      const [first, second] = [alice.newMessageId("bob"), alice.newMessageId("bob")];

      const later = await alice.send("bob", "second", { id: second });
      const earlier = await alice.send("bob", "first", { id: first });
      await pass(2_000);

      assert.deepEqual([later.kind, earlier.kind], ["delivered", "saved"]);
      assert.deepEqual(screen, ["second", "first"]);
    }));
});
