/** The law of the language: one slip of the finger is one problem, shown where the finger slipped. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { scenarioJsonSchema } from "../../../src/scenario/language/json-schema.ts";
import { loadScenarios } from "../../../src/scenario/language/load.ts";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";
import { EVERY_KEY } from "../../support/every-key.ts";

/** Maps whose keys are names that the file itself gives, or that somebody must have. */
const NAMING_KEYS = [
  "clients",
  "bots",
  "vars",
  "matrix",
  "links",
  "set",
  "capture",
  "with",
  "env",
  "roles",
  "secrets",
];

/** Maps that are somebody else's all the way down. */
const FOREIGN_KEYS = ["settings"];

interface Word {
  readonly text: string;
  readonly offset: number;
}

/**
 * The keys that a file's author could misspell, and the plain words that stand for one of a few; once for all the places that are
 * reached through the same keys.
 */
function wordsOf(text: string): { readonly keys: readonly Word[]; readonly values: readonly Word[] } {
  const keys = new Map<string, Word>();
  const values = new Map<string, Word>();
  const walk = (node: unknown, naming: boolean, way: readonly string[]): void => {
    if (isSeq(node)) for (const item of node.items) walk(item, false, way);
    if (isScalar(node) && typeof node.value === "string" && CHOICES.includes(way.at(-1) ?? "")) {
      values.set([...way, node.value].join(), { text: node.value, offset: node.range?.[0] ?? 0 });
    }
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== "string") continue;
      if (!naming) keys.set([...way, key.value].join(), { text: key.value, offset: key.range?.[0] ?? 0 });
      if (FOREIGN_KEYS.includes(key.value)) continue;
      walk(value, NAMING_KEYS.includes(key.value), [...way, naming ? "" : key.value]);
    }
  };
  walk(parseDocument(text).contents, false, []);
  const plain = [...values.values()].filter(
    ({ text: word, offset }) => text.startsWith(word, offset) && /^\w+$/.test(word),
  );
  return { keys: [...keys.values()], values: plain };
}

/** Keys under which a word of the language, a name or a mark stands. */
const CHOICES = [
  ...[
    "register",
    "deregister",
    "client",
    "from",
    "at",
    "result",
    "server",
    "do",
    "order",
    "leftovers",
    "since",
  ],
];

const KINDS = ["left out", "too much", "wrong", "swapped"] as const;

function misspell(word: string, slip: { kind: string; at: number; letter: string }): string {
  const at = slip.at % word.length;
  const [before, char, after] = [word.slice(0, at), word.charAt(at), word.slice(at + 1)];
  switch (slip.kind) {
    case "left out":
      return before + after;
    case "too much":
      return before + slip.letter + char + after;
    case "wrong":
      return before + slip.letter + after;
    default:
      return before + after.charAt(0) + char + after.slice(1);
  }
}

/** Whether one word becomes the other by at most one letter left out, added, changed, or swapped with the next. */
function isOneSlip(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const swapped = left.length === 2 && right === `${left[1]}${left[0]}`;
  return swapped || (left.length <= 1 && right.length <= 1);
}

/** All keys that the grammar has. */
function grammarKeys(): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "properties") for (const property of Object.keys(value)) found.add(property);
      walk(value);
    }
  };
  walk(scenarioJsonSchema());
  return found;
}

const KNOWN = new Set([...grammarKeys(), "line", "exit", "input", "load", "thresholds", "process"]);

/** A slip that gives another word, or is one slip away from another, can mean either. */
function isAmbiguous(wrong: string, meant: string, known: ReadonlySet<string>): boolean {
  const word = wrong.toLowerCase();
  if (word === meant.toLowerCase() || word === "") return true;
  return [...known].some((other) => other !== meant && isOneSlip(word, other.toLowerCase()));
}

const VALUE_WORDS = new Set([
  ...["alice", "bob", "carol", "server", "ok", "refused", "timeout", "delivered", "saved", "failed", "start"],
  ...["stop", "kill", "restart", "pause", "resume", "any", "strict", "fail", "allow", "none"],
]);

