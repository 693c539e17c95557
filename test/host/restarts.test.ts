import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Restarts } from "../../src/host/restarts.ts";

const POLICY = { backoffMs: 100, backoffMsMax: 300, minUptimeMs: 1_000, maxUnstable: 4 };

describe("restarts", () => {
  it("wait longer each time, up to a bound, and end", () => {
    const { crash } = start();

    assert.deepEqual([crash(10), crash(10), crash(10), crash(10)], [100, 200, 300, undefined]);
  });

  it("begin anew after a life that was long enough", () => {
    const { crash } = start();

    assert.deepEqual([crash(10), crash(999), crash(1_000), crash(10)], [100, 200, 100, 200]);
  });

  it("take no time that was wasted for a sound life", () => {
    const { crash } = start();

    assert.deepEqual([crash(60_500, 60_000), crash(60_999, 60_000), crash(61_000, 60_000)], [100, 200, 100]);
  });
});

function start() {
  let nowMs = 0;
  const clock = { nowMs: () => nowMs };
  const restarts = new Restarts(POLICY, { clock, random: { next: () => 1 } });
  return {
    /** The next wait, after a life of this length. */
    crash(livedMs: number, excessMs?: number) {
      restarts.started();
      nowMs += livedMs;
      return restarts.crashed(excessMs);
    },
  };
}
