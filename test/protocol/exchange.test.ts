import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Exchange } from "../../src/protocol/exchange.ts";

/** Wakes the exchange at each of its deadlines and notes when it transmits. */
function transmissionsOf(exchange: Exchange, untilMs: number): number[] {
  const sentMs: number[] = [];
  let nowMs = 0;
  while (nowMs <= untilMs) {
    if (exchange.pollTransmit(nowMs)) sentMs.push(nowMs);
    const deadlineMs = exchange.pollTimeout();
    if (deadlineMs === undefined) break;
    nowMs = deadlineMs;
    exchange.handleTimeout(nowMs);
  }
  return sentMs;
}

describe("the reliable exchange", () => {
  it("transmits at equal waits and gives up after the last", () => {
    const exchange = new Exchange({ firstWaitMs: 500, backoff: 1, attemptsMax: 6 }, 0);

    assert.deepEqual(transmissionsOf(exchange, 10_000), [0, 500, 1_000, 1_500, 2_000, 2_500]);

    assert.equal(exchange.expired, true);
    assert.equal(exchange.attempts, 6);
  });

  it("doubles its waits when told to", () => {
    const exchange = new Exchange({ firstWaitMs: 100, backoff: 2, attemptsMax: 4 }, 0);

    assert.deepEqual(transmissionsOf(exchange, 10_000), [0, 100, 300, 700]);
  });

  it("stops at the answer and tells the round trip of the latest transmission", () => {
    const exchange = new Exchange({ firstWaitMs: 500, backoff: 1, attemptsMax: 6 }, 0);
    exchange.pollTransmit(0);
    exchange.handleTimeout(500);
    exchange.pollTransmit(500);

    assert.equal(exchange.handleReply(520), 20);

    exchange.handleTimeout(60_000);
    assert.equal(exchange.pollTransmit(60_000), false);
    assert.equal(exchange.pollTimeout(), undefined);
    assert.equal(exchange.expired, false);
  });

  it("takes no answer twice, nor after it gave up", () => {
    const answered = new Exchange({ firstWaitMs: 1, backoff: 1, attemptsMax: 1 }, 0);
    answered.pollTransmit(0);
    answered.handleReply(1);
    const expired = new Exchange({ firstWaitMs: 1, backoff: 1, attemptsMax: 1 }, 0);
    expired.pollTransmit(0);
    expired.handleTimeout(1);

    assert.equal(answered.handleReply(2), undefined);
    assert.equal(expired.handleReply(2), undefined);
    assert.equal(expired.expired, true);
  });

  it("does nothing when woken early or asked twice", () => {
    const exchange = new Exchange({ firstWaitMs: 500, backoff: 1, attemptsMax: 2 }, 0);

    assert.equal(exchange.pollTransmit(0), true);
    assert.equal(exchange.pollTransmit(0), false);
    exchange.handleTimeout(499);
    assert.equal(exchange.pollTransmit(499), false);
    exchange.handleTimeout(500);
    exchange.handleTimeout(500);
    assert.equal(exchange.pollTransmit(500), true);
    assert.equal(exchange.attempts, 2);
  });
});
