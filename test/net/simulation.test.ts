import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SIMULATED_LATENCY_MS, Simulation, SimulationError } from "../../src/net/sim/simulation.ts";
import type { TraceEntry } from "../../src/net/trace.ts";
import { listen, passed } from "../support/listener.ts";

/** A lossy exchange whose course depends on every die: each answers what it hears, at a time of its own choosing. */
async function exchange(
  seed: number,
  lossOfOthers = 0,
): Promise<{ sim: Simulation; trace: readonly TraceEntry[] }> {
  const trace: TraceEntry[] = [];
  const sim = new Simulation({ seed, onTrace: (entry) => trace.push(entry) });
  sim.faults.apply({
    kind: "faults",
    faults: [
      { link: { from: "*", to: "*" }, loss: 0.1, duplicate: 0.1, reorder: 0.1, delayMs: { min: 1, max: 30 } },
      { link: { from: "other", to: "*" }, loss: lossOfOthers },
    ],
  });
  await sim.run(async () => {
    const names = ["a", "b", "other"];
    const listeners = await Promise.all(names.map((name) => listen(sim.world(name))));
    for (const [i, name] of names.entries()) {
      const { clock, random } = sim.world(name);
      const next = listeners[(i + 1) % names.length];
      const talk = (): void => {
        if (next !== undefined) listeners[i]?.say(next.address, `${random.next()}`);
        if (clock.nowMs() < 2_000) clock.schedule(random.next() * 20, talk);
      };
      talk();
    }
    await passed(sim.world("a"), 3_000);
  });
  return { sim, trace };
}

