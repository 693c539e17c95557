import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Rows } from "../../../src/scenario/foreign/rows.ts";

/** All rows, the one under way last. */
function rowsOf(...portions: readonly string[]): string[] {
  const rows = new Rows();
  const ended = portions.flatMap((portion) => rows.feed(portion));
  return [...ended, rows.underWay];
}

describe("the rows of a screen", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["lines", "a\r\nb\nc", ["a", "b", "c"]],
    ["a line that is drawn over", "long line\rshort", ["shortline"]],
    ["a line that is erased first", "long line\r\u001b[Jshort", ["short"]],
    [
      "erasing to the end, to the start, and all",
      "abcdef\u001b[4G\u001b[K\u001b[2G\u001b[1Kx\u001b[2Ky",
      ["  y"],
    ],
    ["colours and titles", "\u001b[1;31mred\u001b[0m\u001b]0;title\u0007 \u001b]2;t\u001b\\end", ["red end"]],
    ["backspace and a tabulator", "ab\bc\td", ["ac d"]],
    ["the cursor to the left and the right", "abc\u001b[2Dx\u001b[2Cy", ["axc y"]],
    ["a sequence of eight bits", "a\u009b31mb", ["ab"]],
    ["a keypad switched on", "\u001b=\u001b[?2004ha\u001b>", ["a"]],
    ["a sequence that never ends", "\u001b]0;title\nnext", ["next"]],
    ["bells and other control characters", "a\u0007\u0000b", ["ab"]],
  ];
  for (const [what, written, expected] of cases) {
    it(`are right after ${what}`, () => assert.deepEqual(rowsOf(written), expected));
  }

  it("are the same however what is written is cut", () => {
    const pieces = fc.constantFrom(
      "a",
      "ß",
      "✓",
      "\r",
      "\n",
      "\b",
      "\u001b",
      "[",
      "2",
      ";",
      "K",
      "J",
      "G",
      "]0;t",
      "\u0007",
      ">>> ",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (written) => {
        assert.deepEqual(rowsOf(...written), rowsOf(written.join("")));
      }),
    );
  });

  it("do not grow without end", () => {
    const rows = new Rows();

    rows.feed("x".repeat(100_000));
    rows.feed(`\u001b[99999999G${"y".repeat(10)}`);

    assert.ok(rows.underWay.length < 20_000);
  });
});
