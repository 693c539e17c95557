/** What comes late, twice, out of order, cut, forged or replayed to a client, and what happens then. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatClient } from "../../src/client/api.ts";
import { openClient } from "../../src/client/client.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { startServer } from "../../src/server/start-server.ts";
import { V2Peer } from "../support/v2-peer.ts";
import { bytesOfHex, V2_VECTORS } from "../support/v2-vectors.ts";
import { type V2Record, V2Wire } from "../support/v2-wire.ts";

interface Stage {
  /** Under test. */
  readonly bob: ChatClient;
  /** What bob shows, in order. */
  readonly screen: readonly string[];
  /** Registered, and in bob's table. It says what the test lets it say. */
  readonly alice: V2Peer;
  readonly server: { readonly host: string; readonly port: number };
  readonly faults: Simulation["faults"];
  world(name: string): World;
  /** A socket of somebody whom nobody knows. */
  stranger(): Promise<V2Wire>;
}

function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 5 });
  return simulation.run(async () => {
    await using server = await startServer({ world: simulation.world("server") });
    await using bob = await openClient({ nick: "bob", server: server.address }, simulation.world("bob"));
    await using opened = new AsyncDisposableStack();
    const screen: string[] = [];
    bob.subscribe((event) => {
      if (event.kind === "message") screen.push(`${event.from}${event.auto ? " (auto)" : ""}: ${event.text}`);
    });
    await bob.register();
    const alice = opened.use(await V2Peer.registered("alice", server.address, simulation.world("alice")));
    await alice.wire.pass(1_000);
    await play({
      bob,
      screen,
      alice,
      server: server.address,
      faults: simulation.faults,
      world: (name) => simulation.world(name),
      stranger: async () => opened.use(await V2Wire.open(simulation.world("stranger"))),
    });
  });
}

/** A message of alice's to bob. */
function message({ alice }: Stage, seq: number, ...texts: readonly string[]): V2Record {
  return ["message", alice.epoch, seq, "alice", "bob", alice.introduction("bob"), ...texts];
}

/** What bob says within two seconds of datagrams that come from this socket. */
async function answersTo(
  wire: V2Wire,
  { bob }: Stage,
  ...datagrams: readonly V2Record[]
): Promise<V2Record[]> {
  const before = wire.arrivals.length;
  for (const record of datagrams) wire.send(bob.address, record);
  await wire.pass(2_000);
  return wire.arrivals
    .slice(before)
    .flatMap(({ from, records }) => (from.port === bob.address.port ? records : []));
}

