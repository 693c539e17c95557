import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { letterLines } from "../../src/cli/host-output.ts";

const LETTER = {
  id: "bot-1",
  bot: "bot",
  kind: "message",
  state: "done",
  from: "alice",
  text: "hi\u001b[2J",
  sentAtMs: Date.UTC(2026, 0, 1),
  receivedAtMs: Date.UTC(2026, 0, 1),
  endedAtMs: Date.UTC(2026, 0, 1) + 5,
  attempts: 0,
  replies: [],
} as const;

describe("the way of a message", () => {
  it("tells one that a handler took from one that is for none of them", () => {
    const atMs = LETTER.receivedAtMs + 1;
    const handedOut = { atMs, text: "handed out" };

    const nobodys = letterLines({ ...LETTER, trace: [handedOut] });
    const handled = letterLines({ ...LETTER, trace: [handedOut, { atMs, text: "handled by hears /x/" }] });

    assert.deepEqual(nobodys.slice(3), [
      "  +1 ms  handed out",
      "  +5 ms  none of the bot's handlers is for it",
      "  it was answered with nothing",
    ]);
    assert.deepEqual(handled.slice(4, 6), ["  +1 ms  handled by hears /x/", "  +5 ms  its handler was done"]);
    assert.equal(nobodys[1], '  "hi\\u001b[2J"');
  });
});