describe("simulation", () => {
  it("replays exactly from its seed, and runs otherwise from another", async () => {
    const runs = await Promise.all([exchange(7), exchange(7), exchange(8)]);
    const [first, again, other] = runs.map(({ sim }) => sim.traceHash);

    assert.match(first ?? "", /^[0-9a-f]{16}$/);
    assert.equal(again, first);
    assert.notEqual(other, first);
    assert.deepEqual(runs[0]?.trace, runs[1]?.trace);
    assert.ok((runs[0]?.trace.length ?? 0) > 500);
  });

  it("does not change the fates of one link for what befalls another", async () => {
    const fromA = async (loss: number) =>
      (await exchange(7, loss)).trace.filter(({ from, to }) => from.label === "a" && to.label === "b");

    assert.deepEqual(await fromA(0), await fromA(1));
  });

  it("gives everybody a civil clock of his own, which can be set while time passes for all alike", async () => {
    const sim = new Simulation();
    await sim.run(async () => {
      const [a, b] = [sim.world("a").clock, sim.world("b").clock];
      const beganMs = b.dateMs();

      sim.jumpDate("a", -5_000);
      await passed(sim.world("a"), 1_000);

      assert.deepEqual([a.dateMs() - beganMs, b.dateMs() - beganMs], [-4_000, 1_000]);
      assert.deepEqual([a.nowMs(), b.nowMs()], [1_000, 1_000]);
    });
  });

  it("takes a latency of its own where no rule sets any", async () => {
    const sim = new Simulation();
    await sim.run(async () => {
      const a = await listen(sim.world("a"));

      a.say(a.address, "hi");
      await a.until(() => a.texts.length === 1);
    });

    assert.equal(sim.world("a").clock.nowMs(), SIMULATED_LATENCY_MS);
  });

  it("hands over all that is due at one instant as one batch", async () => {
    const sim = new Simulation();
    await sim.run(async () => {
      const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => listen(sim.world(name))));
      assert.ok(a !== undefined && b !== undefined && c !== undefined);

      a.say(c.address, "1");
      b.say(c.address, "2");
      b.say(a.address, "3");
      a.say(c.address, "4");
      await passed(sim.world("a"), 5);

      assert.deepEqual(c.texts, ["1", "2", "4"]);
      assert.equal(c.batches.length, 1);
      assert.equal(a.batches.length, 1);
    });
  });

  it("delivers before it calls a timer of the same instant, and lets what follows happen in between", async () => {
    const sim = new Simulation();
    const course: string[] = [];
    await sim.run(async () => {
      const { clock } = sim.world("a");
      clock.schedule(SIMULATED_LATENCY_MS, () => course.push("timer"));
      clock.schedule(SIMULATED_LATENCY_MS, () => course.push("second timer"));
      const a = await listen(sim.world("a"), {
        onDatagrams: () => {
          course.push("datagram");
          setImmediate(() => course.push("what follows from it"));
        },
      });

      a.say(a.address, "hi");
      await passed(sim.world("a"), 5);
    });

    assert.deepEqual(course, ["datagram", "what follows from it", "timer", "second timer"]);
  });

  it("gives out the same ports in every run, from the dynamic range", async () => {
    const ports = async () => {
      const sim = new Simulation();
      const all = await Promise.all(["a", "b"].map((name) => listen(sim.world(name))));
      return all.map(({ address }) => address.port);
    };

    assert.deepEqual(await ports(), [49_152, 49_153]);
    assert.deepEqual(await ports(), [49_152, 49_153]);
  });

  it("gives each world dice of its own, which go on when the world is asked for again", () => {
    const draw = (sim: Simulation, name: string) => sim.world(name).random.next();
    const sim = new Simulation({ seed: 1 });
    const twin = new Simulation({ seed: 1 });

    const [first, second, other] = [draw(sim, "a"), draw(sim, "a"), draw(sim, "b")];
    const twins = [draw(twin, "b"), draw(twin, "a"), draw(twin, "a")];

    assert.equal(new Set([first, second, other]).size, 3);
    assert.deepEqual(twins, [other, first, second]);
  });

  it("starts on a fixed date, in UTC", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");

    await sim.run(passed(sim.world("a"), 1_500));

    assert.equal(new Date(clock.dateMs()).toISOString(), "2026-01-01T00:00:01.500Z");
    assert.equal(clock.utcOffsetMs(), 0);
  });

  it("moves by eighths of a millisecond, so that times add up exactly", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");
    const times: number[] = [];
    await sim.run(async () => {
      for (const delayMs of [0.1, 0.3, 1 / 3, 0.125, 1e-9, 7.77]) {
        await passed(sim.world("a"), delayMs);
        times.push(clock.nowMs());
      }
    });

    assert.deepEqual(times, [0.125, 0.5, 0.875, 1, 1.125, 9]);
  });

  it("lets an hour pass in no time", async () => {
    const sim = new Simulation();
    const startMs = performance.now();

    await sim.run(passed(sim.world("a"), 3_600_000));

    assert.equal(sim.world("a").clock.nowMs(), 3_600_000);
    assert.ok(performance.now() - startMs < 100);
  });

  it("counts the timers that are pending", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");

    const timers = [10, 20, 30].map((delayMs) => clock.schedule(delayMs, () => {}));
    const scheduled = sim.pendingTimers;
    timers[0]?.cancel();
    const cancelled = sim.pendingTimers;
    await sim.run(passed(sim.world("a"), 25));

    assert.deepEqual([scheduled, cancelled, sim.pendingTimers], [3, 2, 1]);
  });

  it("stands still while the clock is held", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");
    const course: string[] = [];
    await sim.run(async () => {
      clock.schedule(10, () => course.push(`timer at ${clock.nowMs()}`));

      const release = [clock.hold(), clock.hold()];
      await turns(20);
      course.push(`computed at ${clock.nowMs()}`);
      release[0]?.();
      release[0]?.();
      await turns(20);
      course.push(`computed at ${clock.nowMs()}`);
      release[1]?.();
      await passed(sim.world("a"), 10);
    });

    assert.deepEqual(course, ["computed at 0", "computed at 0", "timer at 10"]);
  });

  it("says so when the run waits and nothing is left that could happen", async () => {
    const sim = new Simulation();

    const run = sim.run(() => new Promise(() => {}));

    await assert.rejects(run, (error) => {
      assert.ok(error instanceof SimulationError);
      assert.equal(error.code, "DEADLOCK");
      assert.match(error.message, /at 0 ms .* no timer is scheduled .* must hold the clock/);
      return true;
    });
  });

  it("ends a run that does not end", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");
    const again = (): void => {
      clock.schedule(100, again);
    };
    again();

    const run = sim.run(() => new Promise(() => {}), { maxMs: 5_000 });

    await assert.rejects(run, { name: "SimulationError", code: "TIME_LIMIT" });
    assert.equal(clock.nowMs(), 5_000);
  });

  it("fails as the run fails, with a timer's error too, and can run again", async () => {
    const sim = new Simulation();
    const { clock } = sim.world("a");
    const broken = new Error("broken");

    await assert.rejects(
      sim.run(async () => {
        throw broken;
      }),
      broken,
    );
    clock.schedule(10, () => {
      throw broken;
    });
    await assert.rejects(sim.run(passed(sim.world("a"), 20)), broken);
    await sim.run(passed(sim.world("a"), 20));

    assert.equal(clock.nowMs(), 30);
  });

  it("refuses to run twice at once", async () => {
    const sim = new Simulation();
    const first = sim.run(passed(sim.world("a"), 10));

    await assert.rejects(sim.run(passed(sim.world("a"), 10)), TypeError);
    await first;
  });

  it("notes a datagram that reaches nobody", async () => {
    const trace: TraceEntry[] = [];
    const sim = new Simulation({ onTrace: (entry) => trace.push(entry) });
    await sim.run(async () => {
      const a = await listen(sim.world("a"));

      a.say({ host: "127.0.0.1", port: 9 }, "anybody?");
      await passed(sim.world("a"), 5);
    });

    assert.deepEqual(
      trace.map(({ atMs, kind, to }) => [atMs, kind, to.label]),
      [
        [0, "sent", "127.0.0.1:9"],
        [SIMULATED_LATENCY_MS, "unreachable", "127.0.0.1:9"],
      ],
    );
  });
});

/** So many turns of the real event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
