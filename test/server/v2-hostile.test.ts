/** What comes late, twice, out of order, cut, forged or replayed to the server, and what happens then. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openClient } from "../../src/client/client.ts";
import type { World } from "../../src/net/network.ts";
import { Simulation } from "../../src/net/sim/simulation.ts";
import type { RunningServer } from "../../src/server/api.ts";
import { startServer } from "../../src/server/start-server.ts";
import { V2Peer } from "../support/v2-peer.ts";
import { bytesOfHex, V2_VECTORS } from "../support/v2-vectors.ts";
import { datagramText, stampOf, V2Key, type V2Record, V2Wire } from "../support/v2-wire.ts";

interface Stage {
  readonly server: RunningServer;
  world(name: string): World;
  /** A client that is registered. */
  join(nick: string): Promise<V2Peer>;
  /** A socket of somebody whom nobody knows. */
  stranger(): Promise<V2Wire>;
}

/** A server and whoever comes, in virtual time. */
function staged(play: (stage: Stage) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 4 });
  return simulation.run(async () => {
    await using server = await startServer({ world: simulation.world("server") });
    await using opened = new AsyncDisposableStack();
    let strangers = 0;
    await play({
      server,
      world: (name) => simulation.world(name),
      join: async (nick) => {
        const peer = opened.use(await V2Peer.registered(nick, server.address, simulation.world(nick)));
        // Everybody hears of it, and says so.
        await peer.wire.pass(500);
        return peer;
      },
      stranger: async () => {
        strangers += 1;
        return opened.use(await V2Wire.open(simulation.world(`stranger ${strangers}`)));
      },
    });
  });
}

/** What is said in reply to one datagram, within a second. */
async function answersTo(
  wire: V2Wire,
  server: RunningServer,
  datagram: V2Record | string,
): Promise<V2Record[]> {
  const before = wire.received().length;
  if (typeof datagram === "string") wire.sendText(server.address, datagram);
  else wire.send(server.address, datagram);
  await wire.pass(1_000);
  return wire.received().slice(before);
}

const OPENING = "reg alice udpchat/2";

