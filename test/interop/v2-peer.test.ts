/** A client of udpchat/2 that was written from its specification alone, with our server and our clients. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import type { RunningServer } from "../../src/server/api.ts";
import { startServer } from "../../src/server/start-server.ts";
import { V2Peer } from "../support/v2-peer.ts";

interface Stage {
  readonly simulation: Simulation;
  readonly server: RunningServer;
  world(name: string): World;
  /** A client from the specification, registered. */
  join(nick: string): Promise<V2Peer>;
  /** One of our clients, registered. */
  ours(nick: string, protocol?: 1 | 2): Promise<OurClient>;
}

interface OurClient {
  readonly client: ChatClient;
  readonly screen: readonly string[];
}

function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 6 });
  return simulation.run(async () => {
    await using server = await startServer({ world: simulation.world("server") });
    await using opened = new AsyncDisposableStack();
    await play({
      simulation,
      server,
      world: (name) => simulation.world(name),
      join: async (nick) => opened.use(await V2Peer.registered(nick, server.address, simulation.world(nick))),
      ours: async (nick, protocol) => {
        const options = { nick, server: server.address, ...(protocol && { protocol }) };
        const client = opened.use(await openClient(options, simulation.world(nick)));
        const screen: string[] = [];
        client.subscribe((event) => {
          if (event.kind === "message")
            screen.push(`${event.from}${event.auto ? " (auto)" : ""}: ${event.text}`);
        });
        await client.register();
        return { client, screen };
      },
    });
  });
}

