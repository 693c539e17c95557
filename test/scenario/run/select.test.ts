import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { type History, keyOf, readHistory, writeHistory } from "../../../src/scenario/run/history.ts";
import { balanceOf, selectScenarios } from "../../../src/scenario/run/select.ts";
import { failedRun, type Made, resultOf, runOf } from "../../support/runs.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

const NOTHING: History = { durationsMs: new Map<string, number>(), lastFailed: [] };
const PLAIN = scenarioOf(withSteps("  - register: alice"));

function named(name: string, tags: readonly string[] = []) {
  return { ...PLAIN, name, tags };
}

describe("selecting scenarios", () => {
  const all = [named("one", ["chaos"]), named("two", ["offline", "chaos"]), named("three")];
  const names = (selection: Parameters<typeof selectScenarios>[1], history = NOTHING) =>
    selectScenarios(all, selection, history).map(({ name }) => name);

  it("takes all when nothing is asked", () => {
    assert.deepEqual(names({}), ["one", "two", "three"]);
  });

  it("takes what matches the pattern, has one of the tags, and failed last", () => {
    const history = { ...NOTHING, lastFailed: [keyOf(named("three")), keyOf(named("one"))] };

    assert.deepEqual(names({ grep: /^t/ }), ["two", "three"]);
    assert.deepEqual(names({ tags: ["offline", "nothing has this"] }), ["two"]);
    assert.deepEqual(names({ lastFailed: true }, history), ["one", "three"]);
    assert.deepEqual(names({ lastFailed: true, grep: /^t/ }, history), ["three"]);
  });

  it("deals every scenario out to exactly one shard, and none much fuller than another", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        (durations, of) => {
          const scenarios = durations.map((_, index) => named(`scenario ${index}`));
          const durationsMs = new Map(scenarios.map((scenario, i) => [keyOf(scenario), durations[i] ?? 0]));
          const history = { durationsMs, lastFailed: [] };

          const parts = Array.from({ length: of }, (_, i) =>
            selectScenarios(scenarios, { shard: { index: i + 1, of } }, history),
          );

          const dealt = parts.flat().map(({ name }) => name);
          assert.deepEqual(dealt.sort(), scenarios.map(({ name }) => name).sort());
          const loads = parts.map((part) =>
            part.reduce((sum, one) => sum + (durationsMs.get(keyOf(one)) ?? 0), 0),
          );
          // What the greedy rule promises: the fullest was the emptiest before it got its last one.
          assert.ok(Math.max(...loads) - Math.min(...loads) <= Math.max(...durations), `${loads}`);
        },
      ),
    );
  });

  it("tells by what durations shards are balanced", () => {
    const durationsMs = new Map([[keyOf(named("one")), 100]]);
    const balance = balanceOf(all, { durationsMs, lastFailed: [] });

    assert.equal(balanceOf(all, NOTHING), "none");
    assert.match(balance, /^[0-9a-f]{4}$/);
    assert.notEqual(
      balanceOf(all, { durationsMs: new Map([[keyOf(named("one")), 101]]), lastFailed: [] }),
      balance,
    );
  });
});

describe("what earlier runs leave", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "udpchat-history-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const good: Made = { scenario: named("good"), tries: [[runOf("passed", { elapsedMs: 100 })]] };
  const bad: Made = { scenario: named("bad"), tries: [[failedRun({ place: PLAIN.place })]] };

  it("is nothing at first, and nothing when it cannot be understood", () => {
    assert.deepEqual(readHistory(join(folder, "nowhere")), NOTHING);
    for (const text of ["", "{}", "[1]", '{"version":2,"lastFailed":[],"durationsMs":{}}', "null"]) {
      writeFileSync(join(folder, "history.json"), text);

      assert.deepEqual(readHistory(folder), NOTHING);
    }
    rmSync(join(folder, "history.json"));
  });

  it("is what failed when it was last run, and how long each takes", () => {
    const inFolder = join(folder, "a/b");
    const bothBad = { ...good, tries: bad.tries };
    writeHistory(inFolder, resultOf([bothBad, bad]), { durations: true });

    writeHistory(inFolder, resultOf([good]), { durations: true });

    const { lastFailed, durationsMs } = readHistory(inFolder);
    assert.deepEqual(lastFailed, [keyOf(bad.scenario)]);
    assert.equal(durationsMs.get(keyOf(good.scenario)), 56);
    assert.equal(readFileSync(join(inFolder, ".gitignore"), "utf8"), "*\n");
  });

  it("is not changed in its durations by a shard, whose others would then deal otherwise", () => {
    const inFolder = join(folder, "shard");
    writeHistory(inFolder, resultOf([good]), { durations: true });

    writeHistory(inFolder, resultOf([{ ...good, tries: [[runOf("passed", { elapsedMs: 999 })]] }, bad]), {
      durations: false,
    });

    const { lastFailed, durationsMs } = readHistory(inFolder);
    assert.deepEqual([...durationsMs.values()], [100]);
    assert.deepEqual(lastFailed, [keyOf(bad.scenario)]);
  });
});
