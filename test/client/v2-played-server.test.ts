/** A client and a server that the test plays, record by record: what it believes, and what it makes of what comes out of order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openClient } from "../../src/client/client.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { COOKIE, opening, type PlayedServer, SESSION } from "../support/played-server.ts";
import { stampOf, type V2Record, V2Wire } from "../support/v2-wire.ts";

/** Bob registers, and has sent what a server would let him in for. */
function registering(play: (stage: PlayedServer) => Promise<void>): Promise<void> {
  return opening("auto", async (stage) => {
    await stage.challenge();
    await play(stage);
  });
}

/** Bob is registered, and has a table in which nobody is but alice. */
function registeredAt(version: number, play: (stage: PlayedServer) => Promise<void>): Promise<void> {
  return registering(async (stage) => {
    const { server, registered, letIn, say } = stage;
    letIn(version);
    await registered;
    say(["table", version, 0, 0, [alice(1)]]);
    await server.pass(10);
    await play(stage);
  });
}

/** Alice's row; each port is another address. */
function alice(port: number, online: 0 | 1 = 1): readonly unknown[] {
  return ["alice", "127.0.0.1", port, online, 2, ""];
}

/** What bob has said since, within so long, of these types. */
async function saidBy(stage: PlayedServer, waitMs: number, ...types: readonly string[]): Promise<V2Record[]> {
  const before = stage.server.received(...types).length;
  await stage.server.pass(waitMs);
  return stage.server.received(...types).slice(before);
}

describe("a goodbye", () => {
  it("is said as often as anything to the server, and given up within two seconds", () =>
    registeredAt(7, async ({ server, bob }) => {
      const startMs = server.clock.nowMs();

      await assert.rejects(bob.deregister(), { code: "SERVER_NOT_RESPONDING" });

      assert.equal(server.received("deregister").length, 10);
      assert.ok(server.clock.nowMs() - startMs <= 2_000, `${server.clock.nowMs() - startMs} ms`);
      assert.equal(bob.registered, true);
    }));
});

describe("what a client has for the server at one time", () => {
  it("leaves in one datagram", () =>
    registeredAt(7, async ({ server, say, screen }) => {
      const before = server.arrivals.length;
      const mail = (id: number): V2Record => ["mail", id, "alice", 0, 1, id, {}, `text ${id}`];

      say(mail(1), mail(2), mail(3), ["ping", 7]);
      await server.pass(10);

      assert.deepEqual(
        server.arrivals.slice(before).map(({ records }) => records.map(([type]) => type)),
        [["mail-ack", "mail-ack", "mail-ack", "pong"]],
      );
      assert.equal(screen.length, 3);
    }));
});

describe("what somebody says who forges the server's address", () => {
  const mail: V2Record = ["mail", 1, "alice", 0, 1, 1, {}, "send me money"];

  it("is not believed without the stamp of the session, nor with another: not shown, not acknowledged", () =>
    registering(async ({ server, bob, screen, registered }) => {
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);
      await registered;
      const before = server.arrivals.length;
      const row = ["alice", "127.0.0.1", 1, 1, 2, ""];

      for (const stamp of [[], [["for", "AAAAAAAA"]], [["for", stampOf("AAAA")]]] as V2Record[][]) {
        server.send(bob.address, ...stamp, mail);
        server.send(bob.address, ...stamp, ["delta", 0, 2 ** 50, [row]]);
        server.send(bob.address, ...stamp, ["error", "unknown-session"]);
        server.send(bob.address, ...stamp, ["bye"]);
      }
      server.send(bob.address, mail, ["for", stampOf(SESSION)]);
      await server.pass(100);

      const said = server.arrivals.slice(before).flatMap(({ records }) => records);
      assert.deepEqual(
        said.filter(([type]) => type !== "sync"),
        [],
      );
      assert.deepEqual(screen, []);
      assert.deepEqual([...bob.contacts.keys()], []);
      assert.equal(bob.registered, true);
    }));

  it("is believed with it", () =>
    registering(async ({ server, bob, screen, registered }) => {
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);
      await registered;

      server.send(bob.address, ["for", stampOf(SESSION)], mail);
      const ack = await server.next(([type]) => type === "mail-ack");

      assert.deepEqual(ack, ["mail-ack", SESSION, 1]);
      assert.deepEqual(screen, ["alice: send me money"]);
    }));

  it("does not end a registration without the stamp of its cookie", () =>
    registering(async ({ server, bob, registered }) => {
      server.send(bob.address, ["refused", "nick-owned", "Go away."]);
      server.send(bob.address, ["for", stampOf("AAAA")], ["registered", "forged", "new", 0, 7, 15_000]);
      await server.pass(100);
      const wasRegistered = bob.registered;
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);

      assert.equal(wasRegistered, false);
      assert.deepEqual(await registered, { outcome: "new" });
    }));
});

