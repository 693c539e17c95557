import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BOB, SERVER, SessionBench } from "../support/session-bench.ts";

const CAROL = { host: "127.0.0.1", port: 4_000 };
const NOTICE = "[You have messages.]\n";
const SAVED = "[Messages received by the server and saved.]\n>>> ";

const mail = (text: string, second = 24) => `bob: Thu Mar  2 18:45:${second} 2017  ${text}`;

describe("registering", () => {
  it("repeats itself every 500 ms, six times, then gives up", () => {
    const bench = new SessionBench();
    bench.session.register();
    bench.poll();

    bench.advance(3_000);

    assert.deepEqual(bench.takeSent(), Array(6).fill("10000 reg alice"));
    assert.deepEqual(bench.takeEvents(), [{ kind: "register-ended", end: { kind: "expired" } }]);
  });

  it("asks for the table when none comes", () => {
    const bench = new SessionBench();
    bench.session.register();
    bench.poll();
    bench.receive(SERVER, ">>> [Welcome back]\n>>>");

    bench.advance(250);

    assert.deepEqual(bench.takeSent(), ["10000 reg alice", "10000 table"]);
  });

  it("takes nothing from anybody else for the server's answer", () => {
    const bench = new SessionBench();
    bench.session.register();
    bench.poll();
    bench.receive(BOB, ">>> [Welcome back]\n>>>");

    assert.equal(bench.session.registered, false);
  });
});

describe("the table", () => {
  it("is one event when all its rows have come", () => {
    const bench = SessionBench.registered();

    bench.receiveTable(["carol", CAROL, true], ["bob", BOB, false]);

    assert.deepEqual(bench.takeEvents(), [
      {
        kind: "table",
        contacts: [
          { nick: "bob", address: BOB, online: false, protocol: 1 },
          { nick: "carol", address: CAROL, online: true, protocol: 1 },
        ],
      },
    ]);
  });

  it("is asked for again while rows are missing, and rows of all answers count", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, "2", "bob", "127.0.0.1", "3000", "yes", "carol", "127.0.0.1", "yes");

    bench.advance(250);
    assert.deepEqual(bench.takeSent(), ["10000 table"]);
    bench.receive(SERVER, "2", "carol", "127.0.0.1", "4000", "yes");
    bench.advance(275);
    assert.deepEqual(bench.takeSent(), ["10000 table"]);
    bench.receive(SERVER, "2", "carol", "127.0.0.1", "4000", "yes");
    bench.advance(10_000);

    assert.deepEqual(bench.takeSent(), []);
    assert.deepEqual([...bench.session.contacts.keys()], ["bob", "carol"]);
  });

  it("does not believe a row that gives somebody an address where somebody else is online", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, "2", "bob", "127.0.0.1", "3000", "yes", "carol", "127.0.0.1", "3000", "yes");
    bench.advance(250);
    assert.deepEqual([...bench.session.contacts.keys()], ["bob"]);
    assert.deepEqual(bench.takeSent(), ["10000 table"]);

    bench.receive(SERVER, "2", "bob", "127.0.0.1", "3000", "no", "carol", "127.0.0.1", "3000", "yes");
    assert.deepEqual(
      [...bench.session.contacts.values()].map(({ nick, online }) => [nick, online]),
      [
        ["bob", false],
        ["carol", true],
      ],
    );
  });

  it("is not asked for for ever", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, "2", "bob");

    bench.advance(600_000);

    assert.equal(bench.takeSent().filter((datagram) => datagram === "10000 table").length, 20);
  });
});

