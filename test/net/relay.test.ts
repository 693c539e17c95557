import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient, ClientEvent } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import { FaultPlan } from "../../src/net/faults.ts";
import { withFaults } from "../../src/net/faulty-network.ts";
import type { World } from "../../src/net/network.ts";
import type { ProbedNetwork } from "../../src/net/probe.ts";
import { openRelay, type Relay } from "../../src/net/relay.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { TraceEntry } from "../../src/net/trace.ts";
import type { Address } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";
import { listen } from "../support/listener.ts";

interface Ground {
  readonly network: ProbedNetwork;
  /** Where somebody's own sockets are, out of reach of the faults. */
  readonly bare: World;
  readonly trace: readonly TraceEntry[];
  run(main: () => Promise<void>): Promise<void>;
}

const GROUNDS: Readonly<Record<string, () => Ground>> = {
  "in simulation": () => {
    const below = new Simulation({ seed: 1 });
    return ground(below.world("below"), (main) => below.run(main));
  },
  "on real UDP": () => ground(systemWorld(), (main) => main()),
};

function ground(bare: World, run: Ground["run"]): Ground {
  const trace: TraceEntry[] = [];
  const network = withFaults(bare, new FaultPlan(3), { onTrace: (entry) => trace.push(entry) });
  return { network, bare, trace, run };
}

for (const [where, newGround] of Object.entries(GROUNDS)) {
  describe(`a relay ${where}`, () => {
    /** Fran and Gil are strangers, each behind a relay; Bob is one of ours. All are registered and know each other. */
    async function withEverybody(
      play: (
        scene: Ground & { fran: Party; gil: Party; bob: Party; relays: readonly Relay[] },
      ) => Promise<void>,
    ): Promise<void> {
      const scene = newGround();
      const { network, bare } = scene;
      await scene.run(async () => {
        await using open = new AsyncDisposableStack();
        const server = open.use(await startServer({ world: network.world("server") }));
        const relays: Relay[] = [];
        const opened = async (nick: string, to: Address, world: World): Promise<Party> =>
          party(open.use(await openClient({ nick, server: to }, world)));
        const behindRelay = async (nick: string): Promise<Party> => {
          const outside = network.world(nick).network;
          const relay = open.use(await openRelay({ server: server.address, outside, inside: bare.network }));
          relays.push(relay);
          return await opened(nick, relay.server, bare);
        };
        const fran = await behindRelay("fran");
        const gil = await behindRelay("gil");
        const bob = await opened("bob", server.address, network.world("bob"));
        const all = [fran, gil, bob];
        for (const one of all) await one.client.register();
        for (const one of all) {
          await one.until(
            () => [...one.client.contacts.values()].filter(({ online }) => online).length === 2,
          );
        }
        await play({ ...scene, fran, gil, bob, relays });
      });
    }

    it("lets everybody talk to everybody, and sees all of it", async () => {
      await withEverybody(async ({ fran, gil, bob, trace }) => {
        const pairs = [fran, gil, bob].flatMap((from) => [fran, gil, bob].map((to) => [from, to] as const));
        for (const [from, to] of pairs) {
          if (from === to) continue;
          const receipt = await from.client.send(to.client.nick, `hi from ${from.client.nick}`);
          assert.equal(receipt.kind, "delivered");
        }

        for (const one of [fran, gil, bob]) {
          await one.until(() => one.messages.length === 2);
          assert.deepEqual(
            one.messages.toSorted(),
            [fran, gil, bob]
              .filter((other) => other !== one)
              .map(({ client }) => `${client.nick}: hi from ${client.nick}`)
              .sort(),
          );
        }
        const links = new Set(
          trace.filter(({ kind }) => kind === "sent").map(({ from, to }) => `${from.label}->${to.label}`),
        );
        for (const [from, to] of pairs) {
          if (from !== to) assert.ok(links.has(`${from.client.nick}->${to.client.nick}`), `${[...links]}`);
        }
      });
    });

    it("shows the client peers where it can speak to them through the relay, and nowhere else", async () => {
      await withEverybody(async ({ fran, bob, relays }) => {
        const [relay] = relays;
        const shown = (who: Party, nick: string) => who.client.contacts.get(nick)?.address;

        assert.deepEqual(shown(bob, "fran"), relay?.address);
        assert.notDeepEqual(shown(fran, "bob"), bob.client.address);
        assert.notDeepEqual(shown(fran, "gil"), relays[1]?.address);
      });
    });

    // What follows takes the time-outs of the protocol, which cost nothing there.
    if (where !== "in simulation") return;

    it("lets faults befall a link between two strangers, and no other", async () => {
      await withEverybody(async ({ fran, gil, bob, network }) => {
        network.faults.apply({ kind: "faults", faults: [{ link: { from: "fran", to: "gil" }, loss: 1 }] });

        const sending = fran.client.send("gil", "lost");
        const others = await Promise.all([
          fran.client.send("bob", "arrives"),
          gil.client.send("bob", "arrives"),
        ]);

        assert.deepEqual(
          others.map(({ kind }) => kind),
          ["delivered", "delivered"],
        );
        assert.deepEqual(gil.messages, []);
        network.faults.apply({ kind: "faults", faults: [{ link: { from: "fran", to: "gil" }, loss: 0 }] });
        assert.equal((await sending).kind, "delivered");
        assert.deepEqual(gil.messages, ["fran: lost"]);
        assert.equal(bob.messages.length, 2);
      });
    });

    it("cuts a stranger off when the network is divided", async () => {
      await withEverybody(async ({ fran, gil, network }) => {
        network.faults.apply({ kind: "partition", groups: [["gil"]] });

        const sending = fran.client.send("gil", "are you there?");
        const receipt = await sending;

        assert.equal(receipt.kind, "saved");
        network.faults.apply({ kind: "heal" });
        await gil.client.register();
        await gil.until(() => gil.messages.length === 1);
      });
    });
  });
}

