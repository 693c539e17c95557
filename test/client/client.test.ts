import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient, ClientEvent, ClientOptions, Receipt } from "../../src/client/api.ts";
import { openClient as openAnyClient } from "../../src/client/client.ts";
import { identityFrom } from "../../src/net/keys.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { startServer } from "../../src/server/start-server.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { V2Peer } from "../support/v2-peer.ts";
import type { V2Record } from "../support/v2-wire.ts";

/** Runs a story with a world for each of its participants. */
type Stage = (story: (world: (name: string) => World) => Promise<void>) => Promise<void>;

const stages: Record<string, Stage> = {
  "real UDP": (story) => story(() => systemWorld()),
  simulation: (story) => {
    const simulation = new Simulation({ seed: 1 });
    return simulation.run(() => story((name) => simulation.world(name)));
  },
};

/** The first event from now on that fits, within 5 s of the world's time. */
async function next<K extends ClientEvent["kind"]>(
  client: ChatClient,
  world: World,
  kind: K,
  fits: (event: Extract<ClientEvent, { kind: K }>) => boolean = () => true,
): Promise<Extract<ClientEvent, { kind: K }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<ClientEvent, { kind: K }>>();
  const timer = world.clock.schedule(5_000, () => reject(new Error(`no such event of kind ${kind}`)));
  const end = client.subscribe((event) => {
    if (event.kind === kind && fits(event as Extract<ClientEvent, { kind: K }>)) {
      resolve(event as Extract<ClientEvent, { kind: K }>);
    }
  });
  try {
    return await promise;
  } finally {
    timer.cancel();
    end();
  }
}

