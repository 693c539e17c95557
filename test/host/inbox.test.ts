import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Simulation } from "../../src/net/sim/simulation.ts";
import { HostBench } from "../support/host-bench.ts";

describe("an inbox", () => {
  it("hands out what is in the journal once there is a process, oldest first, and what comes then at once", () => {
    const bench = new HostBench();

    bench.say("1");
    bench.say("2");
    assert.deepEqual(bench.handed, []);
    bench.inbox.open();
    bench.say("3");

    assert.deepEqual(bench.handed, ["1", "2", "3"]);
    assert.equal(bench.journal.waitingCount, 3);
  });

  it("hands out again what was not finished when the process or the host died, and nothing else", () => {
    const bench = new HostBench();
    bench.inbox.open();
    for (const text of ["1", "2", "3"]) bench.say(text);
    bench.finish("2");

    bench.inbox.closed([bench.idOf("3")], "it died");
    bench.inbox.open();
    bench.newInbox().open();
    bench.finish("1");

    assert.deepEqual(bench.handed.slice(3), ["1", "1", "3 (2)"]);
  });

  it("gives up a delivery of which three processes died, and keeps it as a dead letter", () => {
    const bench = new HostBench();
    bench.say("poison");
    for (let i = 0; i < 3; i++) {
      bench.inbox.open();
      bench.inbox.closed([bench.idOf("poison")], "it hung");
    }
    bench.inbox.open();

    assert.deepEqual(bench.handed, ["poison", "poison (2)", "poison (3)"]);
    assert.deepEqual(bench.dead, ["poison"]);
    const [letter] = bench.journal.deadLetters();
    assert.match(JSON.stringify(letter?.trace), /attempt 1 failed: it hung.*attempt 3.*given up after 3/);
    assert.equal(bench.journal.waitingCount, 0);
  });

  it("hands out again alone what a process may have died of, so that no other is blamed the next time", () => {
    const bench = new HostBench();
    bench.inbox.open();
    for (const text of ["a", "poison", "b"]) bench.say(text);
    bench.inbox.closed(
      ["a", "poison", "b"].map((text) => bench.idOf(text)),
      "out of memory",
    );
    bench.handed.length = 0;

    bench.inbox.open();
    assert.deepEqual(bench.handed, ["a (2)"]);
    bench.finish("a");
    assert.deepEqual(bench.handed, ["a (2)", "poison (2)"]);
    bench.inbox.closed([bench.idOf("poison")], "out of memory");
    bench.inbox.open();
    bench.finish("poison");

    assert.deepEqual(bench.handed.slice(2), ["poison (3)", "b (2)"]);
    assert.deepEqual(bench.dead, []);
  });

  it("lets others follow when the one that is handled alone only waits for something", async () => {
    const simulation = new Simulation({ seed: 1 });
    const bench = new HostBench({ clock: simulation.world("bot").clock });
    await simulation.run(async () => {
      bench.newInbox().open();
      for (const text of ["asks", "b"]) bench.say(text);
      bench.inbox.closed([bench.idOf("asks")], "it died");
      bench.handed.length = 0;

      bench.inbox.open();
      assert.deepEqual(bench.handed, ["asks (2)"]);
      await new Promise<void>((resolve) => bench.clock.schedule(1_100, resolve));

      assert.deepEqual(bench.handed, ["asks (2)", "b"]);
    });
  });

  it("hands out a due timer once, also when its delivery was waiting when the host died", () => {
    const bench = new HostBench();
    const timer = { id: "wake", dueMs: 5, data: "{}" };
    bench.journal.finish([], [{ kind: "timer", timer }], 0);
    bench.inbox.open();
    bench.inbox.takeTimer(timer);

    const restarted = bench.newInbox();
    for (const due of bench.journal.timers()) restarted.takeTimer(due);
    restarted.open();

    assert.deepEqual(bench.handed, ["wake", "wake"]);
    bench.finish("wake");
    assert.deepEqual(bench.journal.timers(), []);
  });

  it("keeps back what is more than a process should have at once", () => {
    const bench = new HostBench();
    bench.inbox.open();

    for (let i = 0; i < 300; i++) bench.say(`${i}`);
    assert.equal(bench.handed.length, 256);
    bench.finish("7");

    assert.equal(bench.handed.at(-1), "256");
  });

  it("leaves out what one sender asks too much, tells him once, and serves the others", () => {
    const bench = new HostBench({ flood: { burst: 2, perSecond: 1 } });
    bench.inbox.open();

    for (let i = 0; i < 50; i++) bench.say(`a${i}`);
    bench.say("b", "bob");

    assert.deepEqual(bench.handed, ["a0", "a1", "b"]);
    assert.deepEqual(bench.floods, [["alice", 1, true]]);
  });

  it("does not take what would have to wait behind ten thousand", () => {
    const bench = new HostBench({ flood: { burst: 20_000, perSecond: 1 } });
    for (let i = 0; i < 10_000; i++) bench.say(`${i}`);

    assert.throws(() => bench.say("one more"), /10000 messages wait for bot/);
  });
});
