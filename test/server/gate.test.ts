import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Gate, isPrivate, type V1Policy } from "../../src/server/gate.ts";
import { DEFAULT_LIMITS } from "../../src/server/limits.ts";
import { at, ServerBench } from "../support/server-bench.ts";

describe("private addresses", () => {
  const cases: readonly [string, boolean][] = [
    ["127.0.0.1", true],
    ["127.255.255.254", true],
    ["10.1.2.3", true],
    ["172.15.255.255", false],
    ["172.16.0.1", true],
    ["172.31.255.255", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["192.169.1.1", false],
    ["169.254.1.1", true],
    ["8.8.8.8", false],
    ["1.127.0.0", false],
    ["::1", true],
    ["fe80::1", true],
    ["fd12:3456::1", true],
    ["2001:db8::1", false],
    ["::ffff:10.0.0.1", true],
    ["::ffff:8.8.8.8", false],
  ];
  for (const [host, expected] of cases) {
    it(`${host}: ${expected}`, () => {
      assert.equal(isPrivate(host), expected);
    });
  }
});

describe("who is served in v1", () => {
  const PUBLIC = { host: "203.0.113.7", port: 2_000 };
  const cases: readonly [V1Policy, boolean, boolean][] = [
    ["always", true, true],
    ["private", true, false],
    ["never", false, false],
  ];
  for (const [policy, near, far] of cases) {
    it(`${policy}: loopback ${near}, the public network ${far}`, () => {
      const bench = new ServerBench(undefined, { v1: policy });

      bench.send(at(2_000), "reg near");
      bench.send(PUBLIC, "reg far");

      assert.equal(bench.receivedBy(at(2_000)).length > 0, near);
      assert.equal(bench.receivedBy(PUBLIC).length > 0, far);
    });
  }
});

const STRANGER = { isClient: false, sizeBytes: 100 };
const CLIENT = { isClient: true, sizeBytes: 100 };

describe("the rate of datagrams", () => {
  it("is bounded for a stranger, who is heard again when he slows down", () => {
    const gate = new Gate("always", { ...DEFAULT_LIMITS, strangerRatePerSecond: 10 });
    const heard = (nowMs: number) => gate.admits(at(1), STRANGER, nowMs);

    assert.equal(Array.from({ length: 30 }, () => heard(0)).filter(Boolean).length, 10);
    assert.equal(heard(99), false);
    assert.equal(heard(100), true);
    assert.equal(heard(100), false);
  });

  it("is one's own: others are not held up", () => {
    const gate = new Gate("always", { ...DEFAULT_LIMITS, strangerRatePerSecond: 1 });
    gate.admits(at(1), STRANGER, 0);

    assert.equal(gate.admits(at(1), STRANGER, 0), false);
    assert.equal(gate.admits(at(2), STRANGER, 0), true);
  });

  it("is large for who has registered, at once", () => {
    const gate = new Gate("always", {
      ...DEFAULT_LIMITS,
      strangerRatePerSecond: 1,
      clientRatePerSecond: 100,
    });
    gate.admits(at(1), STRANGER, 0);
    gate.admits(at(1), STRANGER, 0);

    const heard = Array.from({ length: 200 }, () => gate.admits(at(1), CLIENT, 0)).filter(Boolean);

    assert.equal(heard.length, 100);
  });

  it("of a flood leaves no trace in memory beyond the bound", () => {
    const gate = new Gate("always", { ...DEFAULT_LIMITS, strangerRatePerSecond: 1, addressesMax: 3 });
    for (let port = 1; port <= 1_000; port += 1) gate.admits(at(port), STRANGER, 0);

    // The three last are remembered as spent; the first was forgotten, so it has a new bucket.
    assert.equal(gate.admits(at(1_000), STRANGER, 0), false);
    assert.equal(gate.admits(at(1), STRANGER, 0), true);
  });

  it("limits a stranger's requests at the server, and counts what was dropped", () => {
    const bench = new ServerBench(undefined, { limits: { strangerRatePerSecond: 5 } });

    bench.turn(Array.from({ length: 50 }, () => [at(1), "dereg x"] as const));

    assert.equal(bench.receivedBy(at(1)).length, 5);
    assert.equal(
      bench.events.filter((event) => event.kind === "dropped" && event.reason === "RATE_LIMITED").length,
      45,
    );
  });
});