describe("sending", () => {
  it("goes straight to who is online and is delivered at his acknowledgement", () => {
    const bench = SessionBench.registered();

    bench.send(1, "bob", "hi");
    assert.deepEqual(bench.takeSent(), ["3000  hi"]);
    bench.advance(7);
    bench.receive(BOB, "ack");

    const receipt = { kind: "delivered", roundTripMs: 7, attempts: 1 };
    assert.deepEqual(bench.takeEvents(), [{ kind: "receipt", key: 1, receipt }]);
  });

  it("takes nobody else's acknowledgement", () => {
    const bench = SessionBench.registered();
    bench.send(1, "bob", "hi");

    bench.receive(CAROL, "ack");

    assert.ok(bench.takeEvents().every(({ kind }) => kind === "ignored"));
  });

  it("keeps the order to one recipient: the next waits for the one before", () => {
    const bench = SessionBench.registered();

    bench.send(1, "bob", "one");
    bench.send(2, "bob", "two");
    assert.deepEqual(bench.takeSent(), ["3000  one"]);
    bench.receive(BOB, "ack");

    assert.deepEqual(bench.takeSent(), ["3000  two"]);
  });

  it("goes to the server after 2 s without acknowledgement", () => {
    const bench = SessionBench.registered();
    bench.send(1, "bob", "hi");
    bench.takeSent();

    bench.advance(2_000);
    assert.deepEqual(bench.takeSent(), ["10000 send bob hi"]);
    assert.deepEqual(bench.takeEvents(), [{ kind: "unacknowledged", to: "bob" }]);
    bench.receive(SERVER, SAVED);

    assert.deepEqual(bench.takeEvents(), [
      { kind: "receipt", key: 1, receipt: { kind: "saved", attempts: 2 } },
    ]);
  });

  it("is tried again when the server says that the recipient is there", () => {
    const bench = SessionBench.registered();
    bench.send(1, "bob", "hi");
    bench.advance(2_000);
    bench.takeSent();

    bench.receive(SERVER, ">>> [Client bob exists.]\n>>> ");
    bench.receiveTable(["bob", CAROL, true]);
    bench.advance(200);
    assert.deepEqual(bench.takeSent(), ["4000  hi"]);
    bench.receive(CAROL, "ack");

    const receipt = { kind: "delivered", roundTripMs: 0, attempts: 3 };
    assert.deepEqual(bench.takeEvents().at(-1), { kind: "receipt", key: 1, receipt });
  });

  it("is not repeated when the acknowledgement comes late, while the server is asked", () => {
    const bench = SessionBench.registered();
    bench.send(1, "bob", "hi");
    bench.advance(2_300);
    bench.receive(BOB, "ack");
    bench.takeSent();

    bench.receive(SERVER, ">>> [Client bob exists.]\n>>> ");
    bench.advance(10_000);

    assert.deepEqual(bench.takeSent(), []);
    const [fallback, event] = bench.takeEvents();
    assert.equal(fallback?.kind, "unacknowledged");
    assert.ok(event?.kind === "receipt" && event.receipt.kind === "delivered");
    assert.equal(event.receipt.roundTripMs, 2_300);
  });

  it("says once that there was no acknowledgement, however often it falls back", () => {
    const bench = SessionBench.registered();
    bench.send(1, "bob", "hi");

    for (let round = 0; round < 3; round += 1) {
      bench.advance(2_000);
      bench.receive(SERVER, ">>> [Client bob exists.]\n>>> ");
      bench.advance(200);
    }

    assert.deepEqual(bench.takeEvents(), [{ kind: "unacknowledged", to: "bob" }]);
  });

  it("goes to the server at once for who is offline", () => {
    const bench = SessionBench.registered();
    bench.receiveTable(["bob", BOB, false]);
    bench.takeEvents();

    bench.send(1, "bob", "hi");

    assert.deepEqual(bench.takeSent(), ["10000 send bob hi"]);
  });

  it("asks for the table when the nickname is not in it, and never has an unknown one saved", () => {
    const bench = SessionBench.registered();

    bench.send(1, "nobody", "hi");
    bench.advance(30_000);

    assert.ok(!bench.takeSent().includes("10000 send nobody hi"));
    const [event] = bench.takeEvents();
    assert.equal(
      event?.kind === "receipt" && event.receipt.kind === "failed" && event.receipt.reason,
      "UNKNOWN_RECIPIENT",
    );
  });

  it("fails, having been transmitted six times, when the server is silent too", () => {
    const bench = SessionBench.registered();
    bench.receiveTable(["bob", BOB, false]);
    bench.takeEvents();

    bench.send(1, "bob", "hi");
    bench.advance(6_000);

    assert.deepEqual(bench.takeEvents(), [
      { kind: "server-lost" },
      {
        kind: "receipt",
        key: 1,
        receipt: {
          kind: "failed",
          reason: "SERVER_NOT_RESPONDING",
          detail: "the server did not answer",
          attempts: 6,
        },
      },
    ]);
  });

  it("waits with a text that it has just had saved, lest the server take it for a repetition", () => {
    const bench = SessionBench.registered();
    bench.receiveTable(["bob", BOB, false]);
    bench.takeEvents();
    bench.send(1, "bob", "ok");
    bench.send(2, "bob", "ok");
    bench.takeSent();
    bench.receive(SERVER, SAVED);

    bench.advance(1_599);
    assert.deepEqual(bench.takeSent(), []);
    bench.advance(1);
    assert.deepEqual(bench.takeSent(), ["10000 send bob ok"]);
  });

  it("does not take the second answer to a repeated request for the answer to the next", () => {
    const bench = SessionBench.registered();
    bench.receiveTable(["bob", BOB, false]);
    bench.send(1, "bob", "one");
    bench.send(2, "bob", "two");
    bench.advance(1_000);
    bench.takeSent();
    bench.takeEvents();

    bench.receive(SERVER, SAVED, SAVED);
    assert.deepEqual(bench.takeSent(), []);
    bench.advance(500);

    assert.deepEqual(bench.takeSent(), ["10000 send bob two"]);
    assert.deepEqual(
      bench.takeEvents().map((event) => event.kind === "receipt" && event.key),
      [1, false],
    );
  });
});