/** One slip for each word, in turn of each kind; where that could mean another word, the next that could not. */
function firstClear(word: string, index: number, known: ReadonlySet<string>): string | undefined {
  return KINDS.map((_, turn) => {
    const kind = KINDS[(index + turn) % KINDS.length] ?? "wrong";
    return misspell(word, { kind, at: index + kind.length, letter: "q" });
  }).find((wrong) => !isAmbiguous(wrong, word, known));
}

const path = resolve("scenarios", "x.yaml");

function problemsWith(text: string, { text: word, offset }: Word, wrong: string): readonly unknown[] {
  const { problems } = loadScenarios(text.slice(0, offset) + wrong + text.slice(offset + word.length), path);
  return problems.map(({ place, hint }) => [place.line, place.column, hint?.split(",")[0]]);
}

function expected(text: string, { text: word, offset }: Word): readonly unknown[] {
  const before = text.slice(0, offset).split("\n");
  return [[before.length, (before.at(-1) ?? "").length + 1, `did you mean \`${word}\`?`]];
}

const examples = discoverScenarios(["scenarios"]).files;
const files = [
  ...examples.map((name) => [name, readFileSync(name, "utf8")] as const),
  ["every key", EVERY_KEY] as const,
];

describe("any one misspelled word is one problem, at the word, with the word as the suggestion", () => {
  it("has an example of every key", () => {
    const { keys } = wordsOf(EVERY_KEY);
    const missing = [...grammarKeys()].filter((key) => !keys.some(({ text }) => text === key));

    // Called files, drivers, and servers that are not ours are not what this file has.
    assert.deepEqual(missing, ["address", "driver", "ready", "stdout", "call", "file", "with"]);
    assert.deepEqual(loadScenarios(EVERY_KEY, path).problems, []);
  });

  for (const [name, text] of files) {
    it(`${name}: each key`, () => {
      const { keys } = wordsOf(text);

      const tried = keys.filter((key, index) => {
        const wrong = firstClear(key.text, index, KNOWN);
        if (wrong === undefined) return false;
        assert.deepEqual(problemsWith(text, key, wrong), expected(text, key), `${key.text} as ${wrong}`);
        return true;
      });

      assert.ok(tried.length > keys.length / 2, `only ${tried.length} slips were clear`);
    });

    it(`${name}: each word and name that stands as a value`, () => {
      for (const [index, value] of wordsOf(text).values.entries()) {
        const wrong = value.text.length < 3 ? undefined : firstClear(value.text, index, VALUE_WORDS);
        if (wrong === undefined) continue;
        assert.deepEqual(
          problemsWith(text, value, wrong),
          expected(text, value),
          `${value.text} as ${wrong}`,
        );
      }
    });
  }

  it("whatever the slip", () => {
    const slips = fc.record({
      kind: fc.constantFrom(...KINDS),
      at: fc.nat(20),
      letter: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzA_"),
    });
    const { keys } = wordsOf(EVERY_KEY);
    fc.assert(
      fc.property(fc.constantFrom(...keys), slips, (key, slip) => {
        const wrong = misspell(key.text, slip);
        fc.pre(!isAmbiguous(wrong, key.text, KNOWN));

        assert.deepEqual(problemsWith(EVERY_KEY, key, wrong), expected(EVERY_KEY, key), wrong);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a slip where a name is declared", () => {
  const used = `steps: [{register: alice}, {register: bob}, {send: {from: alice, to: bob, text: "\${text}\${text}"}}]\n`;

  it("is shown there, once, and not at each use", () => {
    const cases: readonly [declarations: string, problem: string][] = [
      ["clients: {alcie: {}, bob: {}}\nvars: {text: a}\n", "2:11 did you mean `alice`?"],
      ["clients: {alice: {}, bbo: {}}\nvars: {text: a}\n", "2:22 did you mean `bob`?"],
      ["clients: {alice: {}, bob: {}}\nvars: {txet: a}\n", "3:8 did you mean `text`?"],
      ["clients: {alice: {}, bob: {}}\nmatrix: {txet: [a, b]}\n", "3:10 did you mean `text`?"],
    ];
    for (const [declarations, problem] of cases) {
      const { problems } = loadScenarios(`scenario: 1\n${declarations}${used}`, path);

      assert.deepEqual(
        problems.map(({ place, hint }) => `${place.line}:${place.column} ${hint}`),
        [problem],
      );
    }
  });
});
