import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../src/net/seeded-random.ts";

const draw = (random: SeededRandom, count: number) => Array.from({ length: count }, () => random.next());

describe("seeded randomness", () => {
  it("is the same for ever, so that a seed noted down today still replays", () => {
    const random = new SeededRandom(7, "alice");

    assert.deepEqual([...random.bytes(8)], [222, 97, 146, 58, 161, 135, 58, 62]);
  });

  it("tells its parts apart", () => {
    const streams = [
      new SeededRandom(1),
      new SeededRandom(2),
      new SeededRandom(1, "23"),
      new SeededRandom(12, "3"),
      new SeededRandom("1", "2", "3"),
    ].map((random) => draw(random, 2).join());

    assert.equal(new Set(streams).size, streams.length);
  });

  it("is even over [0, 1), also as the first number of close seeds", () => {
    const streams = {
      "one stream": draw(new SeededRandom(1), 10_000),
      "first numbers": Array.from({ length: 10_000 }, (_, seed) => new SeededRandom(1, "a->b", seed).next()),
    };

    for (const [name, numbers] of Object.entries(streams)) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (const number of numbers) {
        assert.ok(number >= 0 && number < 1);
        const tenth = Math.floor(number * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // Chi-square with 9 degrees of freedom: above 33.7 once in 10,000.
      const chiSquare = tenths.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
      assert.ok(chiSquare < 33.7, `${name}: ${chiSquare}`);
    }
  });
});
