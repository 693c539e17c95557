import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LogRecord } from "../../src/host/log-record.ts";
import { LogRing } from "../../src/host/log-ring.ts";

describe("the log that a host keeps", () => {
  it("gives the newest lines of one bot or of all, in their order", () => {
    const ring = new LogRing();
    for (let i = 0; i < 10; i++) ring.add(line(i % 2 === 0 ? "even" : undefined, `${i}`));

    assert.deepEqual(texts(ring.recent(undefined, 3)), ["7", "8", "9"]);
    assert.deepEqual(texts(ring.recent("even", 2)), ["6", "8"]);
    assert.deepEqual(texts(ring.recent("even", 0)), []);
    assert.deepEqual(texts(ring.recent("odd", 5)), []);
  });

  it("forgets for a bot that writes without end that bot's lines alone", () => {
    const ring = new LogRing();
    ring.add(line("quiet", "kept"));
    for (let i = 0; i < 10_000; i++) ring.add(line("loud", `${i}`));

    const loud = ring.recent("loud", 1e6);

    assert.deepEqual(texts(ring.recent("quiet", 5)), ["kept"]);
    assert.deepEqual([loud.length, loud.at(-1)?.message], [2_000, "9999"]);
  });

  it("keeps fewer lines where they are long", () => {
    const ring = new LogRing();
    for (let i = 0; i < 1_000; i++) {
      ring.add({
        ...line("loud", "x".repeat(4_000)),
        fields: { stack: "y".repeat(4_000), list: ["z".repeat(2_000)] },
      });
    }

    const kept = ring.recent("loud", 1e6).length;

    assert.ok(kept > 20 && kept <= 26, `${kept}`);
  });
});

function line(bot: string | undefined, message: string): LogRecord {
  return { atMs: 0, level: "info", bot, kind: "log", message, fields: {} };
}

function texts(records: readonly LogRecord[]): string[] {
  return records.map(({ message }) => message);
}
