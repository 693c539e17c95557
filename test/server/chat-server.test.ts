import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAILBOX_MESSAGES_MAX } from "../../src/protocol/limits.ts";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { FullStore } from "../support/full-store.ts";
import { at, ServerBench } from "../support/server-bench.ts";

const X = at(2000);
const Y = at(3000);
const Z = at(4000);
const STRANGER = at(6666);

const WELCOME = ">>> [Welcome, You are registered.]\n>>>";
const WELCOME_BACK = ">>> [Welcome back]\n>>>";
const IN_USE = ">>> [Welcome, You have not been registered. Username is already connected.]\n>>>";
const BYE = ">>> [You are Offline. Bye.]\n>>>";
const SAVED = "[Messages received by the server and saved.]\n>>> ";
const NO_NICK = ">>> [That is no nickname: 1 to 32 letters, digits, _ . or -]\n>>> ";
const REFUSED = ">>> [Refused.]\n>>> ";
const NOTICE = "[You have messages.]\n";

describe("registration", () => {
  it("welcomes a new nickname, then sends the table to all online clients", () => {
    const bench = new ServerBench();

    bench.send(X, "reg x");
    assert.deepEqual(bench.receivedBy(X), [WELCOME, "0"]);

    bench.advance(1_000);
    bench.send(Y, "reg y");
    assert.deepEqual(bench.receivedBy(Y), [WELCOME, "1", "x", "127.0.0.1", "2000", "yes"]);
    assert.deepEqual(bench.receivedBy(X), ["1", "y", "127.0.0.1", "3000", "yes"]);
  });

  it("gives a repeated request the same welcome again", () => {
    const bench = new ServerBench();
    bench.register("x", X);

    bench.send(X, "reg x");

    assert.equal(bench.receivedBy(X)[0], WELCOME);
  });

  it("welcomes back, with the table, who had deregistered", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(Y, "dereg y");
    bench.quiet();

    bench.send(Z, "reg y");

    assert.deepEqual(bench.receivedBy(Z), [WELCOME_BACK, "1", "x", "127.0.0.1", "2000", "yes"]);
    assert.deepEqual(bench.receivedBy(X), ["1", "y", "127.0.0.1", "4000", "yes"]);
  });

  it("refuses a nickname whose holder answers the ping, without waiting for it", () => {
    const bench = new ServerBench();
    bench.register("x", X);

    bench.send(STRANGER, "reg x");
    assert.deepEqual(bench.receivedBy(X), ["ping"]);
    assert.deepEqual(bench.receivedBy(STRANGER), []);
    bench.register("y", Y);
    bench.send(X, "ack");

    assert.deepEqual(bench.receivedBy(STRANGER), [IN_USE]);
  });

  it("gives a nickname to the newcomer once its holder did not answer for 2 s, though he repeats himself", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.send(Y, "reg x");

    bench.advance(1_999);
    bench.send(Y, "reg x");
    assert.deepEqual(bench.receivedBy(Y), []);
    bench.advance(1);

    assert.deepEqual(bench.receivedBy(Y), [WELCOME_BACK, "0"]);
    assert.deepEqual(bench.receivedBy(X), ["ping", "ping", "ping", "ping"]);
  });

  for (const nick of ["x".repeat(33), "a/b", "a\u0007b", "ping", "10.1.2.3", "[x]"]) {
    it(`refuses ${JSON.stringify(nick)}, which is no nickname`, () => {
      const bench = new ServerBench();

      bench.send(X, `reg ${nick}`);

      assert.deepEqual(bench.receivedBy(X), [NO_NICK]);
    });
  }

  it("shows a nickname offline when its port registers another", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(Y, "reg z");
    bench.advance(100);

    assert.ok(bench.receivedBy(X).join(" ").includes("y 127.0.0.1 3000 no z 127.0.0.1 3000 yes"));
  });
});

describe("deregistration", () => {
  it("says goodbye and shows the nickname offline", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(Y, "dereg y");

    assert.deepEqual(bench.receivedBy(Y), [BYE]);
    assert.deepEqual(bench.receivedBy(X), ["1", "y", "127.0.0.1", "3000", "no"]);
  });

  it("counts only from the address that registered", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(STRANGER, "dereg y");
    bench.send(STRANGER, "dereg nobody");

    assert.deepEqual(bench.receivedBy(STRANGER), [REFUSED, REFUSED]);
    assert.deepEqual(bench.receivedBy(X), []);
    bench.send(X, "dereg y");
    assert.deepEqual(bench.receivedBy(X), [">>> [You need to dereg using your own username.]\n>>> "]);
  });

  it("is answered again when its answer was lost", () => {
    const bench = new ServerBench();
    bench.register("x", X);

    bench.send(X, "dereg x");
    bench.send(X, "dereg x");

    assert.deepEqual(bench.receivedBy(X), [BYE, BYE]);
  });
});

