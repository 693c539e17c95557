import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatCtime, parseCtime } from "../../src/protocol/v1/ctime.ts";

describe("ctime stamps", () => {
  it("pads the day with a blank", () => {
    assert.equal(formatCtime(Date.UTC(2017, 2, 2, 18, 45, 24)), "Thu Mar  2 18:45:24 2017");
  });

  it("agree with the platform's calendar, leap days and centuries included", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        const [weekday, day, month, year, time] = new Date(seconds * 1_000)
          .toUTCString()
          .replace(",", "")
          .split(" ");
        const expected = `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;

        assert.equal(formatCtime(seconds * 1_000), expected);
        assert.equal(parseCtime(expected), seconds * 1_000);
      }),
    );
  });

  for (const text of [
    "",
    "Thu Mar 2 18:45:24 2017",
    "Thu Foo  2 18:45:24 2017",
    "Thu Mar 32 18:45:24 2017",
    "Thu Mar  2 24:45:24 2017",
  ]) {
    it(`${JSON.stringify(text)} is none`, () => {
      assert.equal(parseCtime(text), undefined);
    });
  }
});