describe("a registration", () => {
  it("is challenged by the server alone", () => {
    const simulation = new Simulation({ seed: 9 });
    return simulation.run(async () => {
      await using server = await V2Wire.open(simulation.world("server"));
      await using mallory = await V2Wire.open(simulation.world("mallory"));
      await using bob = await openClient(
        { nick: "bob", server: server.address, protocol: 2 },
        simulation.world("bob"),
      );
      const registered = bob.register();
      registered.catch(() => {});
      await server.next(([type]) => type === "v1");

      mallory.send(bob.address, ["challenge", "forged"]);
      await server.pass(100);
      server.send(bob.address, ["challenge", COOKIE]);
      const registration = await server.next(([type]) => type === "register");

      assert.equal(registration?.[2], COOKIE);
    });
  });

  it("goes on with the first of several challenges", () =>
    registering(async ({ server, bob, registered }) => {
      server.send(bob.address, ["challenge", "another"]);
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);
      await registered;

      const cookies = server.received("register").map(([, , cookie]) => cookie);
      assert.deepEqual(new Set(cookies), new Set([COOKIE]));
    }));

  it("begins again when its cookie was too old", () =>
    registering(async ({ server, bob, registered }) => {
      server.send(bob.address, ["for", stampOf(COOKIE)], ["refused", "bad-cookie", "Too old."]);
      await server.next(([type, line]) => type === "v1" && line === "reg bob udpchat/2");
      server.send(bob.address, ["challenge", "another"]);
      await server.next(([type, , cookie]) => type === "register" && cookie === "another");
      server.send(bob.address, ["for", stampOf("another")], ["registered", SESSION, "back", 0, 7, 15_000]);

      assert.deepEqual(await registered, { outcome: "back" });
    }));

  it("is not repeated for a late copy of an answer", () =>
    registeredAt(7, async (stage) => {
      const { server, bob } = stage;
      server.send(bob.address, ["challenge", "late"]);
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", "late-session", "new", 0, 7, 15_000]);
      stage.say(["ping", 7]);

      const said = await saidBy(stage, 100);

      assert.deepEqual(said, [["pong", SESSION, 7]]);
    }));

  it("is made anew by itself when the server does not know the session, and what was under way goes on", () =>
    registeredAt(7, async (stage) => {
      const { server, bob, say } = stage;
      say(["delta", 7, 8, [alice(1, 0)]]);
      const sent = bob.send("alice", "u up?");
      const [, , epoch, seq] = (await server.next(([type]) => type === "save")) ?? [];
      say(["error", "unknown-session"]);
      await server.next(([type]) => type === "v1");
      server.send(bob.address, ["challenge", "another"]);
      await server.next(([type]) => type === "register");
      server.send(bob.address, ["for", stampOf("another")], ["registered", "next", "back", 0, 8, 15_000]);
      const save = await server.next(([type, session]) => type === "save" && session === "next");
      server.send(bob.address, ["for", stampOf("next")], ["saved", "alice", epoch, seq, 8]);

      assert.deepEqual(save?.slice(2, 4), [epoch, seq]);
      assert.equal((await sent).kind, "saved");
    }));
});

