/** The law of the language: one slip of the finger is one problem, shown where the finger slipped. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMap, isScalar, isSeq, parseDocument } from "yaml";
import { loadScenarios } from "../../../src/scenario/language/load.ts";

/** Maps whose keys are names that the file itself gives. */
const NAMING_KEYS = ["clients", "bots", "vars", "matrix", "links", "roles", "secrets"];

/** Maps that are somebody else's all the way down. */
const FOREIGN_KEYS = ["settings"];

/** Every key that the grammar knows and the examples may lack. */
const ALL_KEYS = `scenario: 1
name: everything
tags: [a]
timeout: 10s
vars: {max: 3s}
matrix: {text: [a, b]}
net: {seed: 7, links: {"alice->bob": {loss: 1%, delay: 1ms, duplicate: 1%, reorder: 1%, corrupt: 1%}}}
server: {persist: true}
clients: {alice: {}, bob: {}}
bots: {helper: {script: ${import.meta.filename}, nick: nurse, settings: {a: 1}, grant: {http: [a.example], secrets: {KEY: k}}, roles: {staff: [bob]}}}
leftovers: allow
steps:
  - {name: first, register: {client: alice, as: bob, result: refused}}
  - parallel: [[{register: alice}], [{register: bob}]]
  - send: {from: alice, to: bob, text: "\${text}", result: delivered}
  - expect: {at: bob, message: {from: alice, text: {oneOf: [a, b]}, saved: false}, within: "\${max}"}
  - never: {at: bob, error: {text: {contains: x}}, for: 1s}
  - assert: {at: bob, count: {message: {text: {matches: ^a}}}, equals: 1}
  - assert: {at: bob, table: {alice: online, nurse: online}}
  - settle: {quiet: 1s, max: 5s}
  - net: {link: "*", loss: 1%, delay: 1ms..2ms, duplicate: 1%, reorder: 1%, corrupt: 1%}
  - net: {partition: [[alice], [bob, server]]}
  - net: {heal: true}
  - server: kill
  - server: start
  - bot: {at: helper, do: restart}
  - deregister: bob
`;

interface Key {
  readonly text: string;
  readonly offset: number;
}

/** The keys that a file's author could misspell. */
function keysOf(text: string): readonly Key[] {
  const keys: Key[] = [];
  const walk = (node: unknown, naming: boolean): void => {
    if (isSeq(node)) for (const item of node.items) walk(item, false);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== "string") continue;
      if (!naming) keys.push({ text: key.value, offset: key.range?.[0] ?? 0 });
      if (!FOREIGN_KEYS.includes(key.value)) walk(value, NAMING_KEYS.includes(key.value));
    }
  };
  walk(parseDocument(text).contents, false);
  return keys;
}

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

const slips = fc.record({
  kind: fc.constantFrom("left out", "too much", "wrong", "swapped"),
  at: fc.nat(20),
  letter: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzA_"),
});

/** A slip that gives one of these, or is one slip away from another of them, can mean either. */
const known = new Set([
  ...keysOf(ALL_KEYS).map(({ text }) => text),
  ...["gt", "gte", "lt", "lte", "not", "exists", "if", "all", "set", "raw", "call", "mark", "wait", "load"],
  ...["skip", "spec", "line", "exit", "soft", "order", "since", "input", "fault", "client"],
]);

const files = readdirSync("scenarios", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => [name, readFileSync(`scenarios/${name}`, "utf8")] as const);

describe("any one misspelled key is one problem, at the key, with the key as the suggestion", () => {
  for (const [name, text] of [...files, ["every key", ALL_KEYS] as const]) {
    it(name, () => {
      const path = resolve("scenarios", "x.yaml");
      const keys = keysOf(text);
      assert.deepEqual(loadScenarios(text, path).problems, []);

      fc.assert(
        fc.property(fc.constantFrom(...keys), slips, ({ text: key, offset }, slip) => {
          const wrong = misspell(key, slip);
          fc.pre(wrong.toLowerCase() !== key.toLowerCase());
          fc.pre(
            ![...known].some((other) => other !== key && isOneSlip(wrong.toLowerCase(), other.toLowerCase())),
          );

          const { problems } = loadScenarios(
            text.slice(0, offset) + wrong + text.slice(offset + key.length),
            path,
          );

          const before = text.slice(0, offset).split("\n");
          assert.deepEqual(
            problems.map(({ place, hint }) => [place.line, place.column, hint?.split(",")[0]]),
            [[before.length, (before.at(-1) ?? "").length + 1, `did you mean \`${key}\`?`]],
            wrong,
          );
        }),
        { numRuns: 100 },
      );
    });
  }
});
