import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readCall } from "../../src/bot/command/read-call.ts";
import { readCommandSyntax } from "../../src/bot/command/syntax.ts";
import type { CommandArguments } from "../../src/bot/index.ts";

describe("a command's syntax", () => {
  it("has the words that call it, arguments and options", () => {
    const syntax = readCommandSyntax(
      "  ticket  open <title> [detail...] [--prio <level>] [--urgent] --dry-run ",
    );

    assert.deepEqual(syntax.name, ["ticket", "open"]);
    assert.deepEqual(
      syntax.positionals.map(({ key, required, rest }) => ({ key, required, rest })),
      [
        { key: "title", required: true, rest: false },
        { key: "detail", required: false, rest: true },
      ],
    );
    assert.deepEqual(
      [...syntax.options],
      [
        ["prio", { key: "prio", value: "level" }],
        ["urgent", { key: "urgent", value: undefined }],
        ["dry-run", { key: "dryRun", value: undefined }],
      ],
    );
    assert.equal(syntax.usage, "ticket open <title> [detail...] [--prio <level>] [--urgent] --dry-run");
  });

  for (const [line, why] of [
    ["", /begins with the word/],
    ["<title>", /begins with the word/],
    ["a <b", /expected a word.*at character 3/],
    ["a <b> c", /own words come first at character 7/],
    ["a [b] <c>", /required argument cannot follow/],
    ["a <b...> <c>", /nothing can follow b\.\.\./],
    ["a <b> [--b]", /"b" is there twice/],
    ["a <b><c>", /expected a word/],
    ["a [--b <c...>]", /expected a word/],
  ] as const) {
    it(`refuses ${JSON.stringify(line)}`, () => {
      assert.throws(() => readCommandSyntax(line), { name: "TypeError", message: why });
    });
  }
});

describe("a call", () => {
  const cases: [syntax: string, text: string, expected: Record<string, unknown> | string | undefined][] = [
    ["ping", "ping", {}],
    ["ping", "  PING ", {}],
    ["ping", "pinging", undefined],
    ["ping", "", undefined],
    ["ping", "ping pong", '"pong" is one word too many'],
    ["ticket open <id>", "ticket close 7", undefined],
    ["ticket open <id>", "Ticket Open 7", { id: "7" }],
    ["ticket open <id>", "ticket open", "<id> is missing"],
    ["give <what> [whom]", "give cake", { what: "cake", whom: undefined }],
    ["give <what> [whom]", 'give "apple pie" bob', { what: "apple pie", whom: "bob" }],
    ["give <what> [whom]", "give 'apple pie' bob", { what: "apple pie", whom: "bob" }],
    ["give <what> [whom]", "give “apple pie” bob", { what: "apple pie", whom: "bob" }],
    ["give <what>", String.raw`give "a \"big\" cake"`, { what: 'a "big" cake' }],
    ["give <what>", 'give ""', { what: "" }],
    ["say <text...>", "say don't  panic", { text: "don't  panic" }],
    ["say <text...>", 'say he said "hi" to me', { text: 'he said "hi" to me' }],
    ["say <text...>", 'say "hi there"', { text: "hi there" }],
    ["say <text...>", 'say "unfinished business', { text: '"unfinished business' }],
    ["say <text...>", "say --hello -- you", { text: "--hello -- you" }],
    ["say <text...>", "say one\ntwo", { text: "one\ntwo" }],
    ["say <text...>", "say", "<text> is missing"],
    ["say [text...]", "say", { text: undefined }],
    ["t <title...> [--prio <level>]", "t on  fire --prio high", { title: "on  fire", prio: "high" }],
    ["t <title...> [--prio <level>]", "t --prio=high on fire", { title: "on fire", prio: "high" }],
    ["t <title...> [--prio <level>]", "t on --prio high fire", { title: "on fire", prio: "high" }],
    ["t <title...> [--prio <level>]", 't fire --prio "very high"', { title: "fire", prio: "very high" }],
    ["t <title...> [--prio <level>]", "t a -- --prio b", { title: "a --prio b", prio: undefined }],
    ["t <title...> [--prio <level>]", "t fire --prio", "--prio needs <level>"],
    ["t <title...> [--prio <level>]", "t fire --prio --prio", "--prio needs <level>"],
    ["t <title...> [--prio <level>]", "t fire --pri high", "there is no option --pri"],
    ["t <title...> [--prio <level>]", 't "--prio"', { title: "--prio", prio: undefined }],
    ["t [--urgent]", "t --urgent", { urgent: true }],
    ["t [--urgent]", "t", { urgent: false }],
    ["t [--urgent]", "t --urgent=yes", "--urgent takes no value"],
    ["t --dry-run", "t --dry-run", { dryRun: true }],
  ];
  for (const [line, text, expected] of cases) {
    it(`of "${line}" in ${JSON.stringify(text)}`, () => {
      const call = readCall(readCommandSyntax(line), text);

      if (expected === undefined) assert.deepEqual(call, { kind: "other" });
      else if (typeof expected === "string") assert.deepEqual(call, { kind: "mistake", reason: expected });
      else assert.deepEqual(call, { kind: "call", args: expected });
    });
  }

  it("of a rest takes any text as it is", () => {
    const syntax = readCommandSyntax("say <text...>");
    const plain = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((text) => !/["'“]|^\s|\s$/u.test(text));

    fc.assert(
      fc.property(plain, (text) => {
        assert.deepEqual(readCall(syntax, `say ${text}`), { kind: "call", args: { text } });
      }),
    );
  });

  it("never throws, whatever is typed", () => {
    const syntax = readCommandSyntax("t <a> [b...] [--c <d>] [--e]");
    const words = fc.array(fc.constantFrom('"', "'", "--c", "--e", "--", "=", "\\", " ", "x", "“", "”", "t"));

    fc.assert(
      fc.property(words, (parts) => {
        assert.match(readCall(syntax, `t ${parts.join("")}`).kind, /^(call|mistake|other)$/);
      }),
    );
  });
});

/** Compiles only where both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Holds<T extends true> = T;

/** What the compiler makes of a syntax; `tsc` is the test. */
export type TypedSyntaxes = [
  Holds<Same<CommandArguments<"ping">, Record<never, never>>>,
  Holds<Same<CommandArguments<"a b <c>">, { readonly c: string }>>,
  Holds<
    Same<
      CommandArguments<"ticket <title...> [--prio <level>]">,
      { readonly title: string; readonly prio: string | undefined }
    >
  >,
  Holds<
    Same<CommandArguments<"a [b] [c...]">, { readonly b: string | undefined; readonly c: string | undefined }>
  >,
  Holds<Same<CommandArguments<"a [--dry-run]">, { readonly dryRun: boolean }>>,
  Holds<
    Same<
      CommandArguments<"a --one --two <x> <b>">,
      { readonly one: boolean; readonly two: string | undefined; readonly b: string }
    >
  >,
  Holds<Same<CommandArguments<string>, Readonly<Record<string, string | boolean | undefined>>>>,
];