describe("a request that was given up", () => {
  it("can still be answered, so the next one waits as long as a server asks after a recipient", () => {
    const bench = SessionBench.registered();
    bench.receiveTable(["bob", BOB, false]);
    bench.send(1, "bob", "one");
    bench.send(2, "bob", "two");
    bench.advance(6_000);
    bench.takeSent();
    bench.takeEvents();

    bench.advance(1_000);
    bench.receive(SERVER, SAVED);
    assert.deepEqual(bench.takeSent(), []);
    bench.advance(500);

    assert.deepEqual(bench.takeSent(), ["10000 send bob two"]);
    assert.ok(!bench.takeEvents().some(({ kind }) => kind === "receipt"));
  });
});

describe("receiving", () => {
  it("shows and acknowledges what a peer in the table sends", () => {
    const bench = SessionBench.registered();

    bench.receive(BOB, " I'm back, ack?");

    assert.deepEqual(bench.takeSent(), ["3000 ack"]);
    const [event] = bench.takeEvents();
    assert.equal(event?.kind === "message" && event.text, "I'm back, ack?");
  });

  it("sets aside what an unknown address sends until the table tells who it is", () => {
    const bench = SessionBench.registered();
    bench.receive(CAROL, " hello");
    assert.deepEqual(bench.takeSent(), []);

    bench.receiveTable(["bob", BOB, true], ["carol", CAROL, true]);

    assert.ok(bench.takeSent().includes("4000 ack"));
    assert.ok(bench.takeEvents().some((event) => event.kind === "message" && event.from === "carol"));
  });

  it("forgets it, unacknowledged, when the table does not tell", () => {
    const bench = SessionBench.registered();
    bench.receive(CAROL, " hello");

    bench.advance(10_000);

    assert.ok(!bench.takeSent().includes("4000 ack"));
    assert.ok(
      bench.takeEvents().some((event) => event.kind === "ignored" && event.reason === "UNKNOWN_SENDER"),
    );
  });

  it("is over once deregistered: nothing is shown and nothing acknowledged", () => {
    const bench = SessionBench.registered();
    bench.session.deregister();
    bench.poll();
    bench.receive(SERVER, ">>> [You are Offline. Bye.]\n>>>");
    bench.takeSent();
    bench.takeEvents();

    bench.receive(BOB, " hello?");
    bench.receive(SERVER, "ping");

    assert.deepEqual(bench.takeSent(), []);
    assert.deepEqual(
      bench.takeEvents().map(({ kind }) => kind),
      ["ignored"],
    );
  });
});