describe("saving", () => {
  function withYAway(): ServerBench {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(Y, "dereg y");
    bench.quiet();
    return bench;
  }

  it("keeps a message for who is offline and hands it over, stamped, at registration; then the table", () => {
    const bench = withYAway();

    bench.send(X, "send y u up?");
    assert.equal(bench.receivedBy(X)[0], SAVED);
    bench.advance(2_000);
    bench.send(Y, "reg y");
    assert.deepEqual(bench.receivedBy(Y), [WELCOME_BACK, NOTICE]);
    bench.send(Y, "ack");
    assert.deepEqual(bench.receivedBy(Y), ["1", "x: Thu Mar  2 18:45:24 2017  u up?"]);
    bench.advance(100);
    assert.deepEqual(bench.receivedBy(Y), ["ping"]);
    bench.send(Y, "ack");

    assert.deepEqual(bench.receivedBy(Y), ["1", "x", "127.0.0.1", "2000", "yes"]);
    assert.deepEqual(bench.store.mailFor("y"), []);
  });

  it("hands mail over again until its arrival is confirmed", () => {
    const bench = withYAway();
    bench.send(X, "send y one");
    bench.send(Y, "reg y");
    bench.send(Y, "ack");
    bench.receivedBy(Y);

    bench.send(Y, "table");
    assert.deepEqual(bench.receivedBy(Y), [NOTICE]);
    bench.send(Y, "ack");

    assert.deepEqual(bench.receivedBy(Y).slice(0, 1), ["1"]);
    assert.equal(bench.store.mailFor("y").length, 1);
  });

  it("hands over a long list in batches, smaller ones when some was lost, each confirmed by itself", () => {
    const bench = withYAway();
    for (let n = 0; n < 100; n += 1) bench.send(X, `send y ${n}`);
    bench.quiet();
    const batch = () => {
      bench.advance(100);
      bench.send(Y, "ack");
      const [count, ...mail] = bench.receivedBy(Y).filter((line) => line !== NOTICE && line !== WELCOME_BACK);
      assert.equal(mail.length, Number(count));
      bench.advance(520);
      assert.deepEqual(bench.receivedBy(Y), ["ping"]);
      return mail.length;
    };

    bench.send(Y, "reg y");
    assert.equal(batch(), 64);
    bench.send(Y, "table");
    assert.equal(batch(), 32);
    bench.send(Y, "ack");
    assert.equal(batch(), 64);
    bench.send(Y, "ack");
    assert.equal(batch(), 4);
    bench.send(Y, "ack");

    assert.equal(bench.store.mailFor("y").length, 0);
  });

  it("does not take a second answer to the notice for a confirmation", () => {
    const bench = withYAway();
    bench.send(X, "send y one");
    bench.send(Y, "reg y");
    bench.send(Y, "reg y");
    bench.send(Y, "ack");
    bench.send(Y, "ack");
    bench.advance(499);

    assert.equal(bench.store.mailFor("y").length, 1);
    assert.ok(!bench.receivedBy(Y).includes("ping"));
    bench.advance(1);
    assert.deepEqual(bench.receivedBy(Y), ["ping"]);
  });

  it("does not take a copy of the answer to the notice for a confirmation, though it is late", () => {
    const bench = withYAway();
    bench.send(X, "send y one");
    bench.send(Y, "reg y");
    bench.send(Y, "ack");
    bench.advance(99);
    bench.send(Y, "ack");

    assert.equal(bench.store.mailFor("y").length, 1);
    bench.advance(1);
    bench.send(Y, "ack");
    assert.equal(bench.store.mailFor("y").length, 0);
  });

  it("does not take a copy of the confirmation for the answer to the next notice", () => {
    const bench = withYAway();
    for (let n = 0; n < 65; n += 1) bench.send(X, `send y ${n}`);
    bench.send(Y, "reg y");
    bench.send(Y, "ack");
    bench.advance(100);
    bench.send(Y, "ack");
    bench.receivedBy(Y);

    bench.send(Y, "ack");
    bench.advance(99);
    bench.send(Y, "ack");
    assert.deepEqual(bench.receivedBy(Y), []);
    bench.advance(1);
    assert.deepEqual(bench.receivedBy(Y), [NOTICE]);
    assert.equal(bench.store.mailFor("y").length, 1);
  });

  it("keeps mail when the client never confirms, and shows it offline", () => {
    const bench = withYAway();
    bench.send(X, "send y one");
    bench.send(Y, "reg y");

    bench.advance(12_000);

    assert.equal(bench.store.mailFor("y").length, 1);
    assert.deepEqual(bench.receivedBy(X).slice(-4), ["y", "127.0.0.1", "3000", "no"]);
  });

  it("does not give mail to a stranger who speaks in between", () => {
    const bench = withYAway();
    bench.send(X, "send y secret");
    bench.send(Y, "reg y");

    bench.send(STRANGER, "ack");
    bench.send(STRANGER, "anything");

    assert.deepEqual(bench.receivedBy(STRANGER), []);
    bench.send(Y, "ack");
    assert.ok(bench.receivedBy(Y).some((line) => line.endsWith("secret")));
  });

  it("announces a returning client only when it has its mail, so nobody overtakes it", () => {
    const bench = withYAway();
    bench.send(X, "send y first");
    bench.quiet();
    bench.send(Y, "reg y");
    bench.advance(100);
    assert.ok(!bench.receivedBy(X).includes("yes"));

    bench.send(X, "send y second");
    assert.equal(bench.receivedBy(X)[0], SAVED);
    for (let n = 0; n < 4; n += 1) {
      bench.send(Y, "ack");
      bench.advance(100);
    }
    bench.advance(100);

    const texts = bench.receivedBy(Y).filter((line) => line.startsWith("x: "));
    assert.deepEqual(
      texts.map((line) => line.split("  ").at(-1)),
      ["first", "second"],
    );
    assert.ok(bench.receivedBy(X).includes("yes"));
  });

  it("says that the recipient is there when he answers the ping, and sends the table again", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(X, "send y hello");
    assert.deepEqual(bench.receivedBy(Y), ["ping"]);
    bench.send(Y, "ack");

    assert.deepEqual(bench.receivedBy(X), [
      ">>> [Client y exists.]\n>>> ",
      "1",
      "y",
      "127.0.0.1",
      "3000",
      "yes",
    ]);
    assert.deepEqual(bench.store.mailFor("y"), []);
  });

  it("saves for a recipient who vanished, and shows him offline", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(X, "send y hello");
    bench.advance(1_000);
    bench.send(X, "send y hello");
    bench.advance(1_000);

    assert.deepEqual(bench.receivedBy(X), [SAVED, "1", "y", "127.0.0.1", "3000", "no"]);
    assert.equal(bench.store.mailFor("y").length, 1);
  });

  it("does not save for who came back from another address while he was asked after", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(at(4_000), "reg y");
    bench.advance(1_000);
    bench.send(X, "send y hello");

    bench.advance(1_500);

    assert.ok(bench.receivedBy(at(4_000)).includes(">>> [Welcome back]\n>>>"));
    assert.ok(bench.receivedBy(X).includes(">>> [Client y exists.]\n>>> "));
    assert.equal(bench.store.mailboxSize("y").messages, 0);
  });

  it("takes a vanished client back with its next datagram, mail first", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(X, "send y hello");
    bench.advance(2_000);
    bench.quiet();

    bench.send(Y, "ack");

    assert.deepEqual(bench.receivedBy(Y), [NOTICE]);
  });

  it("takes the same text again within 1.5 s for a repeat of the request, later for another message", () => {
    const bench = withYAway();

    bench.send(X, "send y hello");
    bench.advance(1_000);
    bench.send(X, "send y hello");
    bench.advance(2_000);
    bench.send(X, "send y hello");

    assert.equal(bench.store.mailFor("y").length, 2);
    assert.equal(bench.receivedBy(X).filter((line) => line === SAVED).length, 3);
  });

  it("refuses what the original dies of", () => {
    const bench = withYAway();

    bench.send(X, "send nobody hello");
    bench.send(STRANGER, "send y hello");
    bench.send(X, "send x hello");

    assert.deepEqual(bench.receivedBy(X), [
      ">>> [Client nobody is not registered.]\n>>> ",
      ">>> [Client x exists.]\n>>> ",
    ]);
    assert.deepEqual(bench.receivedBy(STRANGER), [REFUSED]);
  });

  it("tells senders apart by IP and port, not by port alone", () => {
    const bench = withYAway();
    bench.register("z", { host: "127.0.0.2", port: 2000 });

    bench.send({ host: "127.0.0.2", port: 2000 }, "send y from z");
    bench.send(X, "send y from x");

    assert.deepEqual(
      bench.store.mailFor("y").map(({ from, text }) => `${from}: ${text}`),
      ["z: from z", "x: from x"],
    );
  });

  it("refuses more than a mailbox holds, and says whose it is", () => {
    const bench = withYAway();
    for (let n = 0; n < MAILBOX_MESSAGES_MAX; n += 1) bench.send(X, `send y ${n}`);
    bench.quiet();

    bench.send(X, "send y one too many");

    assert.equal(bench.receivedBy(X)[0], ">>> [The mailbox of y is full.]\n>>> ");
    assert.equal(bench.store.mailFor("y").length, MAILBOX_MESSAGES_MAX);
  });

  it("acknowledges 49 saves of one turn, each kept", () => {
    const bench = withYAway();
    const senders = Array.from({ length: 49 }, (_, n) => at(5_000 + n));
    for (const [n, address] of senders.entries()) bench.register(`s${n}`, address);

    bench.turn(senders.map((address, n) => [address, `send y hello ${n}`]));

    assert.ok(senders.every((address) => bench.receivedBy(address).includes(SAVED)));
    assert.equal(bench.store.mailFor("y").length, 49);
  });
});

