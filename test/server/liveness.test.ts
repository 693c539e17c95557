import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { at, ServerBench } from "../support/server-bench.ts";

const X = at(2000);
const Y = at(3000);

describe("liveness", () => {
  it("pings who was silent for a heartbeat, and leaves alone who was heard", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.advance(10_000);
    bench.send(Y, "reg y");
    bench.quiet();

    bench.advance(6_000);

    assert.deepEqual(bench.receivedBy(X), ["ping"]);
    assert.deepEqual(bench.receivedBy(Y), []);
  });

  it("believes a v1 client that answers 3 s late", () => {
    const bench = new ServerBench();
    bench.register("x", X);

    for (let round = 0; round < 10; round += 1) {
      bench.advance(16_000);
      assert.deepEqual(bench.receivedBy(X), ["ping"]);
      bench.advance(3_000);
      bench.send(X, "ack");
      bench.quiet();
    }

    assert.ok(!bench.events.some(({ kind }) => kind === "vanished"));
  });

  it("shows offline, to all, who does not answer three pings", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.advance(10_000);
    bench.send(Y, "reg y");
    bench.quiet();

    for (let second = 0; second < 20; second += 1) {
      bench.advance(1_000);
      if (bench.receivedBy(Y).includes("ping")) bench.send(Y, "ack");
    }

    assert.ok(bench.events.some((event) => event.kind === "vanished" && event.nick === "x"));
    assert.equal(bench.receivedBy(X).filter((line) => line === "ping").length, 3);
    bench.send(Y, "table");
    assert.deepEqual(bench.receivedBy(Y).slice(-5), ["1", "x", "127.0.0.1", "2000", "no"]);
  });

  it("gives a dead client's nickname to a newcomer at once, even in the middle of its mail", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.register("y", Y);
    bench.send(Y, "dereg y");
    bench.quiet();
    bench.send(X, "send y hello");
    bench.send(Y, "reg y");
    bench.quiet();

    bench.send(at(4_000), "reg y");
    bench.advance(2_000);

    assert.deepEqual(bench.receivedBy(at(4_000)), [">>> [Welcome back]\n>>>", "[You have messages.]\n"]);
  });

  it("asks after everybody it knew as online when it starts again", () => {
    const store = new MemoryStore();
    const before = new ServerBench(store);
    before.register("x", X);

    const bench = new ServerBench(store);
    bench.advance(12_000);

    assert.deepEqual(bench.receivedBy(X), ["ping", "ping", "ping"]);
    assert.ok(bench.events.some((event) => event.kind === "vanished" && event.nick === "x"));
  });

  it("does not count out who was heard while he was pinged", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.advance(20_000);
    assert.deepEqual(bench.receivedBy(X), ["ping", "ping"]);

    bench.send(X, "reg x");
    bench.advance(10_000);

    assert.ok(!bench.events.some(({ kind }) => kind === "vanished"));
  });

  it("goes on handing over saved messages when it starts again", () => {
    const store = new MemoryStore();
    const before = new ServerBench(store);
    before.register("x", X);
    before.register("y", Y);
    before.send(Y, "dereg y");
    before.quiet();
    before.send(X, "send y hello");
    before.send(Y, "reg y");
    assert.ok(before.receivedBy(Y).includes("[You have messages.]\n"));

    const bench = new ServerBench(store);
    bench.quiet();
    bench.send(Y, "ack");

    assert.deepEqual(bench.receivedBy(Y).slice(0, 2), ["1", "x: Thu Mar  2 18:45:24 2017  hello"]);
  });

  it("sleeps when nobody is online", () => {
    const bench = new ServerBench();
    bench.register("x", X);
    bench.send(X, "dereg x");
    bench.quiet();

    bench.advance(3_600_000);

    assert.deepEqual(bench.receivedBy(X), []);
  });
});