describe("saved messages", () => {
  const shown = (bench: SessionBench) =>
    bench.takeEvents().flatMap((event) => (event.kind === "message" ? [event.text] : []));

  it("are asked for, shown with their time, and confirmed by the answer to the ping", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, NOTICE, "2", mail("one"), mail("two"), "ping");

    assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 ack"]);
    const messages = bench.takeEvents().filter((event) => event.kind === "message");
    assert.deepEqual(messages, [
      {
        kind: "message",
        from: "bob",
        text: "one",
        saved: true,
        sentAtMs: Date.UTC(2017, 2, 2, 18, 45, 24),
        auto: false,
      },
      {
        kind: "message",
        from: "bob",
        text: "two",
        saved: true,
        sentAtMs: Date.UTC(2017, 2, 2, 18, 45, 24),
        auto: false,
      },
    ]);
  });

  it("are not confirmed while one is missing, and those shown are not shown again", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, NOTICE, "2", mail("one"), "ping");
    assert.deepEqual(bench.takeSent(), ["10000 ack"]);

    bench.advance(300);
    assert.deepEqual(bench.takeSent(), ["10000 table"]);
    bench.receive(SERVER, NOTICE, "2", mail("one"), mail("two"), "ping");

    assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 ack"]);
    assert.deepEqual(shown(bench), ["one", "two"]);
  });

  it("that say the same are told apart when something else was said in between", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, NOTICE, "3", mail("yes"), mail("no"), mail("yes"), "ping");

    assert.deepEqual(shown(bench), ["yes", "no", "yes"]);
  });

  it("are asked for again and again while the server announces them", () => {
    const bench = SessionBench.registered();

    for (let round = 0; round < 50; round += 1) {
      bench.receive(SERVER, NOTICE, "2", mail("one"), "ping");
      bench.advance(300);
      assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 table"]);
    }

    assert.deepEqual(shown(bench), []);
  });

  it("that the server forgot are waited for no more once it sends the table, as the original does", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, NOTICE, "2", mail("one"));
    bench.receiveTable(["bob", BOB, true]);
    bench.receive(SERVER, "ping");

    assert.deepEqual(shown(bench), ["one"]);
    assert.equal(bench.takeSent().at(-1), "10000 ack");
  });

  it("are confirmed before the client leaves", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, NOTICE);
    bench.session.deregister();
    bench.poll();

    bench.receive(SERVER, "1", mail("one"), "ping");
    assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 ack"]);
    bench.receiveTable(["bob", BOB, true]);

    assert.deepEqual(bench.takeSent(), ["10000 dereg alice"]);
  });

  it("that stay away keep the client from leaving for a moment only", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, NOTICE);
    bench.session.deregister();
    bench.poll();
    bench.takeSent();

    bench.advance(250);

    assert.ok(bench.takeSent().includes("10000 dereg alice"));
  });

  it("are not confirmed when their announcement was lost, and are shown with the others once it comes", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, "2", mail("one"), "ping");
    assert.deepEqual(bench.takeSent(), []);
    bench.advance(250);
    assert.deepEqual(bench.takeSent(), ["10000 table"]);
    bench.receive(SERVER, NOTICE, "2", mail("one"), mail("two"), "ping");

    assert.deepEqual(shown(bench), ["one", "two"]);
    assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 ack"]);
  });

  it("copied by the network after their end are nothing new", () => {
    const bench = SessionBench.registered();
    bench.receive(SERVER, NOTICE, "1", mail("one"), mail("one"), "ping");

    assert.deepEqual(shown(bench), ["one"]);
    assert.deepEqual(bench.takeSent(), ["10000 ack", "10000 ack"]);
  });

  it("copied by the network are shown once", () => {
    const bench = SessionBench.registered();

    bench.receive(SERVER, NOTICE, "2", mail("one"), mail("one"), mail("two"), "ping");

    assert.deepEqual(shown(bench), ["one", "two"]);
  });
});