describe("the table", () => {
  it("is sent once for many changes at once, and whole to everybody", () => {
    const bench = new ServerBench();
    const addresses = Array.from({ length: 50 }, (_, n) => at(5_000 + n));

    bench.turn(addresses.map((address, n) => [address, `reg c${n}`]));
    bench.advance(1_000);

    for (const address of addresses) assert.equal(bench.receivedBy(address).length, 1 + 1 + 49 * 4);
  });

  it("goes to whoever is registered and says something unknown, and to nobody else", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);

    bench.send(X, "");
    bench.send(STRANGER, "");

    assert.deepEqual(bench.receivedBy(X), ["1", "y", "127.0.0.1", "3000", "yes"]);
    assert.deepEqual(bench.receivedBy(Y), []);
    assert.deepEqual(bench.receivedBy(STRANGER), []);
  });
});

describe("a store that cannot commit", () => {
  it("leaves who is at an address there, when somebody else could not be registered from it", () => {
    const store = new FullStore();
    const bench = new ServerBench(store);
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(Y, "dereg y");
    bench.quiet();

    store.isFull = true;
    bench.send(X, "reg other");
    store.isFull = false;
    bench.quiet();
    bench.send(X, "send y still here");

    assert.deepEqual(bench.receivedBy(X).slice(0, 1), ["[Messages received by the server and saved.]\n>>> "]);
  });

  it("gets the requests that needed it refused and taken back, the others served", () => {
    const store = new FullStore();
    const bench = new ServerBench(store);
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(Y, "dereg y");
    bench.quiet();
    store.isFull = true;

    bench.turn([
      [X, "send y lost"],
      [STRANGER, "reg new"],
      [X, "send nobody hello"],
    ]);

    const refusal = ">>> [The server cannot save that now: DISK_FULL]\n>>> ";
    assert.deepEqual(bench.receivedBy(X).slice(0, 2), [
      refusal,
      ">>> [Client nobody is not registered.]\n>>> ",
    ]);
    assert.deepEqual(bench.receivedBy(STRANGER), [refusal]);
    assert.deepEqual(
      bench.events.filter(({ kind }) => kind === "saved"),
      [],
    );
    assert.equal(bench.events.filter(({ kind }) => kind === "fault").length, 1);
    assert.deepEqual(store.mailFor("y"), []);
    assert.equal(store.clients().length, 2);

    store.isFull = false;
    bench.advance(100);
    bench.send(X, "send y kept");
    assert.ok(bench.receivedBy(X).includes(SAVED));
    assert.deepEqual(
      store.mailFor("y").map(({ text }) => text),
      ["kept"],
    );
  });
});

