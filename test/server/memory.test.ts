/** Whatever strangers and clients make the server hold, it has let go of when they are gone. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServerEntries } from "../../src/server/server-entries.ts";
import { at, ServerBench } from "../support/server-bench.ts";
import { datagramText, V2Key, type V2Record } from "../support/v2-wire.ts";

const NOTHING: ServerEntries = {
  nicknames: 0,
  addresses: 0,
  sessions: 0,
  rates: 0,
  questions: 0,
  tables: 0,
  versions: 0,
};

/** The same key for all: making one takes a while. */
const KEY = new V2Key(new Uint8Array(32).fill(7));

describe("after a flood the server holds no more than before", () => {
  it("of datagrams from ten thousand addresses, with made-up nicknames, cookies, sessions and stamps", () => {
    const bench = new ServerBench();
    assert.deepEqual(bench.entries, NOTHING);

    for (let port = 1; port <= 10_000; port += 1) {
      const token = Buffer.from(`made up by ${port}`).toString("base64url");
      bench.turn([
        [at(port), `reg nick${port} udpchat/2`],
        [at(port), datagramText(["for", token], ["register", `n${port}`, token, KEY.publicKey, token, port])],
        [at(port), datagramText(["save", token, port, 1, "bob", {}, 0, "x"], ["sync", token, 0, 0])],
        [at(port), datagramText(["message", port, 1, "alice", "bob", {}, "x"], ["pong", token, 2 ** 52])],
      ]);
    }
    assert.equal(bench.entries.rates, 10_000);
    bench.quiet();
    bench.advance(1_000);
    // Who comes then makes room for two.
    for (let port = 20_001; port <= 25_001; port += 1) bench.send(at(port), "x");

    assert.deepEqual(bench.entries, { ...NOTHING, rates: 5_001 });
  });

  it("of nicknames, when all that it may know are taken", () => {
    const bench = new ServerBench(undefined, { limits: { nicksMax: 10, strangerRatePerSecond: 1e6 } });

    for (let n = 0; n < 5_000; n += 1) {
      bench.turn([
        [at(1 + (n % 20)), `reg nick${n}`],
        [at(1 + (n % 20)), `dereg nick${n}`],
      ]);
    }
    bench.quiet();

    const { nicknames, addresses, versions, questions, tables } = bench.entries;
    assert.deepEqual({ nicknames, questions, tables }, { nicknames: 10, questions: 0, tables: 0 });
    assert.ok(addresses <= 10);
    assert.ok(versions <= 3 * 8_192, `${versions} rows and changes`);
  });

  it("of registered clients that ask for everything and are heard of no more", () => {
    const bench = new ServerBench();
    const sessions = Array.from({ length: 20 }, (_, n) => registered(bench, `client${n}`, 1 + n));
    bench.quiet();

    for (const [n, session] of sessions.entries()) {
      for (let seq = 1; seq <= 2_000; seq += 1) {
        const to = `client${(n + 1) % 20}`;
        const save: V2Record = ["save", session, n, seq, to, {}, 0, "x"];
        bench.turn([[at(1 + n), datagramText(save, ["sync", session, seq, seq], ["lookup", session, to])]]);
      }
    }
    assert.ok(bench.entries.questions < 20 * 1_200, `${bench.entries.questions} at once`);
    // Nobody answers: all are gone for the server, and what was to be kept for them is.
    bench.advance(120_000);

    const { versions, rates, ...rest } = bench.entries;
    assert.deepEqual(rest, {
      ...{ nicknames: 20, addresses: 20, sessions: 20 },
      ...{ questions: 0, tables: 0 },
    });
    assert.ok(versions < 100, `${versions} rows and changes`);
    assert.equal(rates, 0);
  });
});

describe("a client that registers without an end", () => {
  it("is answered at a stranger's rate: each time the server has to look at a signature", () => {
    const bench = new ServerBench(undefined, { limits: { strangerRatePerSecond: 20 } });
    bench.send(at(1), "reg mallory udpchat/2");
    const registration = registrationOf("mallory", fieldOf(bench, 1, "challenge"));
    bench.send(at(1), datagramText(registration));
    bench.quiet();

    const fourTimes = datagramText(registration, registration, registration, registration);
    bench.turn(Array.from({ length: 500 }, () => [at(1), fourTimes] as const));

    assert.equal(bench.receivedBy(at(1)).join("").split('"registered"').length - 1, 20);
  });
});

describe("a v1 client that registers under ever other nicknames", () => {
  it("does so at a stranger's rate: each gets a table", () => {
    const bench = new ServerBench(undefined, { limits: { strangerRatePerSecond: 20 } });
    bench.register("mallory", at(1));

    bench.turn(Array.from({ length: 500 }, (_, n) => [at(1), `reg mallory${n}`] as const));

    assert.equal(bench.entries.nicknames, 1 + 20);
  });
});

describe("a client that asks for the whole table without an end", () => {
  it("gets it at a bounded rate, and all the same whole", () => {
    const bench = new ServerBench(undefined, { limits: { nicksMax: 1_000 } });
    for (let n = 0; n < 400; n += 1) bench.send(at(1_000 + n), `reg client${n}`);
    bench.quiet();
    const session = registered(bench, "mallory", 1);
    bench.quiet();

    let tables = 0;
    for (let ms = 0; ms < 100; ms += 1) {
      for (let n = 0; n < 5; n += 1) bench.send(at(1), datagramText(["sync", session, 0, 0]));
      bench.advance(1);
      tables += bench.receivedBy(at(1)).filter((text) => text.includes('"table"')).length;
    }

    assert.ok(tables >= 100 && tables <= 216, `${tables} datagrams of the table in 100 ms`);
  });
});

/** Returns the session. */
function registered(bench: ServerBench, nick: string, port: number): string {
  bench.send(at(port), `reg ${nick} udpchat/2`);
  bench.send(at(port), datagramText(registrationOf(nick, fieldOf(bench, port, "challenge"))));
  return fieldOf(bench, port, "registered");
}

function registrationOf(nick: string, cookie: string): V2Record {
  const signature = KEY.sign(`udpchat/2 register ${nick} ${cookie}`);
  return ["register", nick, cookie, KEY.publicKey, signature, 1];
}

function fieldOf(bench: ServerBench, port: number, type: string): string {
  const found = bench
    .receivedBy(at(port))
    .flatMap((text) => text.split("\x1e").slice(1, -1))
    .map((record): V2Record => JSON.parse(record))
    .find((record) => record[0] === type);
  return String(found?.[1]);
}
