import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DurableTimers } from "../../src/host/durable-timers.ts";
import { VirtualClock } from "../../src/net/sim/virtual-clock.ts";

function stage() {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const timers = new DurableTimers(clock, ({ id }) => fired.push(id));
  const dateMs = clock.dateMs();
  const timer = (id: string, inMs: number) => ({ id, dueMs: dateMs + inMs, data: "null" });
  return {
    fired,
    timers,
    timer,
    advance(ms: number) {
      const endMs = clock.nowMs() + ms;
      // Wakes at each time that something is due.
      for (let nowMs = clock.nowMs() + 10; nowMs <= endMs; nowMs += 10) {
        clock.advanceTo(nowMs);
        while (clock.callNext()) {}
      }
    },
  };
}

describe("durable timers", () => {
  it("fire in the order in which they are due; what is set again or cleared does not", () => {
    const { timers, timer, advance, fired } = stage();
    timers.start([timer("late", 300), timer("early", 100), timer("moved", 150), timer("gone", 200)]);
    timers.apply([
      { kind: "timer", timer: timer("moved", 400) },
      { kind: "timer-clear", id: "gone" },
    ]);

    advance(250);
    assert.deepEqual(fired, ["early"]);
    timers.apply([{ kind: "timer", timer: timer("sooner", 260) }]);
    advance(250);

    assert.deepEqual(fired, ["early", "sooner", "late", "moved"]);
  });

  it("fire at the pace of messages where very many are due together, and all of them in the end", () => {
    const { timers, timer, advance, fired } = stage();
    timers.start(Array.from({ length: 3_000 }, (_, i) => timer(`${i}`, 100)));

    advance(110);
    assert.equal(fired.length, 1_000);
    advance(1_000);
    const afterOneSecond = fired.length;
    advance(4_000);

    assert.ok(afterOneSecond >= 1_450 && afterOneSecond <= 1_550, `${afterOneSecond}`);
    assert.deepEqual(
      fired,
      Array.from({ length: 3_000 }, (_, i) => `${i}`),
    );
  });
});
