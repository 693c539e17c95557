import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
// Without its words in English, as the bundle of a bot has it: each message of its own is "Invalid input".
import * as z from "zod/mini";
import * as z3 from "zod/v3";
import { type StandardSchema, validateNow } from "../../src/bot/standard-schema.ts";

function complaints(schema: StandardSchema, value: unknown): readonly string[] {
  try {
    validateNow(schema, value, "settings");
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message.split("; ");
  }
  return [];
}

const wrong = { name: 3, when: true, level: "mid", deep: ["a", 1], count: 9, extra: 1 };

describe("what a schema has against a value", () => {
  it("is said with what was expected and what is there, by zod", () => {
    const schema = z.strictObject({
      name: z.string(),
      when: z.union([z.string(), z.number(), z.array(z.string())]),
      level: z.enum(["low", "high"]),
      deep: z.array(z.string()),
      count: z.number().check(z.maximum(5)),
      there: z.boolean(),
    });

    assert.deepEqual(complaints(schema, wrong), [
      "settings.name: expected a text, got 3",
      "settings.when: expected a text or a number or a list, got true",
      'settings.level: expected "low" or "high", got "mid"',
      "settings.deep.1: expected a text, got 1",
      "settings.count: expected at most 5, got 9",
      "settings.there: expected true or false, got nothing",
      "settings.extra is unknown",
    ]);
    assert.deepEqual(complaints(schema, "all wrong"), ['settings: expected a map, got "all wrong"']);
  });

  for (const [what, schema, value, expected] of [
    ["a whole number", z.int(), 1.5, "a whole number"],
    ["a multiple", z.number().check(z.multipleOf(5)), 3, "a multiple of 5"],
    ["a bound that does not count itself", z.number().check(z.gt(3)), 3, "more than 3"],
    ["a length", z.string().check(z.minLength(2)), "a", "at least 2 characters"],
    ["an exact length", z.string().check(z.length(1)), "ab", "exactly 1 character"],
    ["a size", z.array(z.string()).check(z.maxLength(1)), ["a", "b"], "at most 1 item"],
    ["a beginning", z.string().check(z.startsWith("x")), "y", 'a text that begins with "x"'],
    ["a pattern", z.string().check(z.regex(/^a/)), "b", "a text like /^a/"],
    ["a format", z.email(), "bob", "a valid email"],
    ["literals", z.literal([1, null]), 2, "1 or null"],
    ["unions in unions", z.union([z.union([z.string(), z.literal(7)]), z.null()]), 2, "a text or 7 or null"],
  ] as const) {
    it(`names ${what}`, () => {
      assert.deepEqual(complaints(schema, value), [
        `settings: expected ${expected}, got ${JSON.stringify(value)}`,
      ]);
    });
  }

  it("is said of the alternative that was meant", () => {
    const target = z.union([z.string(), z.object({ host: z.string(), port: z.number() })]);
    const shape = z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), radius: z.number() }),
      z.object({ kind: z.literal("square") }),
    ]);
    const schema = z.object({ target, shape });

    assert.deepEqual(complaints(schema, { target: { host: "a", port: "b" }, shape: { kind: "line" } }), [
      'settings.target.port: expected a number, got "b"',
      'settings.shape.kind: expected "circle" or "square", got "line"',
    ]);
  });

  it("says what a key has to be", () => {
    const schema = z.record(z.string().check(z.regex(/^a/)), z.number());

    assert.deepEqual(complaints(schema, { b: 1 }), ["settings.b: the key has to be a text like /^a/, got 1"]);
  });

  it("is what the author of the schema said, where there is such a thing", () => {
    const schema = z.object({
      name: z.string("Invalid is whoever has no name"),
      word: z.string().check(z.refine((word) => word === "q", "has to be q")),
    });

    assert.deepEqual(complaints(schema, { word: "z" }), [
      "settings.name: Invalid is whoever has no name, got nothing",
      'settings.word: has to be q, got "z"',
    ]);
  });

  it("is said by the zod of before", () => {
    const schema = z3
      .object({
        name: z3.string(),
        when: z3.union([z3.string(), z3.object({ hour: z3.number() })]),
        level: z3.enum(["low", "high"]),
        deep: z3.array(z3.string()),
        count: z3.number().max(5),
        there: z3.literal("yes"),
      })
      .strict();

    assert.deepEqual(complaints(schema, { ...wrong, when: { hour: "noon" } }), [
      "settings.name: expected a text, got 3",
      'settings.when.hour: expected a number, got "noon"',
      'settings.level: expected "low" or "high", got "mid"',
      "settings.deep.1: expected a text, got 1",
      "settings.count: expected at most 5, got 9",
      'settings.there: expected "yes", got nothing',
      "settings.extra is unknown",
    ]);
  });

  it("is said by valibot", () => {
    const schema = v.strictObject({
      name: v.string(),
      when: v.union([v.string(), v.number()]),
      level: v.picklist(["low", "high"]),
      deep: v.array(v.string()),
      count: v.pipe(v.number(), v.maxValue(5)),
      there: v.boolean(),
    });
    const more = v.object({
      word: v.pipe(v.string(), v.minLength(3)),
      mail: v.pipe(v.string(), v.email()),
      own: v.pipe(
        v.string(),
        v.check(() => false, "no good"),
      ),
      list: v.array(v.string()),
    });

    assert.deepEqual(complaints(schema, wrong), [
      "settings.name: expected a text, got 3",
      "settings.when: expected a text or a number, got true",
      'settings.level: expected "low" or "high", got "mid"',
      "settings.deep.1: expected a text, got 1",
      "settings.count: expected at most 5, got 9",
      "settings.there is missing",
      "settings.extra is unknown",
    ]);
    assert.deepEqual(complaints(more, { word: "a", mail: "bob", own: "x", list: {} }), [
      'settings.word: expected a length of at least 3, got "a"',
      'settings.mail: expected a valid email, got "bob"',
      'settings.own: no good, got "x"',
      "settings.list: expected a list, got {}",
    ]);
  });

  it("is said by ArkType", () => {
    const schema = type({
      name: "string",
      when: "string|number",
      level: "'low'|'high'",
      deep: "string[]",
      count: "number<=5",
      there: "boolean",
      "+": "reject",
    });
    const own = type({
      a: type("string").configure({ message: "it must be sweet" }),
      b: "string.email & string>5",
    });

    assert.deepEqual(complaints(schema, wrong).toSorted(), [
      "settings.count: expected at most 5, got 9",
      "settings.deep.1: expected a string, got 1",
      "settings.extra is unknown",
      'settings.level: expected "high" or "low", got "mid"',
      "settings.name: expected a string, got 3",
      "settings.there: expected boolean, got nothing",
      "settings.when: expected a number or a string, got true",
    ]);
    assert.deepEqual(complaints(own, { a: 1, b: "a" }), [
      "settings.a: it must be sweet, got 1",
      'settings.b: expected an email address and at least length 6, got "a"',
    ]);
  });

  it("is the message of a library that nobody knows", () => {
    const schema: StandardSchema = {
      "~standard": {
        version: 1,
        vendor: "ours",
        validate: () => ({ issues: [{ message: "too blue", path: ["sky", { key: 0 }] }] }),
      },
    };

    assert.deepEqual(complaints(schema, { sky: [null] }), ["settings.sky.0: too blue, got null"]);
    assert.deepEqual(complaints(schema, null), ["settings.sky.0: too blue, got nothing"]);
  });

  it("cuts what is long", () => {
    const [line = ""] = complaints(z.number(), "x".repeat(1_000));

    assert.match(line, /^settings: expected a number, got "x{59}…$/);
  });
});