describe("a table", () => {
  it("keeps the newer of two changes that come out of order", () =>
    registeredAt(7, async ({ server, bob, say }) => {
      say(["delta", 8, 9, [alice(3)]]);
      say(["delta", 7, 8, [alice(2, 0)]]);
      await server.pass(10);

      assert.deepEqual(bob.contacts.get("alice")?.address.port, 3);
      assert.equal(bob.contacts.get("alice")?.online, true);
    }));

  it("takes a change twice, and acknowledges it twice", () =>
    registeredAt(7, async (stage) => {
      stage.say(["delta", 7, 8, [alice(2)]]);
      stage.say(["delta", 7, 8, [alice(2)]]);

      const said = await saidBy(stage, 10);

      assert.deepEqual(said, [
        ["delta-ack", SESSION, 8],
        ["delta-ack", SESSION, 8],
      ]);
    }));

  it("whose changes have a gap is asked for from before it", () =>
    registeredAt(7, async (stage) => {
      stage.say(["delta", 9, 10, [alice(2)]]);

      const [sync] = await saidBy(stage, 10, "sync");

      assert.deepEqual(sync, ["sync", SESSION, 7, 0]);
      assert.equal(stage.bob.contacts.get("alice")?.address.port, 2);
    }));

  it("that a ping says is newer is asked for", () =>
    registeredAt(7, async (stage) => {
      stage.say(["ping", 12]);

      const said = await saidBy(stage, 10);

      assert.deepEqual(said, [
        ["pong", SESSION, 7],
        ["sync", SESSION, 7, 0],
      ]);
    }));

  it("of an older ping is not", () =>
    registeredAt(7, async (stage) => {
      stage.say(["ping", 5]);

      assert.deepEqual(await saidBy(stage, 10), [["pong", SESSION, 7]]);
    }));

  it("that comes in parts of which one is lost is asked for from there", () =>
    registering(async (stage) => {
      const { server, bob, registered, say } = stage;
      server.send(bob.address, ["for", stampOf(COOKIE)], ["registered", SESSION, "new", 0, 7, 15_000]);
      await registered;
      await server.next(([type]) => type === "sync");
      say(["table", 7, 0, 10, [alice(1)]]);
      say(["table", 7, 20, 0, [["carol", "127.0.0.1", 3, 1, 2, ""]]]);

      const asked = await server.next(([type, , , cursor]) => type === "sync" && cursor !== 0);
      say(["table", 7, 10, 20, [["dave", "127.0.0.1", 4, 1, 2, ""]]]);
      say(["table", 7, 20, 0, [["carol", "127.0.0.1", 3, 1, 2, ""]]]);
      await server.pass(10);

      assert.deepEqual(asked, ["sync", SESSION, 0, 10]);
      assert.deepEqual([...bob.contacts.keys()].sort(), ["alice", "carol", "dave"]);
    }));

  it("forgets whom the server has forgotten, and knows nobody the less for a late change", () =>
    registeredAt(7, async ({ server, bob, say }) => {
      say(["delta", 7, 9, [["alice"]]]);
      say(["delta", 7, 8, [alice(2)]]);
      await server.pass(10);

      assert.equal(bob.contacts.has("alice"), false);
    }));
});

describe("an acknowledgement that comes again", () => {
  it("of a later message is not taken for that of an earlier one, whose id is used after it", () =>
    registeredAt(7, async ({ server, bob, say }) => {
      // Played by the same port.
      say(["delta", 7, 8, [alice(server.address.port)]]);
      await server.pass(10);
      const [first, second] = [bob.newMessageId("alice"), bob.newMessageId("alice")];
      const later = bob.send("alice", "second", { id: second });
      await server.next(([type]) => type === "message");
      server.send(bob.address, ["ack", second.epoch, second.seq]);
      assert.equal((await later).kind, "delivered");

      let receipt: string | undefined;
      const earlier = bob.send("alice", "first", { id: first }).then(({ kind }) => {
        receipt = kind;
      });
      await server.next(([type]) => type === "message");
      server.send(bob.address, ["ack", second.epoch, second.seq]);
      await server.pass(30);
      assert.equal(receipt, undefined);

      server.send(bob.address, ["ack", first.epoch, first.seq]);
      await earlier;
      assert.equal(receipt, "delivered");
    }));
});