for (const [name, stage, protocol] of Object.entries(stages).flatMap(([name, stage]) =>
  ([1, 2] as const).map((protocol) => [name, stage, protocol] as const),
)) {
  const openClient = (options: ClientOptions, world: World) => openAnyClient({ protocol, ...options }, world);

  // Side by side: most of their time is the protocol's own waits.
  describe(`clients and server over ${name}, in v${protocol}`, { concurrency: true }, () => {
    it("register, see each other, chat, deregister", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));

        assert.deepEqual(await alice.register(), { outcome: "new" });
        const table = next(alice, world("alice"), "table", ({ contacts }) => contacts[0]?.online === true);
        assert.deepEqual(await bob.register(), { outcome: "new" });
        assert.equal((await table).contacts[0]?.nick, "bob");
        assert.deepEqual(alice.contacts.get("bob")?.address, bob.address);

        const heard = next(bob, world("bob"), "message");
        const receipt = await alice.send("bob", "I'm back, ack?");
        assert.equal(receipt.kind, "delivered");
        assert.ok(receipt.kind === "delivered" && receipt.roundTripMs >= 0 && receipt.roundTripMs < 1_000);
        assert.deepEqual([(await heard).from, (await heard).text], ["alice", "I'm back, ack?"]);

        const gone = next(alice, world("alice"), "table", ({ contacts }) => contacts[0]?.online === false);
        await bob.deregister();
        await gone;
        assert.equal(bob.registered, false);
      }));

    it("tell of the first table, also where nobody else is in it", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        const table = next(alice, world("alice"), "table");

        await alice.register();

        assert.deepEqual((await table).contacts, []);
      }));

    it("keep what is sent to who is away, in order, once, even when the server is killed in between", () =>
      stage(async (world) => {
        const store = new MemoryStore();
        const server = await startServer({ world: world("server"), store });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));
        await alice.register();
        await bob.register();
        const gone = next(alice, world("alice"), "table", ({ contacts }) => contacts[0]?.online === false);
        await bob.deregister();
        await gone;

        const receipts = await Promise.all(["one", "two", "three"].map((text) => alice.send("bob", text)));
        assert.deepEqual(
          receipts.map(({ kind }) => kind),
          ["saved", "saved", "saved"],
        );
        await server.close();
        await using again = await startServer({ world: world("server"), store, port: server.address.port });
        const messages: ClientEvent[] = [];
        bob.subscribe((event) => event.kind === "message" && messages.push(event));
        const last = next(bob, world("bob"), "message", ({ text }) => text === "three");
        assert.deepEqual(await bob.register(), { outcome: "back" });
        await last;

        assert.deepEqual(
          messages.map((event) => event.kind === "message" && [event.from, event.text, event.saved]),
          [
            ["alice", "one", true],
            ["alice", "two", true],
            ["alice", "three", true],
          ],
        );
        assert.equal(again.address.port, server.address.port);
      }));

    it("say why a message did not go", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        const reasonOf = (receipt: Receipt) => (receipt.kind === "failed" ? receipt.reason : receipt.kind);

        assert.equal(reasonOf(await alice.send("bob", "hi")), "NOT_REGISTERED");
        await alice.register();
        assert.equal(reasonOf(await alice.send("bob", "hi")), "UNKNOWN_RECIPIENT");
        assert.equal(reasonOf(await alice.send("alice", "hi")), "UNKNOWN_RECIPIENT");
        for (const none of ["a b", "", "x".repeat(33), "ack"]) {
          const receipt = await alice.send(none, "hi");
          assert.equal(reasonOf(receipt), "UNKNOWN_RECIPIENT");
          assert.match(receipt.kind === "failed" ? receipt.detail : "", /is no nickname/);
        }
        assert.equal(reasonOf(await alice.send("bob", " ")), "TEXT_EMPTY");
        assert.equal(reasonOf(await alice.send("bob", "é".repeat(501))), "TEXT_TOO_LONG");
        assert.equal(reasonOf(await alice.send("bob", "hi", { signal: AbortSignal.abort() })), "ABORTED");
        const aborting = new AbortController();
        const sending = alice.send("bob", "hi", { signal: aborting.signal });
        aborting.abort();
        assert.equal(reasonOf(await sending), "ABORTED");
        const pending = alice.send("bob", "hi");
        await alice.close();
        assert.equal(reasonOf(await pending), "CLOSED");
        assert.equal(reasonOf(await alice.send("bob", "hi")), "CLOSED");
      }));

    it("refuse a nickname whose holder answers, and give it away when he is gone", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        const x = { nick: "x", server: server.address, identity: identityFrom(new Uint8Array(32)) };
        await using holder = await openClient(x, world("holder"));
        await using newcomer = await openClient(x, world("newcomer"));
        await holder.register();

        await assert.rejects(newcomer.register(), { name: "ClientError", code: "NICK_IN_USE" });
        await holder.close();

        assert.deepEqual(await newcomer.register(), { outcome: "back" });
      }));

    it("say that no server answers, and can be aborted while they wait", () =>
      stage(async (world) => {
        await using alice = await openClient(
          { nick: "alice", server: { host: "127.0.0.1", port: 9 } },
          world("alice"),
        );
        const reason = new Error("changed my mind");
        const aborting = new AbortController();
        const registering = alice.register({ signal: aborting.signal });
        await assert.rejects(alice.register(), { code: "BUSY" });
        aborting.abort(reason);
        await assert.rejects(registering, reason);

        await assert.rejects(alice.register(), { code: "SERVER_NOT_RESPONDING" });
        await assert.rejects(alice.deregister(), { code: "NOT_REGISTERED" });
      }));

    it("give events to whoever iterates, until the client is closed", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        const events = alice.events();
        await alice.register();
        await alice.deregister();
        await alice.close();

        const kinds: string[] = [];
        for await (const { kind } of events) kinds.push(kind);

        // The first table may come before the goodbye, or not any more.
        assert.deepEqual(
          kinds.filter((kind) => kind !== "table"),
          ["registered", "deregistered"],
        );
        assert.deepEqual(await alice.events().next(), { done: true, value: undefined });
      }));

    it("do not acknowledge what a listener could not keep", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));
        await alice.register();
        await bob.register();
        let refusals = 0;
        bob.subscribe((event) => {
          if (event.kind !== "message" || refusals > 0) return;
          refusals += 1;
          throw new Error("the disk is full");
        });

        const receipt = await alice.send("bob", "hi");

        assert.equal(refusals, 1);
        assert.ok(receipt.kind === "delivered" && receipt.attempts > 1);
      }));

    it("commit what a turn brought after the listeners, and acknowledge nothing when that fails", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));
        await alice.register();
        await bob.register();
        const order: string[] = [];
        bob.subscribe(({ kind }) => kind === "message" && order.push("heard"));
        const end = bob.beforeTransmit(() => {
          if (order.at(-1) !== "heard") return;
          order.push("committed");
          if (order.length === 2) throw new Error("the disk is full");
        });

        const receipt = await alice.send("bob", "hi");
        end();
        await alice.send("bob", "again");

        assert.deepEqual(order, ["heard", "committed", "heard", "committed", "heard"]);
        assert.ok(receipt.kind === "delivered" && receipt.attempts > 1);
      }));

    it("go on when the commit fails in a turn that no datagram brought", () =>
      stage(async (world) => {
        await using server = await startServer({ world: world("server") });
        await using alice = await openClient({ nick: "alice", server: server.address }, world("alice"));
        await using bob = await openClient({ nick: "bob", server: server.address }, world("bob"));
        await alice.register();
        await bob.register();
        await bob.close();
        let isUnacknowledged = false;
        let refusals = 0;
        alice.subscribe(({ kind }) => {
          isUnacknowledged ||= kind === "unacknowledged";
        });
        alice.beforeTransmit(() => {
          if (!isUnacknowledged || refusals > 0) return;
          refusals += 1;
          throw new Error("the disk is full");
        });

        const receipt = await alice.send("bob", "hi");

        assert.equal(refusals, 1);
        assert.equal(receipt.kind, "saved");
      }));
  });
}

/** Six transmissions can all be lost; a person would try again. */
async function persist<T>(command: () => Promise<T>): Promise<T> {
  try {
    return await command();
  } catch {
    return command();
  }
}

