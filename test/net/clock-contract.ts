import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { passed } from "../support/listener.ts";
import type { Ground } from "./network-contract.ts";

/** What every implementation of `Clock` keeps to. */
export function clockContract(name: string, newGround: () => Ground): void {
  const test = (title: string, body: (ground: Ground) => Promise<void>): void => {
    it(title, async () => {
      const ground = newGround();
      await ground.run(() => body(ground));
    });
  };

  describe(`clock contract: ${name}`, () => {
    test("calls in the order of the deadlines, and of scheduling where they are the same", async (ground) => {
      const world = ground.world("a");
      const { clock } = world;
      const calls: string[] = [];

      clock.schedule(30, () => calls.push("late"));
      clock.schedule(10, () => calls.push("early"));
      clock.schedule(20, () => calls.push("middle, first"));
      clock.schedule(20, () => calls.push("middle, second"));
      await passed(world, 40);

      assert.deepEqual(calls, ["early", "middle, first", "middle, second", "late"]);
    });

    test("lets none that waits as long overtake one that was scheduled before it", async (ground) => {
      const { clock } = ground.world("a");
      const numbers = Array.from({ length: 2_000 }, (_, i) => i);

      const calls = await new Promise<readonly number[]>((resolve) => {
        const made: number[] = [];
        for (const number of numbers) {
          clock.schedule(5, () => {
            made.push(number);
            if (made.length === numbers.length) resolve(made);
          });
        }
      });

      assert.deepEqual(calls, numbers);
    });

    test("never calls early", async (ground) => {
      const { clock } = ground.world("a");

      const early = await Promise.all(
        Array.from({ length: 50 }, (_, i) => {
          const dueMs = clock.nowMs() + i / 3;
          return new Promise<number>((resolve) => {
            clock.schedule(i / 3, () => resolve(Math.max(0, dueMs - clock.nowMs())));
          });
        }),
      );

      assert.equal(Math.max(...early), 0);
    });

    test("calls what is due now, or was due before, soon but not at once", async (ground) => {
      const { clock } = ground.world("a");
      const calls: string[] = [];

      const both = Promise.all(
        [0, -1_000].map((delayMs) => {
          return new Promise<void>((resolve) => {
            clock.schedule(delayMs, () => {
              calls.push("called");
              resolve();
            });
          });
        }),
      );
      calls.push("scheduled");
      await both;

      assert.deepEqual(calls, ["scheduled", "called", "called"]);
    });

    test("does not call what was cancelled", async (ground) => {
      const world = ground.world("a");
      const calls: string[] = [];
      const ended = world.clock.schedule(1, () => calls.push("ended"));
      const cancelled = world.clock.schedule(10, () => calls.push("cancelled"));
      const cancelledInTime = world.clock.schedule(5, () => calls.push("cancelled by another"));
      world.clock.schedule(2, () => cancelledInTime.cancel());

      cancelled.cancel();
      cancelled.cancel();
      await passed(world, 20);
      ended.cancel();

      assert.deepEqual(calls, ["ended"]);
    });

    for (const delayMs of [Number.NaN, Number.POSITIVE_INFINITY]) {
      test(`calls a delay of ${delayMs} the caller's mistake`, async (ground) => {
        const { clock } = ground.world("a");

        assert.throws(() => clock.schedule(delayMs, () => {}), TypeError);
      });
    }

    test("counts on from nowMs, and knows the date", async (ground) => {
      const world = ground.world("a");
      const startMs = world.clock.nowMs();
      const startDateMs = world.clock.dateMs();

      await passed(world, 10);

      assert.ok(world.clock.nowMs() - startMs >= 10);
      assert.ok(world.clock.dateMs() - startDateMs >= 9);
      assert.ok(startDateMs > Date.UTC(2025, 0, 1));
    });

    test("may be held and let go, twice too", async (ground) => {
      const world = ground.world("a");

      const release = world.clock.hold();
      release();
      release();

      await passed(world, 1);
    });
  });
}