/** A server that keeps "hello" of x for y, who is away. */
function withMailForY(): { readonly store: MemoryStore; readonly before: ServerBench } {
  const store = new MemoryStore();
  const before = new ServerBench(store);
  before.register("x", X);
  before.register("y", Y);
  before.send(Y, "dereg y");
  before.send(X, "send y hello");
  return { store, before };
}

describe("a server that starts on a store", () => {
  it("knows who was online and what was kept", () => {
    const { store } = withMailForY();
    store.close();

    const bench = new ServerBench(store);
    bench.send(X, "anything");
    bench.send(Y, "reg y");

    assert.deepEqual(bench.receivedBy(X), ["1", "y", "127.0.0.1", "3000", "no"]);
    assert.deepEqual(bench.receivedBy(Y), [WELCOME_BACK, NOTICE]);
  });
});

describe("a request that is repeated over a restart", () => {
  it("is the same request", () => {
    const { store } = withMailForY();
    store.close();

    const bench = new ServerBench(store);
    bench.send(X, "send y hello");

    assert.ok(bench.receivedBy(X).includes(SAVED));
    assert.equal(store.mailFor("y").length, 1);
  });

  it("is the same request also when the message was delivered meanwhile", () => {
    const { store, before } = withMailForY();
    before.send(Y, "reg y");
    before.send(Y, "ack");
    before.advance(100);
    before.send(Y, "ack");
    before.send(Y, "dereg y");
    store.close();

    const bench = new ServerBench(store);
    bench.send(X, "send y hello");

    assert.ok(bench.receivedBy(X).includes(SAVED));
    assert.equal(store.mailFor("y").length, 0);
  });
});

