/** Names that get their values while a scenario runs: which of them a step may use is known when the file is loaded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarios } from "../../../src/scenario/language/load.ts";
import { bindStep } from "../../../src/scenario/language/read-step.ts";
import { problemsOf, scenarioOf, withSteps } from "../../support/scenario-text.ts";

const CAPTURE =
  '  - expect: {at: bob, message: {text: {matches: "^(?<who>\\\\w+) (?<n>\\\\d+)"}}, capture: {all: text}}';
const send = (text: string) => `  - send: {from: alice, to: bob, text: "${text}"}`;

describe("a variable that a step captures", () => {
  const cases: readonly [what: string, lines: readonly string[], ...problems: string[]][] = [
    ["can be used below", [CAPTURE, send("${who} ${n} ${all}")]],
    [
      "cannot be used above",
      [send("${who}"), CAPTURE],
      "4:41 UNKNOWN_VARIABLE the variable `who` has no value here; it gets one at line 5",
    ],
    [
      "is named when it is nearly right",
      [CAPTURE, send("${woh}")],
      "5:41 UNKNOWN_VARIABLE there is no variable `woh`; did you mean `who`?",
    ],
    [
      "in one branch cannot be used in another, and can after them",
      [
        "  - parallel:",
        `      - [${CAPTURE.slice(4)}]`,
        `      - [${send("${who}").slice(4)}]`,
        send("${who}"),
      ],
      "6:46 UNKNOWN_VARIABLE the variable `who` has no value here; it gets one at line 5",
    ],
    [
      "by a step that is repeated can be used in the end of it and after it",
      [
        "  - repeat:",
        '      until: {at: bob, message: {text: "${what}"}}',
        "      steps: [{expect: {at: bob, message: {}, capture: what}}]",
        send("${what}"),
      ],
    ],
    ["by `set` can be used below", ["  - set: {round: 1}", send("${round}")]],
    [
      "of a receipt can be used below",
      ["  - send: {from: alice, to: bob, text: a, capture: {how: result}}", send("${how}")],
    ],
    [
      "has a name as all others have",
      ["  - send: {from: alice, to: bob, text: a, capture: a b}"],
      "4:52 BAD_NAME `a b` cannot name a variable; use letters, digits, `_` and `-`, a letter first",
    ],
    [
      "keeps what there is",
      ["  - expect: {at: bob, message: {}, capture: {x: txet}}"],
      "4:49 UNKNOWN_VALUE unknown value `txet`; did you mean `text`?",
    ],
    [
      "is of one message",
      ["  - expect: {at: bob, all: [{message: {}}], capture: x}"],
      "4:45 TOO_MANY `capture` cannot stand beside `all`; expect one message, or use a named group such as `{matches: (?<name>.*)}`",
    ],
    [
      "may be missing where a step was not understood",
      ["  - epxect: {att: bob, message: {text: {matches: (?<who>.)}}}", send("${who} ${nobody}")],
      "4:5 UNKNOWN_VERB unknown verb `epxect`; did you mean `expect`?",
      "4:14 UNKNOWN_KEY unknown key `att`; did you mean `at`?",
      "5:48 UNKNOWN_VARIABLE there is no variable `nobody`; known here: who",
    ],
  ];
  for (const [what, lines, ...problems] of cases) {
    it(what, () => assert.deepEqual(problemsOf(withSteps(...lines)), problems));
  }

  it("lets everything else in its step be checked", () => {
    const line = '  - expect: {at: bbo, message: {from: "${who}", txet: a}, within: 5}';

    assert.deepEqual(problemsOf(withSteps(CAPTURE, line)), [
      "5:18 UNKNOWN_NAME there is no client `bbo`; did you mean `bob`?",
      "5:49 UNKNOWN_KEY unknown key `txet`; did you mean `text`?",
      "5:67 MISSING_UNIT a duration needs a unit; write a unit, such as `5ms` or `5s`",
    ]);
  });
});

describe("a nickname that is known only as the scenario runs", () => {
  const borrow = ["  - set: {who: carol}", '  - register: {client: bob, as: "${who}"}'];

  it("may be any that nobody else has nearly, and one slip is still one problem", () => {
    const { problems, warnings } = loadScenarios(
      withSteps(...borrow, "  - expect: {at: alice, table: {carol: online, bbo: online}}"),
      "x.yaml",
    );

    assert.deepEqual(
      [...problems, ...warnings].map(({ place, message, hint }) => [place.column, message, hint]),
      [
        [48, "`bbo` is not a nickname of this scenario", "did you mean `bob`?"],
        [33, '`carol` is a nickname only if `as: "${who}"` at x.yaml:5 is it', undefined],
      ],
    );
  });

  it("is said in words by its variable", () => {
    const [, step] = scenarioOf(withSteps(...borrow)).steps;
    assert.ok(step?.verb === "register");

    assert.equal(step.as, "${who}");
  });

  it("is none that a program's screen can be read by", () => {
    const text = withSteps(...borrow).replace("bob: {}", "bob: {process: {}}");

    assert.deepEqual(problemsOf(text), [
      "5:33 BAD_REFERENCE whose messages `bob` shows is read by nickname, and this one is known only as the scenario runs; " +
        "use variables of `vars` and `matrix` only",
    ]);
  });
});

describe("a mark", () => {
  it("must stand above the step that looks back to it", () => {
    const look = (mark: string) => `  - never: {at: bob, message: {}, since: ${mark}}`;

    assert.deepEqual(problemsOf(withSteps("  - mark: start", look("start"), look("strat"))), [
      "6:42 UNKNOWN_NAME there is no mark `strat` above; did you mean `start`?",
    ]);
    assert.deepEqual(problemsOf(withSteps(look("later"), "  - mark: later")), [
      "4:42 UNKNOWN_NAME there is no mark `later` above; set it above: `- mark: later`",
    ]);
  });
});

describe("a fact", () => {
  it("is a variable, or what a run knows of itself", () => {
    const lines = (name: string) => [`  - {if: {${name}: x}, settle: {}}`];

    assert.deepEqual(problemsOf(withSteps(...lines("net"))), []);
    assert.deepEqual(problemsOf(withSteps("  - set: {word: x}", ...lines("word"))), []);
    assert.deepEqual(problemsOf(withSteps("  - set: {word: x}", ...lines("wrod"))), [
      "5:11 UNKNOWN_NAME `wrod` is neither a variable nor a fact of the run; did you mean `word`?",
    ]);
  });
});

describe("a step whose values are known only as it runs", () => {
  const cast = {
    clients: new Set(["alice", "bob"]),
    bots: new Set<string>(),
    nicks: new Set(["alice", "bob"]),
    ends: new Set<string>(),
  };
  const bound = (line: string, values: Readonly<Record<string, string | number>>) => {
    const step = scenarioOf(
      withSteps(
        `  - set: {${Object.keys(values)
          .map((name) => `${name}: x`)
          .join(", ")}}`,
        line,
      ),
    ).steps[1];
    assert.ok(step !== undefined);
    const map = new Map(
      Object.entries(values).map(([name, value]) => [name, { value, text: String(value) }]),
    );
    const result = bindStep(step, map, cast);
    if (!("verb" in result)) return result;
    const { place: _, condition: __, unbound: ___, name: ____, ...action } = result;
    return action;
  };

  it("is read as if they had been written there, types and all", () => {
    assert.deepEqual(
      bound('  - send: {from: "${who}", to: bob, text: "v${n}, $${n}"}', { who: "alice", n: 2 }),
      {
        verb: "send",
        from: "alice",
        to: "bob",
        text: "v2, ${n}",
        result: undefined,
        captures: [],
      },
    );
    assert.deepEqual(bound('  - settle: {quiet: "${q}", max: "${n}s"}', { q: "20ms", n: 2 }), {
      verb: "settle",
      quietMs: 20,
      maxMs: 2_000,
    });
  });

  it("is refused in the same words when they do not fit", () => {
    assert.deepEqual(bound('  - register: "${who}"', { who: "alcie" }), [
      'with who "alcie" put in: there is no client `alcie`; did you mean `alice`?',
    ]);
    assert.deepEqual(bound('  - settle: {max: "${n}"}', { n: 5 }), [
      'with n "5" put in: a duration needs a unit; write a unit, such as `5ms` or `5s`',
    ]);
  });

  it("says which value it lacks", () => {
    const [, step] = scenarioOf(withSteps("  - set: {a: x}", send("${a}"))).steps;
    assert.ok(step !== undefined);

    assert.deepEqual(bindStep(step, new Map(), cast), [
      "`a` has no value: the step that gives it one was left out, or found nothing",
    ]);
  });
});