describe("a server that vanishes", () => {
  const kinds = (bench: SessionBench) => bench.takeEvents().map(({ kind }) => kind);

  it("is asked after half a minute of silence, and missed when it does not answer", () => {
    const bench = SessionBench.registered();

    bench.advance(29_000 + 3_000);

    assert.deepEqual(bench.takeSent(), Array(6).fill("10000 reg alice"));
    assert.deepEqual(kinds(bench), ["server-lost"]);
  });

  it("is missed at once when a command of the user's gets no answer", () => {
    const bench = SessionBench.registered();

    bench.session.deregister();
    bench.poll();
    bench.advance(3_000);

    assert.deepEqual(kinds(bench), ["server-lost", "deregister-ended"]);
    assert.equal(bench.session.registered, true);
  });

  it("is asked again every few seconds, and is back with its next datagram", () => {
    const bench = SessionBench.registered();
    bench.advance(29_000 + 3_000 + 60_000);
    assert.ok(bench.takeSent().length > 60);
    bench.takeEvents();

    bench.receive(SERVER, ">>> [Welcome back]\n>>>");
    bench.receiveTable(["bob", BOB, true]);

    assert.deepEqual(kinds(bench), ["server-back", "ignored", "table"]);
    assert.equal(bench.session.registered, true);
  });

  it("is not asked any more by who has said goodbye meanwhile", () => {
    const bench = SessionBench.registered();
    bench.session.deregister();
    bench.poll();
    bench.advance(3_000);
    bench.session.deregister();
    bench.poll();
    bench.advance(2_000);
    bench.takeSent();

    bench.receive(SERVER, ">>> [You are Offline. Bye.]\n>>>");
    bench.advance(60_000);

    assert.equal(bench.session.registered, false);
    assert.deepEqual(bench.takeSent(), []);
  });

  it("is not asked while it is heard", () => {
    const bench = SessionBench.registered();

    for (let n = 0; n < 20; n += 1) {
      bench.advance(15_000);
      bench.receive(SERVER, "ping");
    }

    assert.deepEqual([...new Set(bench.takeSent())], ["10000 ack"]);
  });

  it("that is the original answers that the nickname is in use: it lives, and nothing else happens", () => {
    const bench = SessionBench.registered();
    bench.advance(29_000);
    bench.takeSent();

    bench.receive(SERVER, ">>> [Welcome, You have not been registered. Username is already connected.]\n>>>");
    bench.advance(20_000);

    assert.deepEqual(bench.takeSent(), []);
    assert.equal(bench.session.registered, true);
  });
});

describe("hostile datagrams", () => {
  it("from the server's address or a peer's leave the session working", () => {
    const bench = SessionBench.registered();

    for (const from of [SERVER, BOB, CAROL]) {
      bench.receive(
        from,
        "",
        "a",
        "b".repeat(3_000),
        Uint8Array.of(0xff, 0xfe, 0),
        "[]",
        "Z".repeat(60_000),
        "9999999",
      );
    }
    bench.advance(60_000);
    bench.takeSent();
    bench.receive(BOB, " still there?");

    assert.deepEqual(bench.takeSent(), ["3000 ack"]);
  });
});