describe("messages that do not come as they were sent", () => {
  it("a copy is acknowledged again and not shown again", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;

      const answers = await answersTo(
        alice.wire,
        stage,
        message(stage, 1, "hello"),
        message(stage, 1, "hello"),
      );

      assert.deepEqual(answers, [
        ["ack", alice.epoch, 1],
        ["ack", alice.epoch, 1],
      ]);
      assert.deepEqual(screen, ["alice: hello"]);
    }));

  it("one that others have overtaken is neither shown nor acknowledged", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;

      const answers = await answersTo(
        alice.wire,
        stage,
        message(stage, 2, "second"),
        message(stage, 1, "first"),
      );

      assert.deepEqual(answers, [["ack", alice.epoch, 2]]);
      assert.deepEqual(screen, ["alice: second"]);
    }));

  it("of several texts those are shown that were not, and the last is acknowledged", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;

      const answers = await answersTo(
        alice.wire,
        stage,
        message(stage, 1, "one"),
        message(stage, 1, "one", "two", "three"),
        message(stage, 1, "one", "two", "three"),
      );

      assert.deepEqual(
        answers.map(([type, , seq]) => [type, seq]),
        [
          ["ack", 1],
          ["ack", 3],
          ["ack", 3],
        ],
      );
      assert.deepEqual(screen, ["alice: one", "alice: two", "alice: three"]);
    }));

  it("mail of what was shown is acknowledged and not shown again: only its acknowledgement was lost", () =>
    staged(async (stage) => {
      const { alice, bob, screen, server } = stage;
      await answersTo(alice.wire, stage, message(stage, 1, "hello"));

      const reply = await alice.wire.ask(
        server,
        ["save", alice.session, alice.epoch, 1, "bob", {}, 0, "hello", 1],
        ([type]) => type === "saved",
      );
      await alice.wire.pass(5_000);

      assert.equal(reply?.[0], "saved");
      assert.deepEqual(screen, ["alice: hello"]);
      assert.equal(bob.registered, true);
    }));

  it("a message that comes after its mail is acknowledged and not shown again", () =>
    staged(async (stage) => {
      const { alice, screen, server } = stage;
      await alice.wire.ask(
        server,
        ["save", alice.session, alice.epoch, 1, "bob", {}, 0, "hello", 1],
        ([type]) => type === "saved",
      );
      await alice.wire.pass(2_000);

      const answers = await answersTo(alice.wire, stage, message(stage, 1, "hello"));

      assert.deepEqual(answers, [["ack", alice.epoch, 1]]);
      assert.deepEqual(screen, ["alice: hello"]);
    }));

  it("mail of what others have overtaken is shown", () =>
    staged(async (stage) => {
      const { alice, screen, server } = stage;
      await answersTo(alice.wire, stage, message(stage, 2, "second"));

      await alice.wire.ask(
        server,
        ["save", alice.session, alice.epoch, 1, "bob", {}, 0, "first", 1],
        ([type]) => type === "saved",
      );
      await alice.wire.pass(2_000);

      assert.deepEqual(screen, ["alice: second", "alice: first"]);
    }));

  it("those of another start of the sender begin anew, and those of the former one are known all the same", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;
      const epoch = alice.epoch + 1;
      const later: V2Record = [
        "message",
        epoch,
        1,
        "alice",
        "bob",
        alice.introduction("bob", epoch),
        "I am back",
      ];

      const answers = await answersTo(
        alice.wire,
        stage,
        message(stage, 1, "hello"),
        later,
        message(stage, 1, "hello"),
      );

      assert.equal(answers.length, 3);
      assert.deepEqual(screen, ["alice: hello", "alice: I am back"]);
    }));

  it("one whose sender registered a moment ago is shown when the server has said where he is", () =>
    staged(async (stage) => {
      const { bob, screen, server, world, faults } = stage;
      const link = { from: "server", to: "bob" };
      faults.apply({ kind: "faults", faults: [{ link, delayMs: { min: 300, max: 300 } }] });
      await using carol = await V2Peer.registered("carol", server, world("carol"));
      const wasKnown = bob.contacts.has("carol");

      const answers = await answersTo(carol.wire, stage, [
        "message",
        carol.epoch,
        1,
        "carol",
        "bob",
        carol.introduction("bob"),
        "hi",
      ]);

      assert.equal(wasKnown, false);
      assert.deepEqual(answers, [["ack", carol.epoch, 1]]);
      assert.deepEqual(screen, ["carol: hi"]);
    }));

  it("one that comes after the goodbye is neither shown nor acknowledged", () =>
    staged(async (stage) => {
      const { alice, bob, screen } = stage;
      await bob.deregister();

      const answers = await answersTo(alice.wire, stage, message(stage, 1, "hello"));

      assert.deepEqual(answers, []);
      assert.deepEqual(screen, []);
    }));

  it("who has shown one of an epoch knows it: the next needs no signature", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;

      await answersTo(alice.wire, stage, message(stage, 1, "one"), [
        "message",
        alice.epoch,
        2,
        "alice",
        "bob",
        {},
        "two",
      ]);

      assert.deepEqual(screen, ["alice: one", "alice: two"]);
    }));

  it("one that a program wrote says so", () =>
    staged(async (stage) => {
      const { alice, screen } = stage;

      await answersTo(alice.wire, stage, [
        "message",
        alice.epoch,
        1,
        "alice",
        "bob",
        { auto: 1, ...alice.introduction("bob") },
        "beep",
      ]);

      assert.deepEqual(screen, ["alice (auto): beep"]);
    }));
});

