import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { generate } from "./worlds/generate.ts";
import { play } from "./worlds/play.ts";

const SOAK = fileURLToPath(new URL("./soak.ts", import.meta.url));
const SEEDS = 120;

describe("random worlds", () => {
  it("keep the standing invariants, whatever befalls them", async () => {
    const broken: string[] = [];
    const faults = new Map<string, number>();

    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { breaches, figures } = await play(generate(seed));
      broken.push(...breaches.map(({ rule, found }) => `seed ${seed}: ${rule}: ${found.join("; ")}`));
      for (const [kind, count] of Object.entries(figures.faults))
        faults.set(kind, (faults.get(kind) ?? 0) + count);
    }

    assert.deepEqual(broken, []);
    // A world in which nothing goes wrong proves nothing.
    for (const [kind, count] of faults) assert.ok(count >= 10, `only ${count} times: ${kind}`);
  });

  it("are the same again from their seed", async () => {
    const [first, again, other] = [await play(generate(7)), await play(generate(7)), await play(generate(8))];

    assert.equal(first.traceHash, again.traceHash);
    assert.notEqual(first.traceHash, other.traceHash);
  });
});

describe("npm run soak", () => {
  const soak = (...args: string[]) =>
    spawnSync(process.execPath, ["--conditions=source", SOAK, ...args], {
      encoding: "utf8",
      timeout: 30_000,
    });

  it("sums up for programs what it ran", () => {
    const { stdout, status } = soak("--seeds", "1..6", "--json");

    const totals = JSON.parse(stdout);
    assert.equal(totals.seeds, 6);
    assert.deepEqual(totals.violations, []);
    assert.ok(totals.virtualHours > 0.05);
    assert.equal(status, 0);
  });

  it("says what is wrong with its arguments", () => {
    const { stderr, status } = soak("--seeds", "9..3");

    assert.match(stderr, /^error: --seeds 9\.\.3 is empty/);
    assert.equal(status, 3);
  });
});
