/** What clients of v2 notice of a server that was restarted, with its store and without. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import type { RunningServer } from "../../src/server/api.ts";
import { startServer } from "../../src/server/start-server.ts";
import type { ChatStore } from "../../src/store/chat-store.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { FullStore } from "../support/full-store.ts";
import { V2Peer } from "../support/v2-peer.ts";

interface Stage {
  /** The server that runs now. */
  server: RunningServer;
  world(name: string): World;
  join(nick: string): Promise<V2Peer>;
  /** Ends the server and starts it again, by default with what it kept. */
  restart(store?: ChatStore): Promise<void>;
}

function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 8 });
  return simulation.run(async () => {
    const kept = new MemoryStore();
    await using opened = new AsyncDisposableStack();
    const stage: Stage = {
      server: await startServer({ world: simulation.world("server"), store: kept }),
      world: (name) => simulation.world(name),
      join: async (nick) => {
        const peer = opened.use(await V2Peer.registered(nick, stage.server.address, simulation.world(nick)));
        await peer.wire.pass(500);
        return peer;
      },
      restart: async (store = kept) => {
        const { port } = stage.server.address;
        await stage.server.close();
        stage.server = await startServer({ world: simulation.world("server"), port, store });
      },
    };
    await play(stage);
    await stage.server.close();
  });
}

describe("a server that was restarted with its store", () => {
  it("goes on with the sessions it had", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");

      await stage.restart();
      await bob.deregister();
      await alice.wire.pass(1_000);
      const outcome = await alice.send("bob", "u up?");

      assert.equal(outcome, "saved");
      assert.deepEqual(alice.wire.received("error"), []);
      assert.equal(alice.table.get("bob")?.row[3], 0);
    }));

  it("has those online again who had fallen silent, as soon as it hears them", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      alice.talks = false;
      await alice.wire.pass(40_000);
      const whileSilent = stage.server.population.online;
      await stage.restart();

      alice.talks = true;
      alice.wire.send(alice.server, ["pong", alice.session, alice.version]);
      await alice.wire.pass(1_000);

      assert.equal(whileSilent, 0);
      assert.equal(stage.server.population.online, 1);
    }));

  it("goes on handing over the mail that was under way", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await bob.deregister();
      await alice.wire.pass(500);
      for (const text of ["one", "two", "three"]) assert.equal(await alice.send("bob", text), "saved");
      bob.talks = false;
      await bob.register();
      await stage.restart();

      bob.talks = true;
      await alice.wire.pass(3_000);

      assert.deepEqual(bob.screen, ["alice: one", "alice: two", "alice: three"]);
      assert.equal(alice.table.get("bob")?.row[3], 1);
    }));

  it("still knows whose nicknames are", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      await alice.deregister();
      await stage.restart();
      await using impostor = await V2Peer.open("alice", stage.server.address, stage.world("impostor"));

      const refused = await impostor.register();
      const welcome = await alice.register();

      assert.deepEqual(refused?.slice(0, 2), ["refused", "nick-owned"]);
      assert.deepEqual(welcome?.slice(2, 3), ["back"]);
    }));

  it("takes no cookie that it gave out before", () =>
    staged(async (stage) => {
      await using alice = await V2Peer.open("alice", stage.server.address, stage.world("alice"));
      const opening = "reg alice udpchat/2";
      const challenge = await alice.wire.ask(alice.server, opening, ([type]) => type === "challenge");
      await stage.restart();

      const registration = alice.registration(String(challenge?.[1]));
      const reply = await alice.wire.ask(alice.server, registration, ([type]) => type === "refused");

      assert.deepEqual(reply?.slice(0, 2), ["refused", "bad-cookie"]);
    }));

  it("shows versions of the table that are greater than any before", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      await stage.join("bob");
      const before = alice.version;
      await stage.restart();

      await stage.join("carol");
      await alice.wire.pass(1_000);

      assert.ok(alice.version > before);
      assert.deepEqual([...alice.table.keys()].sort(), ["bob", "carol"]);
    }));
});

describe("a server that was restarted without its store", () => {
  it("says that it does not know the session", () =>
    staged(async (stage) => {
      const alice = await stage.join("alice");
      await stage.restart(new MemoryStore());

      const reply = await alice.wire.ask(
        alice.server,
        ["sync", alice.session, 0, 0],
        ([type]) => type === "error",
      );

      assert.deepEqual(reply, ["error", "unknown-session"]);
    }));
});

describe("a server whose disk is full", () => {
  it("says so to who registers and to who wants something kept, and goes on with the others", () =>
    staged(async (stage) => {
      const store = new FullStore();
      await stage.restart(store);
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await bob.deregister();
      await alice.wire.pass(500);

      store.isFull = true;
      const kept = await alice.send("bob", "u up?");
      const welcome = await bob.register();
      store.isFull = false;
      await alice.wire.pass(1_000);

      assert.equal(kept, "storage-failed");
      assert.deepEqual(welcome?.slice(0, 2), ["refused", "storage-failed"]);
      assert.deepEqual(stage.server.population, { known: 2, online: 1 });
      assert.equal(await alice.send("bob", "and now?"), "saved");
    }));
});

describe("a server whose disk becomes full", () => {
  it("while it hands over mail: it is not handed over again and again meanwhile, and shown once", () =>
    staged(async (stage) => {
      const store = new FullStore();
      await stage.restart(store);
      const alice = await stage.join("alice");
      const bob = await stage.join("bob");
      await bob.deregister();
      await alice.wire.pass(500);
      await alice.send("bob", "first");
      await alice.send("bob", "second");
      bob.talks = false;
      await bob.register();

      store.isFull = true;
      bob.talks = true;
      await alice.wire.pass(15_000);
      const copies = bob.mail.length;
      store.isFull = false;
      await alice.wire.pass(15_000);

      assert.ok(copies > 0 && copies <= 6, `${copies} copies`);
      assert.deepEqual(bob.screen, ["alice: first", "alice: second"]);
      assert.equal(store.mailboxSize("bob").messages, 0);
      assert.equal(stage.server.entries.questions, 0);
    }));

  it("says so to who wants to leave", () =>
    staged(async (stage) => {
      const store = new FullStore();
      await stage.restart(store);
      const options = { nick: "alice", server: stage.server.address, protocol: 2 } as const;
      await using alice = await openClient(options, stage.world("alice"));
      await alice.register();

      store.isFull = true;
      await assert.rejects(alice.deregister(), {
        code: "REFUSED",
        message: "The server cannot keep that now.",
      });
      store.isFull = false;
      await alice.deregister();

      assert.equal(alice.registered, false);
      assert.equal(stage.server.population.online, 0);
    }));
});