describe("messages that somebody forged", () => {
  it("in another's name, from his own address: not shown, not answered", () =>
    staged(async (stage) => {
      const mallory = await stage.stranger();

      const answers = await answersTo(mallory, stage, message(stage, 1, "send me money"));

      assert.deepEqual(answers, []);
      assert.deepEqual(stage.screen, []);
    }));

  it("in the name of nobody: not shown, not answered", () =>
    staged(async (stage) => {
      const mallory = await stage.stranger();

      const answers = await answersTo(mallory, stage, ["message", 1, 1, "nobody", "bob", {}, "hello"]);

      assert.deepEqual(answers, []);
      assert.deepEqual(stage.screen, []);
    }));

  it("in another's name, by somebody who is registered: not shown, not answered", () =>
    staged(async (stage) => {
      await using mallory = await V2Peer.registered("mallory", stage.server, stage.world("mallory"));
      await mallory.wire.pass(1_000);

      const answers = await answersTo(mallory.wire, stage, message(stage, 1, "send me money"));

      assert.deepEqual(answers, []);
      assert.deepEqual(stage.screen, []);
    }));

  it("in another's name and from her address, without her signature: not shown, not answered", () =>
    staged(async (stage) => {
      const { alice, screen, world } = stage;
      await using mallory = await V2Peer.open("alice", stage.server, world("mallory"));
      const forge = (flags: object): V2Record => ["message", 7, 1, "alice", "bob", flags, "send me money"];

      const answers = await answersTo(
        alice.wire,
        stage,
        forge({}),
        forge({ sig: "" }),
        forge({ sig: "A".repeat(86) }),
        // Hers, of another epoch; hers, to another; somebody else's.
        forge(alice.introduction("bob", 8)),
        forge(alice.introduction("carol", 7)),
        forge(mallory.introduction("bob", 7)),
      );

      assert.deepEqual(answers, []);
      assert.deepEqual(screen, []);
    }));

  it("to somebody else: not shown, not answered", () =>
    staged(async (stage) => {
      const { alice } = stage;

      const answers = await answersTo(alice.wire, stage, [
        "message",
        alice.epoch,
        1,
        "alice",
        "carol",
        alice.introduction("carol"),
        "psst",
      ]);

      assert.deepEqual(answers, []);
      assert.deepEqual(stage.screen, []);
    }));

  it("in v1, from the address of somebody who speaks v2: not shown, not answered", () =>
    staged(async (stage) => {
      const { alice, bob, screen } = stage;
      const before = alice.wire.arrivals.length;

      alice.wire.sendText(bob.address, " hello");
      await alice.wire.pass(3_000);

      assert.equal(alice.wire.arrivals.length, before);
      assert.deepEqual(screen, []);
    }));
});

describe("the signature of a sender's epoch", () => {
  it("is in his messages until one was acknowledged, and in every repetition", () =>
    staged(async (stage) => {
      const { alice, bob } = stage;
      const flagsOf = () =>
        alice.wire.received("message").map(([, , , , , flags]) => Object.keys(flags as object));

      await bob.send("alice", "one");
      await bob.send("alice", "two");
      alice.talks = false;
      const third = bob.send("alice", "three");
      await alice.wire.next(([type]) => type === "message");
      await alice.wire.next(([type]) => type === "message");
      alice.talks = true;
      await third;

      assert.deepEqual(flagsOf().slice(0, 4), [["sig"], [], [], ["sig"]]);
    }));

  it("lets a recipient who was started anew at the same address know whom he hears", () =>
    staged(async (stage) => {
      const { alice, bob, server, world } = stage;
      await bob.send("alice", "one");
      const { port } = alice.address;
      await alice.close();
      await using again = await V2Peer.registered("alice", server, world("alice"), { key: alice.key, port });
      await again.wire.pass(500);

      const receipt = await bob.send("alice", "two");

      assert.equal(receipt.kind, "delivered");
      assert.deepEqual(again.screen, ["bob: two"]);
    }));

  it("is of an epoch that no other recipient hears of", () =>
    staged(async (stage) => {
      const { alice, bob, server, world } = stage;
      await using carol = await V2Peer.registered("carol", server, world("carol"));

      await bob.send("alice", "hello");
      await bob.send("carol", "hello");

      const [ofAlice, ofCarol] = [alice, carol].map(({ wire }) => wire.received("message")[0]?.[1]);
      assert.ok(ofAlice !== undefined && ofCarol !== undefined && ofAlice !== ofCarol);
    }));
});

