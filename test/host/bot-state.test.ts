import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryBotState, StateQuotaError } from "../../src/host/bot-state.ts";

const put = (key: string, json: string) => ({ kind: "put", key, json }) as const;
const timer = (id: string, dueMs: number) => ({ kind: "timer", timer: { id, dueMs, data: "null" } }) as const;

describe("what a bot keeps in memory", () => {
  it("is given back as it was committed, the last change of a key", () => {
    const state = new MemoryBotState();

    state.commit([put("a", "1"), put("b", "2"), { kind: "delete", key: "a" }, put("b", "3")], []);
    state.commit([timer("x", 5), timer("y", 6), { kind: "timer-clear", id: "x" }], []);

    assert.deepEqual(state.recall(), {
      entries: [["b", "3"]],
      timers: [{ id: "y", dueMs: 6, data: "null" }],
    });
  });

  it("forgets a timer with the delivery that it became, unless it was set anew", () => {
    const state = new MemoryBotState();
    state.commit([timer("once", 1), timer("again", 1), timer("kept", 1)], []);

    for (const id of ["once", "again", "kept"]) state.timerFired(id, `${id}-1`);
    state.commit([], ["once-1"]);
    state.commit([timer("again", 2)], ["again-1", "unknown"]);

    assert.deepEqual(
      state
        .recall()
        .timers.map(({ id, dueMs }) => [id, dueMs])
        .sort(),
      [
        ["again", 2],
        ["kept", 1],
      ],
    );
  });

  it("refuses the whole of a commit that is too much, and takes what makes room", () => {
    const state = new MemoryBotState(10);
    state.commit([put("a", "12345678")], []);

    assert.throws(() => state.commit([{ kind: "delete", key: "z" }, put("b", "123")], []), StateQuotaError);
    assert.deepEqual(state.recall().entries, [["a", "12345678"]]);
    state.commit([{ kind: "delete", key: "a" }, put("b", "123")], []);

    assert.deepEqual(state.recall().entries, [["b", "123"]]);
  });
});
