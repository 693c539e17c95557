import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { interpreterFor } from "../../src/scenario/foreign/interpret.ts";
import { EndlessMatch, timed, timedExec } from "../../src/scenario/timed-match.ts";
import { genericDriver } from "../support/screened.ts";

const ENDLESS = `${"a".repeat(40)}b`;

describe("a regular expression on a text", () => {
  it("finds what it would find without a watch, again and again", () => {
    const cases: readonly (readonly [RegExp, string])[] = [
      [/^room (?<room>\d+)$/u, "room 12"],
      [/(?<who>\w+) (?:says|said): (?<what>.*)/u, "ann said: hi"],
      [/^(a+)+$/u, "aaaa"],
      [/^(a+)+$/u, "b"],
      [/^$/u, ""],
    ];
    for (const [pattern, text] of cases) {
      for (const _ of [1, 2]) assert.deepEqual(timedExec(pattern, text), pattern.exec(text), `${pattern}`);
    }
  });

  it("that has no end is ended, named, and not tried again", () => {
    const pattern = /^(a+)+$/u;

    assert.throws(() => timedExec(pattern, ENDLESS), { name: "EndlessMatch", message: /\/\^\(a\+\)\+\$\/u/ });
    const beganMs = performance.now();
    assert.throws(() => timedExec(pattern, ENDLESS), EndlessMatch);
    assert.ok(performance.now() - beganMs < 500);
  });

  for (const when of ["before", "after"]) {
    it(`is not blamed for what others take of a busy machine ${when} it is looked for`, () => {
      let calls = 0;
      // As if others had the processor for a while.
      const beHeldUp = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);

      const found = timed((exec) => {
        calls += 1;
        if (calls === 1 && when === "before") beHeldUp();
        const match = exec(/a+b/u, "aab");
        if (calls === 1 && when === "after") beHeldUp();
        return match;
      }, 20);

      assert.equal(found?.[0], "aab");
      assert.equal(calls, 2);
    });
  }

  it("passes on what else goes wrong while it is looked for", () => {
    assert.throws(() => timed(() => JSON.parse("{")), SyntaxError);
  });
});

describe("a driver's regular expression that has no end", () => {
  it("is told, and its line means nothing", () => {
    const told: EndlessMatch[] = [];
    const driver = genericDriver();

    const shows = { ...driver.shows, registered: ["^(a+)+$"] };
    const parts = interpreterFor({ ...driver, shows }, ["x"], (reason) => told.push(reason)).interpret(
      ENDLESS,
    );

    assert.deepEqual(parts, [{ line: ENDLESS, shown: undefined }]);
    assert.match(told[0]?.message ?? "", /\^\(a\+\)\+\$/);
  });
});