describe("a registration that is not in order", () => {
  it("copied: the copy gets the same session, and changes nothing", () =>
    staged(async ({ server, world }) => {
      await using alice = await V2Peer.open("alice", server.address, world("alice"));
      const challenge = await alice.wire.ask(server.address, OPENING, ([type]) => type === "challenge");
      const registration = alice.registration(String(challenge?.[1]));

      const [first] = await answersTo(alice.wire, server, registration);
      const [second] = await answersTo(alice.wire, server, registration);

      assert.deepEqual(first?.slice(0, 3), ["registered", first?.[1], "new"]);
      assert.deepEqual(second?.slice(0, 2), first?.slice(0, 2));
      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("replayed from another address: the cookie is not his", () =>
    staged(async ({ server, world, stranger }) => {
      await using alice = await V2Peer.open("alice", server.address, world("alice"));
      const mallory = await stranger();
      const challenge = await alice.wire.ask(server.address, OPENING, ([type]) => type === "challenge");

      const [reply] = await answersTo(mallory, server, alice.registration(String(challenge?.[1])));

      assert.deepEqual(reply?.slice(0, 2), ["refused", "bad-cookie"]);
      assert.equal(server.population.known, 0);
    }));

  it("late: after 30 s a cookie is worth nothing", () =>
    staged(async ({ server, world }) => {
      await using alice = await V2Peer.open("alice", server.address, world("alice"));
      const challenge = await alice.wire.ask(server.address, OPENING, ([type]) => type === "challenge");
      const registration = alice.registration(String(challenge?.[1]));

      await alice.wire.pass(31_500);
      const [reply] = await answersTo(alice.wire, server, registration);

      assert.deepEqual(reply?.slice(0, 2), ["refused", "bad-cookie"]);
    }));

  it("with a cookie made up, changed or empty: refused", () =>
    staged(async ({ server, world }) => {
      await using alice = await V2Peer.open("alice", server.address, world("alice"));
      const challenge = await alice.wire.ask(server.address, OPENING, ([type]) => type === "challenge");
      const cookie = String(challenge?.[1]);
      const changed = `${cookie.slice(0, -1)}${cookie.endsWith("A") ? "Q" : "A"}`;

      for (const wrong of ["A", "AAAA", "-".repeat(128), cookie.slice(0, -2), `${cookie}AA`, changed]) {
        const [reply] = await answersTo(alice.wire, server, alice.registration(wrong));
        assert.deepEqual(reply?.slice(0, 2), ["refused", "bad-cookie"], wrong);
      }
      assert.equal(server.population.known, 0);
    }));

  it("signed by nobody, by another or for another nickname: refused", () =>
    staged(async ({ server, world }) => {
      await using alice = await V2Peer.open("alice", server.address, world("alice"));
      const challenge = await alice.wire.ask(server.address, OPENING, ([type]) => type === "challenge");
      const [, , cookie, publicKey, signature, epoch] = alice.registration(String(challenge?.[1]));
      const other = new V2Key(new Uint8Array(32).fill(7)).publicKey;

      for (const forged of [
        ["register", "alice", cookie, publicKey, "A".repeat(86), epoch],
        ["register", "alice", cookie, publicKey, "A", epoch],
        ["register", "alice", cookie, "A", signature, epoch],
        ["register", "alice", cookie, other, signature, epoch],
        ["register", "alicia", cookie, publicKey, signature, epoch],
      ] as const) {
        const [reply] = await answersTo(alice.wire, server, forged);
        assert.deepEqual(reply?.slice(0, 2), ["refused", "bad-signature"]);
      }
      assert.equal(server.population.known, 0);
    }));

  it("for a nickname that another key owns: refused in v2 and in v1, also when its owner is away", () =>
    staged(async ({ server, world, join, stranger }) => {
      const alice = await join("alice");
      await using impostor = await V2Peer.open("alice", server.address, world("impostor"));
      const original = await stranger();

      for (const isOwnerAway of [false, true]) {
        if (isOwnerAway) await alice.deregister();
        const reply = await impostor.register();
        const [line] = await answersTo(original, server, "reg alice");

        assert.deepEqual(reply?.slice(0, 2), ["refused", "nick-owned"]);
        assert.equal(line?.[0], "v1");
        assert.doesNotMatch(String(line?.[1]), /You are registered|Welcome back/);
      }
    }));

  it("for something that is no nickname: refused in words", () =>
    staged(async ({ server, world }) => {
      for (const nick of ["ping", "a".repeat(33), "no/slash"]) {
        await using peer = await V2Peer.open(nick, server.address, world(`wants ${nick}`));

        assert.deepEqual((await peer.register())?.slice(0, 2), ["refused", "bad-nick"], nick);
      }
    }));

  it("of the same start from another address: the client moved, and its former session is worth nothing", () =>
    staged(async ({ server, world, join }) => {
      const alice = await join("alice");
      const before = alice.session;
      await using moved = await V2Peer.registered("alice", server.address, world("alice, elsewhere"), {
        key: alice.key,
        epoch: alice.epoch,
      });

      const [reply] = await answersTo(alice.wire, server, ["lookup", before, "alice"]);

      assert.deepEqual(reply, ["error", "unknown-session"]);
      assert.notEqual(moved.session, before);
      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("of another start while the first answers: the nickname is in use; when it answers no more, it is free", () =>
    staged(async ({ server, world, join }) => {
      const alice = await join("alice");
      await using again = await V2Peer.open("alice", server.address, world("alice, again"), {
        key: alice.key,
      });

      assert.deepEqual((await again.register())?.slice(0, 2), ["refused", "nick-in-use"]);
      await alice.close();
      assert.deepEqual((await again.register())?.[0], "registered");
    }));
});

describe("a session that is not in order", () => {
  const requests = (session: string): readonly V2Record[] => [
    ["save", session, 1, 1, "bob", {}, 0, "x"],
    ["mail-ack", session, 1],
    ["pong", session, 0],
    ["delta-ack", session, 1],
    ["sync", session, 0, 0],
    ["lookup", session, "bob"],
  ];

  it("made up: every request is told that nobody has it, and nothing else happens", () =>
    staged(async ({ server, join, stranger }) => {
      await join("bob");
      const mallory = await stranger();

      for (const request of requests("A".repeat(22))) {
        assert.deepEqual(
          await answersTo(mallory, server, request),
          [["error", "unknown-session"]],
          request[0],
        );
      }
      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("of somebody else, from another address: it is as if nobody had it, and its owner notices nothing", () =>
    staged(async ({ server, join, stranger }) => {
      await join("bob");
      const alice = await join("alice");
      const mallory = await stranger();

      for (const request of requests(alice.session)) {
        assert.deepEqual(
          await answersTo(mallory, server, request),
          [["error", "unknown-session"]],
          request[0],
        );
      }
      assert.equal(await alice.send("bob", "still here"), "delivered");
      assert.deepEqual(server.population, { known: 2, online: 2 });
    }));

  it("of somebody else, to leave with: nobody leaves", () =>
    staged(async ({ server, join, stranger }) => {
      const alice = await join("alice");
      const mallory = await stranger();

      const answers = await answersTo(mallory, server, ["deregister", alice.session]);

      // Whoever repeats it has left already, so he is told so; it says nothing about the session.
      assert.deepEqual(answers, [["bye"]]);
      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("of an earlier registration: a replayed goodbye does not send anybody away", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const goodbye: V2Record = ["deregister", alice.session];
      await alice.deregister();
      await alice.register();

      await answersTo(alice.wire, server, goodbye);

      assert.deepEqual(server.population, { known: 1, online: 1 });
    }));

  it("ended: a goodbye that is repeated is answered again", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");

      const first = await answersTo(alice.wire, server, ["deregister", alice.session]);
      const second = await answersTo(alice.wire, server, ["deregister", alice.session]);

      assert.deepEqual(first, [["bye"]]);
      assert.deepEqual(second, [["bye"]]);
    }));
});

describe("v1 in the name of a client of v2, whose address somebody forges", () => {
  for (const line of ["dereg alice", "reg alice", "reg mallory", "send bob send me money", "ack", "table"]) {
    it(`${line}: nothing happens to her, and nothing in her name`, () =>
      staged(async ({ server, join }) => {
        const bob = await join("bob");
        const alice = await join("alice");

        alice.wire.sendText(server.address, line);
        await alice.wire.pass(5_000);

        assert.deepEqual(server.population, { known: 2, online: 2 });
        assert.equal(bob.table.get("alice")?.row[3], 1);
        assert.deepEqual(bob.screen, []);
        assert.equal(await alice.send("bob", "still here"), "delivered");
      }));
  }

  it("reg mallory: she has the port once alice is gone", () =>
    staged(async ({ server, world, join }) => {
      const alice = await join("alice");
      await alice.close();
      await using mallory = await V2Wire.open(world("mallory"), alice.address.port);

      const welcome = await mallory.ask(server.address, "reg mallory", ([type]) => type === "v1");

      assert.match(String(welcome?.[1]), /Welcome, You are registered/);
      assert.deepEqual(server.population, { known: 2, online: 1 });
    }));

  it("a client of v2 that takes over her port ends her session", () =>
    staged(async ({ server, join, world }) => {
      const alice = await join("alice");
      const { session } = alice;
      await alice.close();
      await using other = await V2Peer.registered("other", server.address, world("other"), {
        port: alice.address.port,
      });

      const [reply] = await answersTo(other.wire, server, ["lookup", session, "alice"]);

      assert.deepEqual(reply, ["error", "unknown-session"]);
      assert.deepEqual(server.population, { known: 2, online: 1 });
    }));
});

describe("what the server says", () => {
  it("begins with the stamp of what the two share, all of it but the challenge", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      await bob.deregister();
      await alice.wire.pass(500);
      await alice.send("bob", "u up?");
      await bob.register();
      await alice.send("nobody", "hello");
      await alice.wire.pass(20_000);
      await alice.deregister();
      const { arrivals } = alice.wire;
      const stamps = new Set(["session", "cookie"].map((secret) => stampOf(alice.secrets[secret] ?? "")));

      const fromServer = arrivals.filter(({ from }) => from.port === server.address.port);
      const heads = fromServer.map(({ records }) => records[0]);

      assert.deepEqual(
        heads.filter((head) => head?.[0] !== "for").map((head) => head?.[0]),
        ["challenge"],
      );
      assert.deepEqual(new Set(heads.flatMap((head) => (head?.[0] === "for" ? [head[1]] : []))), stamps);
      const said = new Set(fromServer.flatMap(({ records }) => records.map(([type]) => type)));
      for (const type of ["registered", "table", "delta", "saved", "refused", "ping", "bye"])
        assert.ok(said.has(type), type);
    }));
});

describe("mail that is not in order", () => {
  it("a copied save is kept once, also when the copy comes after the mail was read", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      await bob.deregister();
      await bob.wire.pass(500);
      const save: V2Record = ["save", alice.session, alice.epoch, 1, "bob", {}, 0, "u up?"];

      const [first] = await answersTo(alice.wire, server, save);
      const [second] = await answersTo(alice.wire, server, save);
      await bob.register();
      await bob.wire.pass(1_000);
      const [third] = await answersTo(alice.wire, server, save);
      await bob.wire.pass(5_000);

      for (const reply of [first, second, third])
        assert.deepEqual(reply?.slice(0, 4), ["saved", "bob", alice.epoch, 1]);
      assert.deepEqual(bob.screen, ["alice: u up?"]);
      assert.equal(bob.mail.length, 1);
    }));

  it("is handed over until it is acknowledged, and its recipient is shown online only then", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      await bob.deregister();
      await alice.wire.pass(500);
      assert.equal(await alice.send("bob", "one"), "saved");
      assert.equal(await alice.send("bob", "two"), "saved");

      bob.talks = false;
      await bob.register();
      await bob.wire.pass(1_500);
      const isShownAway = alice.table.get("bob")?.row[3] === 0;
      bob.talks = true;
      await bob.wire.next(([type]) => type === "mail");
      await bob.wire.pass(1_500);

      assert.ok(isShownAway);
      assert.equal(alice.table.get("bob")?.row[3], 1);
      assert.deepEqual(bob.screen, ["alice: one", "alice: two"]);
      const [copy] = await answersTo(bob.wire, server, ["sync", bob.session, bob.version, 0]);
      assert.notEqual(copy?.[0], "mail");
    }));

  it("an acknowledgement of another's mail, of none and of a number that nobody gave deletes nothing", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      const carol = await join("carol");
      await bob.deregister();
      await alice.send("bob", "for bob's eyes");

      for (let mailId = 0; mailId < 20; mailId += 1)
        await answersTo(carol.wire, server, ["mail-ack", carol.session, mailId]);
      await answersTo(carol.wire, server, ["mail-ack", carol.session, Number.MAX_SAFE_INTEGER]);
      await bob.register();
      await bob.wire.pass(1_000);

      assert.deepEqual(bob.screen, ["alice: for bob's eyes"]);
    }));

  it("a replayed acknowledgement of mail deletes no other", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      const bob = await join("bob");
      await bob.deregister();
      await alice.send("bob", "first");
      await bob.register();
      await bob.wire.pass(1_000);
      const [acked] = bob.mail;
      await bob.deregister();
      await alice.wire.pass(1_000);
      await alice.send("bob", "second");
      bob.talks = false;
      await bob.register();

      await answersTo(bob.wire, server, ["mail-ack", bob.session, acked]);
      bob.talks = true;
      await bob.wire.pass(5_000);

      assert.deepEqual(bob.screen, ["alice: first", "alice: second"]);
    }));

  it("of a v1 sender comes whatever control characters it has, or is refused: none is too long to be handed over", () =>
    staged(async ({ server, join, stranger }) => {
      const bob = await join("bob");
      const original = await stranger();
      await original.ask(server.address, "reg carol", ([type]) => type === "v1");
      await bob.deregister();
      await bob.wire.pass(1_000);
      const long = "\u0001".repeat(1_150);

      const [kept] = await answersTo(original, server, `send bob ${long}`);
      const [refused] = await answersTo(original, server, `send bob ${"\u0001".repeat(1_800)}`);
      await bob.register();
      await bob.wire.pass(3_000);

      assert.match(String(kept?.[1]), /saved/);
      assert.match(String(refused?.[1]), /too many control characters/);
      assert.deepEqual(bob.screen, [`carol: ${long}`]);
      assert.deepEqual(server.population, { known: 2, online: 2 });
    }));

  it("to nobody, to oneself, or too long: an answer that says so", () =>
    staged(async ({ server, join }) => {
      const alice = await join("alice");
      await join("bob");

      const [nobody] = await answersTo(alice.wire, server, [
        "save",
        alice.session,
        alice.epoch,
        1,
        "nobody",
        {},
        0,
        "x",
      ]);
      const [long] = await answersTo(alice.wire, server, [
        "save",
        alice.session,
        alice.epoch,
        1,
        "bob",
        {},
        0,
        "x".repeat(1_001),
        1,
      ]);

      assert.deepEqual(nobody?.slice(0, 2), ["refused", "unknown-nick"]);
      assert.deepEqual(nobody?.slice(2), ["nobody", "nobody", alice.epoch, 1]);
      assert.deepEqual(long?.slice(0, 2), ["refused", "text-too-long"]);
      assert.deepEqual(long?.slice(3), ["bob", alice.epoch, 1]);
    }));
});

