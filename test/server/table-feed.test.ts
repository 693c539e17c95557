import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryStore } from "../../src/store/memory-store.ts";
import { at, ServerBench } from "../support/server-bench.ts";

const WELCOME = ">>> [Welcome, You are registered.]\n>>>";

function crowd(count: number): { bench: ServerBench; addresses: ReturnType<typeof at>[] } {
  const bench = new ServerBench();
  const addresses = Array.from({ length: count }, (_, n) => at(5_000 + n));
  bench.turn(addresses.map((address, n) => [address, `reg c${n}`]));
  return { bench, addresses };
}

describe("the table of many", () => {
  it("reaches 50 that registered in the same instant, whole, each once", () => {
    const { bench, addresses } = crowd(50);

    bench.advance(1_000);

    for (const [n, address] of addresses.entries()) {
      const [welcome, count, ...fields] = bench.receivedBy(address);
      assert.deepEqual([welcome, count], [WELCOME, "49"]);
      const nicks = fields.filter((_, index) => index % 4 === 0);
      assert.deepEqual(
        nicks.toSorted(),
        Array.from({ length: 50 }, (_, m) => `c${m}`)
          .toSpliced(n, 1)
          .toSorted(),
      );
    }
  });

  it("goes out in portions that a receive buffer survives", () => {
    const { bench, addresses } = crowd(200);
    const address = addresses[150] ?? at(0);
    const portions: number[] = [];

    for (let ms = 0; ms < 5_000; ms += 1) {
      bench.advance(1);
      const { length } = bench.receivedBy(address);
      if (length > 0) portions.push(length);
    }

    assert.equal(
      portions.reduce((sum, n) => sum + n, 0),
      1 + 1 + 199 * 4,
    );
    assert.ok(Math.max(...portions) <= 129, String(portions));
  });

  it("lets nothing wait: a newcomer among 200 has his answer and his table before the others have theirs", () => {
    const { bench, addresses } = crowd(200);
    const newcomer = at(9_999);
    bench.advance(5_000);
    bench.send(addresses[0] ?? at(0), "dereg c0");

    bench.send(newcomer, "reg newcomer");
    assert.equal(bench.receivedBy(newcomer)[0], WELCOME);
    bench.advance(150);

    assert.equal(bench.receivedBy(newcomer).length, 1 + 200 * 4);
    assert.ok(addresses.slice(190).every((address) => bench.receivedBy(address).length < 800 + 797));
  });

  it("is never broken into by a ping", () => {
    const { bench, addresses } = crowd(200);
    const [first = at(0), second = at(0)] = addresses;
    bench.advance(1);
    bench.receivedBy(first);

    bench.send(second, "send c0 hello");
    bench.advance(4_900);

    const received = bench.receivedBy(first);
    const ping = received.indexOf("ping");
    assert.ok(ping >= 0);
    const table = received.slice(0, ping);
    assert.ok(
      table.length === 0 || ["yes", "no"].includes(table.at(-1) ?? ""),
      JSON.stringify(table.slice(-3)),
    );
  });

  it("is bounded: the server is full, and says so", () => {
    const bench = new ServerBench(undefined, { limits: { nicksMax: 2 } });
    bench.register("x", at(1));
    bench.register("y", at(2));

    bench.send(at(3), "reg z");

    assert.deepEqual(bench.receivedBy(at(3)), [">>> [The server is full.]\n>>> "]);
    assert.ok(bench.events.some((event) => event.kind === "refused" && event.reason === "SERVER_FULL"));
  });

  it("makes room by forgetting who is away longest with nothing kept for him", () => {
    const store = new MemoryStore();
    const bench = new ServerBench(store, { limits: { nicksMax: 3 } });
    for (const [n, nick] of ["x", "y", "z"].entries()) bench.register(nick, at(n + 1));
    bench.send(at(1), "dereg x");
    bench.advance(1_000);
    bench.send(at(2), "dereg y");
    bench.send(at(3), "send x hello");
    bench.quiet();

    bench.send(at(4), "reg new");

    assert.equal(bench.receivedBy(at(4))[0], WELCOME);
    assert.deepEqual(
      store.clients().map(({ nick }) => nick),
      ["x", "z", "new"],
    );
  });
});
