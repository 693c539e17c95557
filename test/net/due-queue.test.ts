import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DueQueue } from "../../src/net/due-queue.ts";

describe("due queue", () => {
  it("gives back what was not removed, by time and then in the order it came", () => {
    const pushes = fc.array(fc.record({ dueMs: fc.nat(1_000), removed: fc.boolean() }), {
      minLength: 1,
      maxLength: 200,
      size: "max",
    });
    fc.assert(
      fc.property(pushes, (things) => {
        const queue = new DueQueue<number>();
        const entries = things.map(({ dueMs }, i) => queue.push(dueMs, i));
        for (const [i, entry] of entries.entries()) {
          if (things[i]?.removed) queue.remove(entry);
        }

        const sizeBefore = queue.size;
        const popped: number[] = [];
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) popped.push(next);

        const expected = [...things.entries()]
          .filter(([, { removed }]) => !removed)
          .sort(([, a], [, b]) => a.dueMs - b.dueMs)
          .map(([i]) => i);
        assert.equal(sizeBefore, expected.length);
        assert.deepEqual(popped, expected);
      }),
    );
  });

  it("keeps what is not due yet", () => {
    const queue = new DueQueue<string>();
    queue.push(10, "later");

    assert.equal(queue.pop(9), undefined);
    assert.equal(queue.nextDueMs, 10);
    assert.equal(queue.pop(10), "later");
    assert.equal(queue.nextDueMs, undefined);
  });

  it("forgets an entry once: removing it again takes nothing else", () => {
    const queue = new DueQueue<string>();
    const first = queue.push(1, "first");
    queue.push(2, "second");

    queue.pop();
    queue.remove(first);
    queue.remove(first);

    assert.equal(queue.pop(), "second");
  });
});