describe("more than the server takes from one address", () => {
  const limits = { clientRatePerSecond: 10, strangerRatePerSecond: 10 };

  it("a client is told so once a second, and nothing of it is done", async () => {
    const simulation = new Simulation({ seed: 4 });
    await simulation.run(async () => {
      await using server = await startServer({ world: simulation.world("server"), limits });
      await using alice = await V2Peer.registered("alice", server.address, simulation.world("alice"));
      await alice.wire.pass(2_000);

      const flood = () => {
        for (let n = 0; n < 100; n += 1) alice.wire.send(server.address, ["lookup", alice.session, "nobody"]);
      };
      const answers = (code: string) => alice.wire.received("refused").filter((record) => record[1] === code);

      flood();
      await alice.wire.pass(500);
      assert.equal(answers("unknown-nick").length, 10);
      assert.equal(answers("rate-limited").length, 1);
      flood();
      await alice.wire.pass(600);
      assert.ok(answers("unknown-nick").length <= 10 + 6);
      assert.equal(answers("rate-limited").length, 1);
      flood();
      await alice.wire.pass(100);
      assert.equal(answers("rate-limited").length, 2);
      assert.ok(
        alice.wire.arrivals.every(({ records }) => records[0]?.[0] !== "refused"),
        "all is stamped",
      );
    });
  });

  it("a stranger is told nothing, nor is a client of v1", async () => {
    const simulation = new Simulation({ seed: 4 });
    await simulation.run(async () => {
      await using server = await startServer({ world: simulation.world("server"), limits });
      await using mallory = await V2Wire.open(simulation.world("mallory"));
      await using vera = await V2Wire.open(simulation.world("vera"));
      vera.sendText(server.address, "reg vera");
      await vera.pass(2_000);
      const told = vera.arrivals.length;

      for (let n = 0; n < 50; n += 1) {
        mallory.send(server.address, ["lookup", "AAAA", "x"]);
        vera.send(server.address, ["lookup", "AAAA", "x"]);
      }
      await mallory.pass(900);

      assert.deepEqual(new Set(mallory.received().map(([type]) => type)), new Set(["error"]));
      assert.equal(mallory.arrivals.length, 10);
      assert.deepEqual(
        new Set(
          vera
            .received()
            .slice(told)
            .map(([type]) => type),
        ),
        new Set(["error"]),
      );
    });
  });

  it("fails no message of a client that waits as it is told", async () => {
    const simulation = new Simulation({ seed: 4 });
    await simulation.run(async () => {
      await using server = await startServer({
        world: simulation.world("server"),
        limits: { clientRatePerSecond: 2 },
      });
      const options = { nick: "bot", server: server.address, protocol: 2 } as const;
      await using bot = await openClient(options, simulation.world("bot"));
      await bot.register();

      // Each is asked after, and as the nicknames are long, a datagram holds about ten of these requests.
      const nicks = Array.from({ length: 1_000 }, (_, n) => `${n}-`.padEnd(32, "x"));
      const receipts = await Promise.all(nicks.map((nick) => bot.send(nick, "hi")));

      const reasons = receipts.map((receipt) => (receipt.kind === "failed" ? receipt.reason : receipt.kind));
      assert.deepEqual([...new Set(reasons)], ["UNKNOWN_RECIPIENT"]);
      assert.ok((server.counts.dropped.get("RATE_LIMITED") ?? 0) > 100);
    });
  });
});