describe("clients written from the specification", () => {
  it("find each other in the table and chat straight with each other", () =>
    staged(async ({ join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      await alice.wire.pass(1_000);

      const sent = await Promise.all([
        alice.send("bob", "hello"),
        alice.send("bob", 'naïve ✓ "quoted"\n\u0007'),
        bob.send("alice", "hi", { auto: 1 }),
      ]);

      assert.deepEqual(sent, ["delivered", "delivered", "delivered"]);
      assert.deepEqual(bob.screen, ["alice: hello", 'alice: naïve ✓ "quoted"\n\u0007']);
      assert.deepEqual(alice.screen, ["bob (auto): hi"]);
      assert.deepEqual(alice.table.get("bob")?.row.slice(3), [1, 2, bob.key.publicKey]);
    }));

  it("leave a message for somebody who is away, who reads it when he is back", () =>
    staged(async ({ join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      assert.equal(await bob.deregister(), true);

      const sent = [await alice.send("bob", "u up?"), await alice.send("bob", "hey")];
      const welcome = await bob.register();
      await bob.wire.pass(1_000);
      const later = await alice.send("bob", "there you are");

      assert.deepEqual(sent, ["saved", "saved"]);
      assert.deepEqual(welcome?.slice(2, 4), ["back", 2]);
      assert.equal(later, "delivered");
      assert.deepEqual(bob.screen, ["alice: u up?", "alice: hey", "alice: there you are"]);
    }));

  it("are told that there is no such nickname", () =>
    staged(async ({ join }) => {
      const alice = await join("alice");

      assert.equal(await alice.send("nobody", "hello"), "unknown-nick");
    }));

  it("that fall silent are away, and back as soon as they are heard", () =>
    staged(async ({ join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      bob.talks = false;
      await alice.wire.pass(40_000);
      const whileSilent = alice.table.get("bob")?.row[3];

      bob.talks = true;
      bob.wire.send(bob.server, ["pong", bob.session, bob.version]);
      await alice.wire.pass(1_000);

      assert.equal(whileSilent, 0);
      assert.equal(alice.table.get("bob")?.row[3], 1);
      assert.equal(await alice.send("bob", "welcome back"), "delivered");
    }));

  it("who stay are pinged, answer, and stay", () =>
    staged(async ({ join, server }) => {
      const alice = await join("alice");

      await alice.wire.pass(120_000);

      assert.ok(alice.wire.received("ping").length >= 4);
      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("have the whole of a table that fits no datagram, and learn what changes in it", () =>
    staged(async ({ server, world, join }) => {
      await using many = new AsyncDisposableStack();
      for (let i = 0; i < 60; i += 1) {
        const nick = `client-number-${i}-with-a-name`;
        many.use(await V2Peer.registered(nick, server.address, world(nick)));
      }
      const alice = await join("alice");
      await alice.wire.pass(2_000);
      const atFirst = alice.table.size;
      const before = alice.wire.arrivals.length;

      const zoe = await join("zoe");
      await alice.wire.pass(2_000);
      const news = alice.wire.arrivals
        .slice(before)
        .filter(({ records }) => records.some(([type]) => type === "delta"));

      assert.equal(atFirst, 60);
      assert.equal(alice.table.size, 61);
      assert.deepEqual(alice.table.get("zoe")?.row[5], zoe.key.publicKey);
      assert.equal(news.length, 1);
      assert.ok((news[0]?.sizeBytes ?? 0) < 200, "a join costs one small record");
    }));

  it("are all there and know each other after a network that loses, doubles and reorders a third", () =>
    staged(async ({ simulation, server, world }) => {
      const link = { from: "*", to: "*" };
      const faulty = { link, loss: 0.3, duplicate: 0.3, reorder: 0.3, delayMs: { min: 1, max: 80 } };
      simulation.faults.apply({ kind: "faults", faults: [faulty] });
      await using opened = new AsyncDisposableStack();
      const peers: V2Peer[] = [];
      for (const nick of ["ada", "bea", "cid", "dan"]) {
        const peer = opened.use(await V2Peer.open(nick, server.address, world(nick)));
        for (let attempt = 0; peer.session === "" && attempt < 5; attempt += 1) await peer.register();
        peers.push(peer);
      }
      const [ada, bea] = peers;
      assert.ok(ada !== undefined && bea !== undefined);

      const outcomes: string[] = [];
      for (let i = 0; i < 30; i += 1) outcomes.push(await ada.send("bea", `text ${i}`));
      simulation.faults.apply({
        kind: "faults",
        faults: [{ link, loss: 0, duplicate: 0, reorder: 0, delayMs: { min: 1, max: 1 } }],
      });
      await ada.wire.pass(60_000);

      assert.deepEqual(
        bea.screen,
        outcomes.map((_, i) => `ada: text ${i}`),
      );
      for (const outcome of outcomes) assert.ok(outcome === "delivered" || outcome === "saved", outcome);
      for (const peer of peers) {
        const online = [...peer.table.values()].filter(({ row }) => row[3] === 1).length;
        assert.equal(online, peers.length - 1, peer.nick);
      }
    }));
});

describe("a client written from the specification and one of ours", () => {
  it("chat in both directions, with order, marks and all", () =>
    staged(async ({ join, ours }) => {
      const alice = await join("alice");
      const bob = await ours("bob");
      await alice.wire.pass(1_000);

      const fromBob = await Promise.all([
        ...Array.from({ length: 20 }, (_, i) => bob.client.send("alice", `text ${i}`)),
        bob.client.send("alice", "beep", { auto: true }),
      ]);
      const fromAlice = await Promise.all([alice.send("bob", "hi"), alice.send("bob", "boop", { auto: 1 })]);

      assert.deepEqual(new Set(fromBob.map(({ kind }) => kind)), new Set(["delivered"]));
      assert.deepEqual(alice.screen, [
        ...Array.from({ length: 20 }, (_, i) => `bob: text ${i}`),
        "bob (auto): beep",
      ]);
      assert.deepEqual(fromAlice, ["delivered", "delivered"]);
      assert.deepEqual(bob.screen, ["alice: hi", "alice (auto): boop"]);
    }));

  it("leave mail for each other", () =>
    staged(async ({ join, ours }) => {
      const alice = await join("alice");
      const bob = await ours("bob");
      await alice.wire.pass(1_000);
      await alice.deregister();
      await alice.wire.pass(1_000);

      const receipt = await bob.client.send("alice", "u up?");
      await alice.register();
      await bob.client.deregister();
      await alice.wire.pass(1_000);
      const outcome = await alice.send("bob", "now I am");
      await bob.client.register();
      await alice.wire.pass(1_000);

      assert.equal(receipt.kind, "saved");
      assert.equal(outcome, "saved");
      assert.deepEqual(alice.screen, ["bob: u up?"]);
      assert.deepEqual(bob.screen, ["alice: now I am"]);
    }));

  it("of v1: each writes to the other in v1, and what is saved comes through", () =>
    staged(async ({ join, ours }) => {
      const alice = await join("alice");
      const bob = await ours("bob", 1);
      await alice.wire.pass(1_000);
      assert.deepEqual(alice.table.get("bob")?.row.slice(3), [1, 1, ""]);

      const toBob = await alice.send("bob", "hello");
      const toAlice = await bob.client.send("alice", "hi");
      await alice.deregister();
      await alice.wire.pass(1_000);
      const saved = await bob.client.send("alice", "u up?");
      await alice.register();
      await alice.wire.pass(2_000);

      assert.equal(toBob, "delivered");
      assert.equal(toAlice.kind, "delivered");
      assert.equal(saved.kind, "saved");
      assert.deepEqual(bob.screen, ["alice: hello"]);
      assert.deepEqual(alice.screen, ["bob: hi", "bob: u up?"]);
    }));
});

describe("over real UDP", () => {
  it("a client written from the specification registers and chats with one of ours", async () => {
    await using server = await startServer({ world: systemWorld() });
    await using alice = await V2Peer.registered("alice", server.address, systemWorld());
    await using bob = await openClient({ nick: "bob", server: server.address });
    const { promise, resolve } = Promise.withResolvers<string>();
    bob.subscribe((event) => event.kind === "message" && resolve(event.text));
    await bob.register();

    const outcome = await alice.send("bob", "hello");

    assert.equal(outcome, "delivered");
    assert.equal(await promise, "hello");
  });
});