describe("amplification", () => {
  it("is at most threefold for who has not registered, except what v1 demands", () => {
    const demanded = [WELCOME, WELCOME_BACK, IN_USE, BYE, NO_NICK];
    const line = fc.oneof(
      fc.constantFrom(
        "reg a/b",
        "dereg x",
        "send x hi",
        "send x",
        "ack",
        "table",
        "",
        "x",
        "reg",
        "send nobody hello there",
      ),
      fc.string({ maxLength: 40 }),
    );
    fc.assert(
      fc.property(line, (datagram) => {
        const bench = new ServerBench();
        bench.register("x", X);

        bench.send(STRANGER, datagram);

        const undemanded = bench
          .receivedBy(STRANGER)
          .filter((reply) => !demanded.includes(reply) && reply !== "1");
        const isRegistered = bench.events.some(
          (event) => event.kind === "registered" && event.address === STRANGER,
        );
        const bytes = undemanded.reduce((sum, reply) => sum + Buffer.byteLength(reply), 0);
        if (!isRegistered)
          assert.ok(bytes <= 3 * Buffer.byteLength(datagram), JSON.stringify({ datagram, undemanded }));
      }),
    );
  });
});

describe("hostile datagrams", () => {
  const named: readonly [string, string | Uint8Array][] = [
    ["empty", ""],
    ["one byte", "a"],
    ["3,000 bytes", "b".repeat(3_000)],
    ["FF FE 00", Uint8Array.of(0xff, 0xfe, 0x00)],
    ["reg", "reg"],
    ["[]", "[]"],
    ["60,000 × Z", "Z".repeat(60_000)],
  ];
  for (const [name, datagram] of named) {
    it(`${name}: still serving`, () => {
      const bench = new ServerBench();

      bench.send(STRANGER, datagram);
      bench.send(X, "reg x");

      assert.deepEqual(bench.receivedBy(X), [WELCOME, "0"]);
      assert.deepEqual(bench.receivedBy(STRANGER), []);
    });
  }

  it("any sequence of datagrams from any addresses, with time passing: nothing throws", () => {
    const words = fc.constantFrom(
      "reg",
      "dereg",
      "send",
      "ack",
      "ping",
      "x",
      "y",
      "z",
      " ",
      "\n",
      "42",
      "table",
    );
    const line = fc.array(words, { maxLength: 5 }).map((parts) => parts.join(" "));
    const step = fc.oneof(
      fc.record({
        port: fc.integer({ min: 1, max: 4 }),
        datagram: fc.oneof(line, fc.uint8Array({ maxLength: 50 })),
      }),
      fc.record({ waitMs: fc.integer({ min: 1, max: 5_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new ServerBench();
        for (const one of steps) {
          if ("waitMs" in one) bench.advance(one.waitMs);
          else bench.send(at(one.port), one.datagram);
        }

        bench.send(at(9), "reg last");

        assert.equal(bench.receivedBy(at(9))[0], WELCOME);
      }),
    );
  });
});