describe("datagrams that are none", () => {
  for (const { name, hex, codes } of V2_VECTORS.malformed) {
    it(`${name}: no answer, to strangers and to clients, and counted`, () =>
      staged(async ({ server, world, join }) => {
        const alice = await join("alice");
        await using mallory = await world("mallory").network.bind({
          onDatagrams: () => assert.fail("an answer"),
        });
        const before = alice.wire.arrivals.length;
        const bytes = bytesOfHex(hex);

        mallory.send(server.address, bytes);
        await alice.wire.pass(3_000);

        assert.equal(alice.wire.arrivals.length, before);
        assert.deepEqual(server.population, { known: 1, online: 1 });
        for (const code of codes.filter((code) => code !== "packet")) {
          assert.equal(server.counts.dropped.get(code), codes.filter((one) => one === code).length);
        }
      }));
  }
});

describe("an address that has not returned a cookie", () => {
  const record = fc.constantFrom(...V2_VECTORS.datagrams.map(({ text }) => text));
  const opening = fc.constantFrom(
    "reg x udpchat/2",
    "reg alice udpchat/2",
    "reg \u{10ffff} udpchat/2",
    `reg ${"x".repeat(40)} udpchat/2`,
  );
  const short = fc.constantFrom(
    datagramText(["register", "x", "c", "k", "s", 0]),
    datagramText(["deregister", "s"]),
    datagramText(["pong", "s", 0]),
    datagramText(["sync", "s", 0, 0]),
    datagramText(["lookup", "s", "x"]),
    datagramText(["bye"]),
    "ack",
    "table",
    "send alice x",
    "dereg x",
    "x",
  );

  it("gets at most three times the bytes that came from it, whatever it sends", () =>
    staged(async ({ server, join, stranger }) => {
      await join("alice");
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(record, opening, short), { minLength: 1, maxLength: 4 }),
          async (texts) => {
            await using mallory = await stranger();
            for (const text of texts) mallory.sendText(server.address, text);
            await mallory.pass(3_000);

            const sent = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
            const received = mallory.arrivals.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
            assert.ok(received <= 3 * sent, `${received} for ${sent}: ${JSON.stringify(mallory.received())}`);
          },
        ),
        { numRuns: 200 },
      );
    }));
});
