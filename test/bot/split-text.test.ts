import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { splitText } from "../../src/bot/split-text.ts";
import { anyCharacter } from "../support/any-character.ts";

describe("a long text", () => {
  it("is parted between paragraphs, else lines, else words", () => {
    assert.deepEqual(splitText("one two\n\nthree four\nfive", 20), ["one two", "three four\nfive"]);
    assert.deepEqual(splitText("one two three\nfour five\nsix", 20), ["one two three", "four five\nsix"]);
    assert.deepEqual(splitText("one two three four", 10), ["one two", "three four"]);
    assert.deepEqual(splitText("short", 10), ["short"]);
    assert.deepEqual(splitText("", 10), [""]);
  });

  it("keeps what is indented, and drops what is only blank where it is parted", () => {
    assert.deepEqual(splitText("first line\n\n\n  second line", 14), ["first line", "  second line"]);
  });

  it("does not make a message of its own of a short line before a long word", () => {
    assert.deepEqual(splitText(`a\n${"x".repeat(30)}`, 20), ["a", "x".repeat(20), "x".repeat(10)]);
  });

  it("is never parted inside a character: accents, flags, families, skin", () => {
    for (const character of ["e\u0301", "🇫🇷", "👨‍👩‍👧‍👦", "👍🏽", "ก็"]) {
      const parts = splitText(character.repeat(40), 100);

      assert.equal(parts.join(""), character.repeat(40));
      for (const part of parts)
        assert.equal(part, character.repeat(part.length / character.length), character);
    }
  });

  it("loses nothing but blanks, and every part fits, whatever the text", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom(" ", "\n", "\n\n", "a", "é", "👨‍👩‍👧", "🇫🇷"),
        fc.string({ unit: anyCharacter }),
      ),
      maxLength: 120,
    });

    fc.assert(
      fc.property(text, fc.integer({ min: 30, max: 200 }), (text, bytesMax) => {
        const parts = splitText(text, bytesMax);

        assert.equal(parts.join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
        for (const part of parts)
          assert.ok(Buffer.byteLength(part) <= bytesMax, `${Buffer.byteLength(part)}`);
      }),
      { numRuns: 60 },
    );
  });

  it("cuts a character only when it alone is longer than a message", () => {
    const zalgo = `a${"\u0301".repeat(100)}`;

    const parts = splitText(zalgo, 50);

    assert.equal(parts.join(""), zalgo);
    for (const part of parts) assert.ok(Buffer.byteLength(part) <= 50);
  });
});
