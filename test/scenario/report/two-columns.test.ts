import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cells, wrapCells } from "../../../src/scenario/language/cells.ts";
import { twoColumns } from "../../../src/scenario/report/two-columns.ts";

const plain = (_style: unknown, text: string) => text;

describe("what was expected beside what was found", () => {
  it("has a row for each field, and a sign where they differ", () => {
    const failure = {
      expected: "a message from carol",
      found: ["nearest at 7ms, differs in from", "it is the last"],
      fields: [
        { name: "from", expected: "carol", found: "alice", differs: true },
        { name: "saved", expected: "false", found: "false", differs: false },
      ],
    };

    assert.deepEqual(twoColumns(failure, 110, plain), [
      "       expected                        │ found",
      "       a message from carol            │ nearest at 7ms, differs in from",
      "                                       │ it is the last",
      "                                       │",
      "from   carol                           ≠ alice",
      "saved  false                           │ false",
    ]);
  });

  it("stays within its width, and keeps its columns, whatever the script", () => {
    const failure = {
      expected: 'text "こんにちは世界、これは長いテキストです。ひろい文字" at bob',
      found: ['message from alice "🎉 ça va, e\u0301te\u0301, 日本語日本語日本語日本語日本語日本語日本語"'],
    };

    const lines = twoColumns(failure, 60, plain);

    const bars = new Set(lines.map((line) => cells(line.slice(0, line.indexOf("│")))));
    assert.equal(bars.size, 1, lines.join("\n"));
    for (const line of lines) assert.ok(cells(line) <= 60, line);
  });
});

describe("wrapping to cells", () => {
  it("lets blanks stand over the edge", () => {
    assert.deepEqual(wrapCells("a🎉aa語a語   end", 10), ["a🎉aa語a語", "end"]);
  });

  it("keeps every character but blanks at the ends of lines, and no line is too wide", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", "語", "🎉", "e\u0301"), maxLength: 80 }),
        (text) => {
          const lines = wrapCells(text, 10);

          assert.equal(lines.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
          for (const line of lines) assert.ok(cells(line) <= 10, line);
        },
      ),
    );
  });
});