describe("a relay", () => {
  it("follows its client to a new socket, as after a restart", async () => {
    const { network, bare, run } = GROUNDS["in simulation"]?.() ?? assert.fail();
    await run(async () => {
      await using server = await listen(network.world("server"));
      await using peer = await listen(network.world("peer"));
      await using relay = await openRelay({
        server: server.address,
        outside: network.world("fran").network,
        inside: bare.network,
      });
      await using first = await listen(bare);
      await using second = await listen(bare);

      first.say(relay.server, "one");
      await server.until(() => server.texts.length === 1);
      second.say(relay.server, "two");
      await server.until(() => server.texts.length === 2);
      server.say(relay.address, "to the client");
      peer.say(relay.address, "to the client");
      await second.until(() => second.texts.length === 2);

      assert.deepEqual(first.texts, []);
      assert.deepEqual(
        server.batches.flat().map(({ from }) => from),
        [relay.address, relay.address],
      );
    });
  });

  it("drops, and counts, what comes before its client has shown itself, unless it is known where it is", async () => {
    const { network, bare, run } = GROUNDS["in simulation"]?.() ?? assert.fail();
    await run(async () => {
      await using server = await listen(network.world("server"));
      await using client = await listen(bare);
      const options = {
        server: server.address,
        outside: network.world("fran").network,
        inside: bare.network,
      };
      await using blind = await openRelay(options);
      await using told = await openRelay({ ...options, client: client.address });

      server.say(blind.address, "lost");
      server.say(told.address, "arrives");
      await client.until(() => client.texts.length === 1);

      assert.deepEqual(client.texts, ["arrives"]);
      assert.deepEqual(blind.dropped, { clientUnknown: 1, full: 0 });
    });
  });

  it("keeps the order of what comes while the face of a new peer is opened", async () => {
    const { network, bare, run } = GROUNDS["on real UDP"]?.() ?? assert.fail();
    await run(async () => {
      await using server = await listen(network.world("server"));
      await using client = await listen(bare);
      await using relay = await openRelay({
        server: server.address,
        outside: network.world("fran").network,
        inside: bare.network,
        client: client.address,
      });
      const table = Array.from({ length: 50 }, (_, i) => [
        `nick${i}`,
        "127.0.0.1",
        String(20_000 + i),
        "yes",
      ]).flat();

      for (const text of ["50", ...table, "ping"]) server.say(relay.address, text);
      await client.until(() => client.texts.includes("ping"));

      const ports = client.texts.filter((_, i) => i % 4 === 3);
      assert.equal(client.texts.length, table.length + 2);
      assert.deepEqual(
        client.texts.filter((_, i) => i % 4 !== 3),
        ["50", ...table, "ping"].filter((_, i) => i % 4 !== 3),
      );
      assert.equal(new Set(ports).size, ports.length);
      assert.equal(relay.pending, 0);
    });
  });
});

describe("a stranger", () => {
  it("who was introduced is befallen by faults when what he sends arrives; others are left alone", async () => {
    const { network, bare, trace, run } = GROUNDS["in simulation"]?.() ?? assert.fail();
    await run(async () => {
      await using alice = await listen(network.world("alice"));
      await using server = await listen(bare);
      await using nobody = await listen(bare);
      network.introduce({ address: server.address, label: "server" });
      const fault = { loss: 0, duplicate: 1, delayMs: { min: 50, max: 50 } };
      network.faults.apply({ kind: "faults", faults: [{ link: { from: "*", to: "alice" }, ...fault }] });

      server.say(alice.address, "twice");
      nobody.say(alice.address, "once");
      await alice.until(() => alice.texts.length === 3);

      assert.deepEqual(alice.texts, ["once", "twice", "twice"]);
      assert.deepEqual(
        trace.map(({ kind, from }) => `${from.label === "server" ? "server" : "?"} ${kind}`),
        ["server sent", "server duplicated", "? delivered", "server delivered", "server delivered"],
      );
    });
  });
});

interface Party {
  readonly client: ChatClient;
  readonly messages: readonly string[];
  until(condition: () => boolean): Promise<void>;
}

function party(client: ChatClient): Party {
  const messages: string[] = [];
  const watchers = new Set<() => void>();
  client.subscribe((event: ClientEvent) => {
    if (event.kind === "message") messages.push(`${event.from}: ${event.text}`);
    for (const watcher of [...watchers]) watcher();
  });
  return {
    client,
    messages,
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
}
