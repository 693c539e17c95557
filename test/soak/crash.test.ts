import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { crashRounds } from "./crash-rounds.ts";

it("a server that is killed again and again loses nothing it acknowledged, and shows nothing twice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "udpchat-crash-"));
  try {
    const report = await crashRounds({ rounds: 5, seed: 7, folder });

    assert.ok(report.acknowledged > 50, `only ${report.acknowledged} messages were acknowledged`);
    assert.deepEqual(report.lost, []);
    assert.ok(report.shown > 50, `only ${report.shown} messages were shown`);
    assert.deepEqual(report.shownTwice, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