describe("acknowledgements that are not in order", () => {
  it("forged, or of another start: the sender goes on waiting for the right one", () =>
    staged(async (stage) => {
      const { alice, bob } = stage;
      const mallory = await stage.stranger();
      alice.talks = false;
      let receipt: string | undefined;
      void bob.send("alice", "hello").then(({ kind }) => {
        receipt = kind;
      });
      const [, epoch, seq] = (await alice.wire.next(([type]) => type === "message")) ?? [];

      mallory.send(bob.address, ["ack", epoch, seq]);
      alice.wire.send(bob.address, ["ack", Number(epoch) + 1, seq]);
      await alice.wire.pass(100);
      const before = receipt;
      alice.wire.send(bob.address, ["ack", epoch, seq]);
      alice.wire.send(bob.address, ["ack", epoch, seq]);
      await alice.wire.pass(100);

      assert.equal(before, undefined);
      assert.equal(receipt, "delivered");
    }));

  it("of a message of several texts: that of the last is that of all", () =>
    staged(async (stage) => {
      const { alice, bob } = stage;
      alice.talks = false;
      const sent = Promise.all([
        bob.send("alice", "one"),
        bob.send("alice", "two"),
        bob.send("alice", "three"),
      ]);
      const [, epoch, seq] = (await alice.wire.next(([type]) => type === "message")) ?? [];

      alice.wire.send(bob.address, ["ack", epoch, seq]);
      const [, , next, , , , ...texts] = (await alice.wire.next(([type]) => type === "message")) ?? [];
      alice.wire.send(bob.address, ["ack", epoch, Number(next) + texts.length - 1]);

      assert.deepEqual(texts, ["two", "three"]);
      assert.deepEqual(
        (await sent).map(({ kind }) => kind),
        ["delivered", "delivered", "delivered"],
      );
    }));

  it("lost, all of them: what the server keeps is recognised, and shown once", () =>
    staged(async (stage) => {
      const { alice, bob } = stage;
      alice.talks = false;
      const sent = bob.send("alice", "hello");
      const [, epoch, seq] = (await alice.wire.next(([type]) => type === "message")) ?? [];
      await alice.close();

      const receipt = await sent;

      assert.equal(receipt.kind, "saved");
      await using again = await V2Peer.open("alice", stage.server, stage.world("alice, again"), {
        key: alice.key,
      });
      await again.register();
      const mail = await again.wire.next(([type]) => type === "mail");
      assert.deepEqual(mail?.slice(4, 6), [epoch, seq]);
    }));
});

describe("what a stranger says in the server's name", () => {
  it("is not believed: no answer, no mail shown, no row taken in, no registration anew", () =>
    staged(async (stage) => {
      const { alice, bob, screen } = stage;
      const mallory = await stage.stranger();
      const row = ["alice", "127.0.0.1", mallory.address.port, 1, 2, ""];

      const answers = await answersTo(
        mallory,
        stage,
        ["ping", 2 ** 50],
        ["mail", 1, "alice", 0, 1, 1, {}, "forged"],
        ["delta", 0, 2 ** 50, [row]],
        ["table", 2 ** 50, 0, 0, [row]],
        ["row", row],
        ["error", "unknown-session"],
        ["bye"],
        ["refused", "nick-in-use", ""],
        ["challenge", "AAAA"],
        ["registered", "AAAA", "new", 0, 0, 1],
      );

      assert.deepEqual(answers, []);
      assert.deepEqual(screen, []);
      assert.deepEqual(bob.contacts.get("alice")?.address, alice.address);
      assert.equal(bob.registered, true);
    }));
});

describe("datagrams that are none", () => {
  it("are passed over, from strangers and from those who are known", () =>
    staged(async (stage) => {
      const { alice, bob, screen, world } = stage;
      await using mallory = await world("mallory").network.bind({
        onDatagrams: () => assert.fail("an answer"),
      });
      const before = alice.wire.arrivals.length;

      for (const { hex } of V2_VECTORS.malformed) {
        mallory.send(bob.address, bytesOfHex(hex));
        alice.wire.sendBytes(bob.address, bytesOfHex(hex));
      }
      await alice.wire.pass(2_000);

      const answers = alice.wire.arrivals.slice(before).filter(({ from }) => from.port === bob.address.port);
      assert.deepEqual(answers, []);
      assert.deepEqual(screen, []);
      assert.equal(await alice.send("bob", "hello"), "delivered");
    }));
});