describe("a client whose turns are made durable in the background", () => {
  it("acknowledges when that is done, and goes on meanwhile", async () => {
    await using bob = await recipient(() => systemWorld());
    const written = Promise.withResolvers<void>();
    bob.commit = () => written.promise;
    const order: string[] = [];

    const first = bob.alice.send("bob", "hi").then(() => order.push("first"));
    await bob.heard("hi");
    bob.commit = () => undefined;
    await bob.carol.send("bob", "hello").then(() => order.push("second"));
    order.push("written");
    written.resolve();
    await first;

    assert.deepEqual(order, ["second", "written", "first"]);
  });

  it("acknowledges what comes again not sooner than that", async () => {
    await using bob = await recipient(() => systemWorld());
    await using dave = await V2Peer.registered("dave", bob.server, systemWorld());
    const written = Promise.withResolvers<void>();
    bob.commit = () => written.promise;
    const message: V2Record = ["message", dave.epoch, 1, "dave", "bob", dave.introduction("bob"), "hi"];

    dave.wire.send(bob.address, message);
    await bob.heard("hi");
    bob.commit = () => undefined;
    dave.wire.send(bob.address, message);
    // A socket hears in order: when bob has answered this, he has heard that.
    await bob.carol.send("bob", "hello");
    const early = dave.wire.received("ack");
    const acknowledged = dave.wire.next(([type]) => type === "ack");
    written.resolve();

    assert.deepEqual(early, []);
    assert.deepEqual(await acknowledged, ["ack", dave.epoch, 1]);
  });

  it("sends nothing any more when that failed", async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      await using bob = await recipient((name) => simulation.world(name));
      bob.commit = () => Promise.reject(new Error("the disk is broken"));
      const heard = bob.heard("hi");

      const lost = bob.alice.send("bob", "hi");
      await heard;
      bob.commit = () => undefined;
      const later = bob.carol.send("bob", "hello");

      const kinds = (await Promise.all([lost, later])).map(({ kind }) => kind);
      assert.deepEqual(kinds, ["saved", "saved"]);
    });
  });
});

/** Somebody who can be written to by two others. */
async function recipient(world: (name: string) => World) {
  const cleanUp = new AsyncDisposableStack();
  const { address: server } = cleanUp.use(await startServer({ world: world("server") }));
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map(async (nick) => {
      const client = cleanUp.use(await openAnyClient({ nick, server }, world(nick)));
      await client.register();
      return client;
    }),
  );
  assert.ok(alice !== undefined && bob !== undefined && carol !== undefined);
  let wanted: { readonly text: string; readonly found: () => void } | undefined;
  let isMessage = false;
  const staged = {
    server,
    address: bob.address,
    alice,
    carol,
    commit: (): Promise<void> | undefined => undefined,
    heard: (text: string) =>
      new Promise<void>((found) => {
        wanted = { text, found };
      }),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
  bob.subscribe((event) => {
    if (event.kind !== "message") return;
    isMessage = true;
    if (wanted?.text === event.text) wanted.found();
  });
  bob.beforeTransmit(() => {
    if (!isMessage) return undefined;
    isMessage = false;
    return staged.commit();
  });
  return staged;
}

describe("clients and server over a bad network", () => {
  for (let seed = 1; seed <= 100; seed += 1) {
    it(`with 20 % loss every message arrives or is reported, in order: seed ${seed}`, async () => {
      const simulation = new Simulation({ seed });
      simulation.faults.apply({
        kind: "faults",
        faults: [{ link: { from: "*", to: "*" }, loss: 0.2, delayMs: { min: 1, max: 40 } }],
      });

      await simulation.run(async () => {
        await using server = await startServer({ world: simulation.world("server") });
        await using alice = await openAnyClient(
          { nick: "alice", server: server.address },
          simulation.world("alice"),
        );
        await using bob = await openAnyClient(
          { nick: "bob", server: server.address },
          simulation.world("bob"),
        );
        const heard: string[] = [];
        bob.subscribe((event) => event.kind === "message" && heard.push(event.text));
        await persist(() => alice.register());
        await persist(() => bob.register());
        const receipts = await Promise.all(["1", "2", "3", "4", "5"].map((text) => alice.send("bob", text)));
        await persist(() => bob.deregister());
        const late = await Promise.all(["6", "7"].map((text) => alice.send("bob", text)));
        await persist(() => bob.register());
        await new Promise<void>((resolve) => simulation.world("bob").clock.schedule(30_000, resolve));

        for (const [n, receipt] of [...receipts, ...late].entries()) {
          const copies = heard.filter((text) => text === String(n + 1)).length;
          const copiesMin = receipt.kind === "failed" ? 0 : 1;
          assert.ok(copies >= copiesMin && copies <= receipt.attempts, JSON.stringify({ n, receipt, heard }));
        }
        const firsts = heard.filter((text, index) => heard.indexOf(text) === index);
        assert.deepEqual(firsts, firsts.toSorted());
      });
    });
  }
});
