import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { hostCrashRounds } from "./host-crash-rounds.ts";

it("a host that is killed again and again handles all that it acknowledged, and answers once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-host-crash-"));
  try {
    const report = await hostCrashRounds({ rounds: 1, seed: 7, folder });

    assert.ok(report.acknowledged > 20, `only ${report.acknowledged} messages were acknowledged`);
    assert.deepEqual(report.unanswered, []);
    assert.deepEqual(report.shownTwice, []);
    assert.deepEqual([report.counted, report.sum], [report.answered, report.expectedSum]);
    assert.deepEqual([report.waiting, report.deadLetters], [0, 0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
