/** What each verb does, and what it says when it does not find what it asks for. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import type { NetKind, ScenarioResult } from "../../../src/scenario/run/result.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { folderOf } from "../../support/folder.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

const ONLINE = [
  "  - parallel: [{register: alice}, {register: bob}]",
  "  - expect: {at: alice, table: {bob: online}}",
  "  - expect: {at: bob, table: {alice: online}}",
];

const say = (text: string, more = "result: delivered") =>
  `  - send: {from: alice, to: bob, text: ${text}, ${more}}`;
const see = (text: string) => `  - expect: {at: bob, message: {text: ${text}}}`;

async function runText(text: string, net: NetKind = "sim"): Promise<ScenarioResult> {
  const [result] = (await runScenarios([scenarioOf(text)], { net })).scenarios;
  assert.ok(result !== undefined);
  return result;
}

/** Line of each failure, what was expected, and what was found first. */
async function failuresOf(lines: readonly string[], rest = ""): Promise<readonly string[]> {
  const { failures } = await runText(withSteps(...ONLINE, ...lines) + rest);
  return failures.map(({ place, expected, found }) => `${place.line}: ${expected} | ${found[0]}`);
}

describe("a story passes, and says where it does not", () => {
  const cases: readonly [what: string, lines: readonly string[], ...failures: string[]][] = [
    [
      "captures of groups, fields and receipts go on to later steps",
      [
        '  - send: {from: alice, to: bob, text: "hi carol 7", capture: {how: result, tries: attempts}}',
        '  - expect: {at: bob, message: {text: {matches: "^hi (?<who>\\\\w+) (?<n>\\\\d)$"}}, capture: {by: from, all: text}}',
        '  - send: {from: bob, to: "${by}", text: "${who}, ${all}, ${how}, ${tries}", result: delivered}',
        '  - expect: {at: alice, message: {text: "carol, hi carol 7, delivered, 1"}}',
        '  - assert: {at: bob, count: {message: {}}, lt: "${n}"}',
      ],
    ],
    [
      "a nickname that a client borrows can be a value, too",
      [
        "  - register: {client: bob, as: carol}",
        "  - send: {from: bob, to: alice, text: hi, result: delivered}",
        "  - expect: {at: alice, message: {text: hi}, capture: {who: from}}",
        '  - send: {from: alice, to: "${who}", text: hello, result: delivered}',
        "  - expect: {at: bob, message: {text: hello}}",
      ],
    ],
    [
      "a nickname that a client borrows can be known only as the scenario runs",
      [
        say('"be carol"'),
        '  - expect: {at: bob, message: {text: {matches: "^be (?<who>\\\\w+)$"}}}',
        '  - register: {client: bob, as: "${who}"}',
        "  - expect: {at: alice, table: {carol: online}}",
        '  - send: {from: alice, to: "${who}", text: hi, result: delivered}',
        "  - expect: {at: bob, message: {from: alice, text: hi}}",
        "  - send: {from: bob, to: alice, text: ho, result: delivered}",
        '  - expect: {at: alice, message: {from: "${who}", text: ho}}',
      ],
    ],
    [
      "a nickname that nobody has borrowed is nobody's",
      [
        "  - set: {who: carol, other: zoe}",
        '  - register: {client: bob, as: "${who}"}',
        '  - send: {from: alice, to: "${other}", text: hi, result: delivered}',
      ],
      '9: a value for everything that the step refers to | with other "zoe" put in: `zoe` is not a nickname of this scenario; ' +
        "known here: alice, bob, carol, or write `result: failed` if nobody shall get it",
    ],
    [
      "a value that does not fit fails its step",
      [
        say("many"),
        "  - expect: {at: bob, message: {}, capture: n}",
        '  - assert: {at: bob, count: {message: {}}, equals: "${n}"}',
      ],
      '9: a value for everything that the step refers to | with n "many" put in: a count is compared with a whole number',
    ],
    [
      "a capture of a step that was left out has no value",
      ["  - {if: false, expect: {at: bob, message: {}, capture: what}}", say('"${what}"')],
      "8: a value for everything that the step refers to | `what` has no value: the step that gives it one was left out, or found nothing",
    ],
    [
      "`if` looks at variables, facts and ledgers",
      [
        "  - set: {round: 2, word: two}",
        `  - {if: {round: 2, word: {matches: ^t}}, ${say("one").slice(4)}}`,
        `  - {if: {round: {gt: 2}}, ${say("never").slice(4)}}`,
        `  - {if: {net: sim}, ${say("two").slice(4)}}`,
        `  - {if: {net: real}, ${say("never").slice(4)}}`,
        `  - {if: {impl: udpchat, platform: {exists: true}}, ${say("three").slice(4)}}`,
        `  - {if: {at: alice, table: {bob: online}}, ${say("four").slice(4)}}`,
        `  - {if: {at: alice, count: {message: {}}, gt: 0}, ${say("never").slice(4)}}`,
        "  - assert: {at: bob, events: {message: {}}, equals: [one, two, three, four]}",
        ...["one", "two", "three", "four"].map(see),
      ],
    ],
    [
      "`repeat` goes on so many times",
      [
        "  - repeat: {times: 3, steps: [" +
          `{${say("again").slice(4)}}` +
          ", {expect: {at: bob, message: {text: again}}}]}",
        "  - assert: {at: bob, count: {message: {text: again}}, equals: 3}",
      ],
    ],
    [
      "`repeat` ends with the event it waits for, and consumes it",
      [
        "  - set: {n: 0}",
        `  - repeat: {until: {at: bob, message: {text: x}}, steps: [{${say("x").slice(4)}}, {settle: {quiet: 1ms}}]}`,
        "  - assert: {at: bob, count: {message: {}}, equals: 1}",
      ],
    ],
    [
      "`repeat` says what does not hold at its last pass",
      [
        "  - repeat: {until: {at: bob, count: {message: {}}, equals: 2}, max: 3, steps: [{settle: {quiet: 1ms}}]}",
      ],
      "7: within 3 passes it holds | after 3 passes: at bob, the count of a message is 2: it is 0",
    ],
    [
      "`repeat` ends in time though its steps take none",
      ["  - repeat: {until: {net: real}, max: 50ms, steps: [{set: {n: 1}}]}"],
      "7: within 50ms it holds | after 51 passes: net is sim",
    ],
    [
      "`mark` and `since` part what was from what is",
      [
        say("before"),
        "  - mark: now",
        "  - never: {at: bob, message: {}, since: now}",
        "  - assert: {at: bob, count: {message: {}}, equals: 0, since: now}",
        say("after"),
        "  - expect: {at: bob, message: {}, since: now, capture: what}",
        '  - assert: {at: bob, events: {message: {}}, equals: ["before", "${what}"]}',
        "  - expect: {at: alice, table: {bob: online}, since: now, within: 10ms, soft: true}",
        see("before"),
      ],
      '14: table bob online, at alice within 10ms since "now" | the table says: bob online',
    ],
    [
      "`soft` failures are all told, and the rest goes on",
      [
        "  - expect: {at: bob, message: {text: nothing}, within: 1ms, soft: true}",
        say("hi"),
        "  - expect: {at: bob, message: {text: no}, within: 1ms, soft: true}",
        see("hi"),
      ],
      '7: a message, text "nothing", at bob within 1ms | no message at all',
      '9: a message, text "no", at bob within 1ms | nearest at 8ms, differs in text: message from alice "hi"',
    ],
    [
      "`all` gives each pattern an event of its own, whatever the order",
      [
        say("one"),
        say("two"),
        "  - expect: {at: bob, all: [{message: {}}, {message: {text: one}}, {table: {alice: online}}]}",
      ],
    ],
    [
      "`all` consumes nothing while one is missing",
      [
        say("one"),
        "  - expect: {at: bob, all: [{message: {}}, {message: {text: two}}], within: 1ms, soft: true}",
        see("one"),
      ],
      '8: a message; a message, text "two", at bob within 1ms | nearest at 7ms, differs in text: message from alice "one"',
    ],
    [
      "`order: strict` wants the next one",
      [
        say("one"),
        say("two"),
        "  - expect: {at: bob, message: {text: two}, order: strict, soft: true}",
        "  - expect: {at: bob, all: [{message: {text: one}}, {message: {text: two}}], order: strict}",
      ],
      '9: a message, text "two", at bob within 5s, as the next | at 7ms came first: message from alice "one"',
    ],
    [
      "`assert` has every operator",
      [
        say("aa"),
        say("ab"),
        ...["equals: 2", "not: 1", "oneOf: [1, 2]", "gt: 1", "gte: 2", "lt: 3", "lte: 2", "exists: true"].map(
          (operator) => `  - assert: {at: bob, count: {message: {}}, ${operator}}`,
        ),
        ...[
          "not: b",
          "matches: ^a",
          "contains: a",
          "oneOf: [aa, ab]",
          "exists: true",
          "equals: [aa, ab]",
          "not: [ab, aa]",
        ].map((operator) => `  - assert: {at: bob, events: {message: {}}, ${operator}}`),
        "  - assert: {at: bob, events: {error: {}}, exists: false}",
        "  - assert: {at: bob, events: [{message: {text: aa}}, {message: {text: ab}}]}",
        "  - assert: {at: bob, table: {alice: {oneOf: [online, offline]}, carol: absent}}",
        see("aa"),
        see("ab"),
      ],
    ],
    [
      "`assert` says what there is instead",
      [
        say("aa"),
        say("ab"),
        see("aa"),
        see("ab"),
        "  - assert: {at: bob, events: {message: {}}, equals: [ab, aa]}",
      ],
      '11: at bob, the texts of all like a message are "ab", "aa" | they are "aa", "ab"',
    ],
    [
      "`assert` of a sequence says what is missing after what",
      [say("aa"), see("aa"), "  - assert: {at: bob, events: [{message: {text: aa}}, {message: {text: ab}}]}"],
      '9: at bob, there is a message, text "aa", then a message, text "ab" | there is no message, text "ab" after a message, text "aa"',
    ],
    ["`wait` lets time pass", ["  - wait: 3s", say("late"), see("late")]],
    [
      "`fault` drops exactly the ones that are meant",
      [
        '  - fault: {drop: {link: "alice->bob", kind: message, nth: 2}}',
        say("one", "capture: {tries: attempts}"),
        "  - assert: {at: bob, count: {message: {}}, equals: 1}",
        say("two", "result: delivered, capture: {more: attempts}"),
        "  - {if: {tries: 1, more: {gt: 1}}, mark: as it should}",
        "  - never: {at: bob, error: {}, since: as it should}",
        see("one"),
        see("two"),
      ],
    ],
    [
      "`fault` makes an acknowledgement late",
      [
        '  - fault: {delay: {link: "bob->alice", kind: ack, by: 100ms}}',
        say("one", "result: delivered, capture: {took: roundTripMs}"),
        "  - {if: {took: {lt: 100}}, server: start}",
        see("one"),
      ],
    ],
    [
      "`raw` sends anything, past the program, and nobody is blamed for what comes of it",
      [
        '  - raw: {from: alice, to: bob, text: " forged"}',
        "  - never: {at: bob, message: {}, for: 100ms}",
        '  - raw: {from: alice, to: server, hex: "ff fe 00"}',
        say("hi"),
        see("hi"),
      ],
    ],
    [
      "`client` ends and starts a program",
      [
        "  - client: {at: bob, do: kill}",
        say("while away", "result: saved"),
        "  - client: {at: bob, do: start}",
        "  - register: bob",
        see("while away"),
        "  - client: {at: bob, do: stop}",
        "  - expect: {at: alice, table: {bob: offline}}",
      ],
    ],
    [
      "`client` lets one stand still: what comes waits",
      [
        "  - client: {at: bob, do: pause}",
        say("wake up", "result: saved"),
        "  - never: {at: bob, message: {}}",
        "  - client: {at: bob, do: resume}",
        see("wake up"),
        "  - settle: {max: 20s}",
      ],
      "",
    ],
    [
      "`client` says when that cannot be",
      ["  - client: {at: bob, do: start}"],
      "7: a client that can start | it runs already",
    ],
    [
      "`server` restarts, stands still and goes on",
      [
        "  - server: restart",
        "  - server: pause",
        "  - parallel:",
        "      - [{register: {client: bob, as: rob, result: timeout}}]",
        "  - server: resume",
        "  - register: {client: bob, as: robert}",
      ],
    ],
    [
      "`server` says when that cannot be",
      ["  - server: resume"],
      "7: a server that stands still | it does not stand still",
    ],
  ];
  for (const [what, lines, ...failures] of cases) {
    it(what, async () =>
      assert.deepEqual(
        await failuresOf(lines),
        failures.filter((line) => line !== ""),
      ),
    );
  }
});

describe("`setup` and `finally`", () => {
  const file = (steps: string, last: string, more = "") =>
    `scenario: 1\nclients: {alice: {}, bob: {}}\nleftovers: allow\n${more}setup:\n${ONLINE.join("\n")}\nsteps:\n${steps}\nfinally:\n${last}\n`;
  const LAST = `${say("goodbye")}\n  - assert: {at: bob, count: {message: {text: goodbye}}, equals: 7}`;

  const ends: readonly [how: string, steps: string, more: string, kinds: readonly string[]][] = [
    ["when all went well", "  - settle:", "", ["expectation"]],
    [
      "after a failure",
      "  - deregister: alice\n  - deregister: alice",
      "",
      ["expectation", "expectation", "expectation"],
    ],
    [
      "when time is up",
      "  - never: {at: bob, message: {}, for: 20s}",
      "timeout: 5s\n",
      ["timeout", "expectation"],
    ],
  ];
  for (const [how, steps, more, kinds] of ends) {
    it(`are performed, ${how}, each step for itself`, async () => {
      const { failures } = await runText(file(steps, LAST, more));

      assert.deepEqual(
        failures.map(({ kind }) => kind),
        kinds,
      );
      assert.match(failures.at(-1)?.found[0] ?? "", /^it is [01]$/);
    });
  }

  it("are performed when somebody interrupts, and fail nothing then", async () => {
    const controller = new AbortController();
    const labels: string[] = [];
    const [result] = (
      await runScenarios([scenarioOf(file("  - never: {at: bob, message: {}, for: 20s}", say("goodbye")))], {
        net: "sim",
        signal: controller.signal,
        onProgress: (progress) => {
          if (progress.kind !== "step-started") return;
          labels.push(progress.label);
          if (progress.label.startsWith("never")) controller.abort(new Error("enough"));
        },
      })
    ).scenarios;

    assert.equal(result?.outcome, "interrupted");
    assert.match(labels.at(-1) ?? "", /goodbye/);
  });
});

describe("`call`", () => {
  const files = {
    "main.yaml": withSteps(
      ...ONLINE,
      "  - call: {file: part.yaml, with: {from: alice, to: bob, text: one}}",
      "  - expect: {at: bob, message: {}, capture: said}",
      '  - call: {file: part.yaml, with: {from: bob, to: alice, text: "${said} and two"}}',
      '  - expect: {at: alice, message: {text: "one and two"}}',
    ),
    "part.yaml": `scenario: 1
vars: {from: , to: , text: , result: delivered}
setup: [{mark: begun}]
steps:
  - send: {from: "\${from}", to: "\${to}", text: "\${text}", result: "\${result}", capture: how}
  - {if: {how: {not: delivered}}, server: start}
finally:
  - never: {at: "\${to}", message: {text: nothing}, since: begun}
`,
  };

  it("performs another file with its own variables", async () => {
    using folder = folderOf(files);
    const { scenarios, problems } = loadScenarioFile(join(folder.path, "main.yaml"));

    const { scenarios: results } = await runScenarios(scenarios, { net: "sim" });

    assert.deepEqual(problems, []);
    assert.deepEqual(results[0]?.failures, []);
  });

  it("fails at the place in the called file, after its own `finally`", async () => {
    using folder = folderOf({
      ...files,
      "part.yaml": files["part.yaml"]
        .replace("text: nothing", 'text: "${text}"')
        .replace("how: {not: delivered}", "how: delivered"),
    });
    const { scenarios } = loadScenarioFile(join(folder.path, "main.yaml"));

    const [result] = (await runScenarios(scenarios, { net: "sim" })).scenarios;

    assert.deepEqual(
      result?.failures
        .map(({ place, step }) => [relative(folder.path, place.file), place.line, step])
        .slice(0, 2),
      [
        ["part.yaml", 8, 'never at bob: a message, text "one"'],
        ["part.yaml", 6, "server start"],
      ],
    );
  });
});

describe("what a scenario says of its own run", () => {
  const file = (key: string, step = "  - settle:") =>
    `scenario: 1\nclients: {alice: {}}\n${key}\nsteps:\n${step}\n`;
  const FAILS = "  - deregister: alice";
  const cases: readonly [key: string, step: string, outcome: string, note: string | undefined][] = [
    ["skip: it is slow", FAILS, "skipped", "it is slow"],
    ["skip: {when: {net: real}, reason: no}", "  - settle:", "passed", undefined],
    ["skip: {when: {net: sim}, reason: not here}", FAILS, "skipped", "not here"],
    ["requires: {net: real}", FAILS, "skipped", 'it requires net "real", and this is sim'],
    [
      "requires: {command: no-such-program}",
      FAILS,
      "skipped",
      "it requires the program no-such-program, which is not in PATH",
    ],
    [
      "requires: {env: [PATH, NO_SUCH_VARIABLE]}",
      FAILS,
      "skipped",
      "it requires the environment variable NO_SUCH_VARIABLE, which is not set",
    ],
    ["requires: {net: sim, command: sh, platform: {exists: true}}", "  - settle:", "passed", undefined],
    [
      "expectFail: {reason: it is broken, issue: '#7'}",
      FAILS,
      "passed",
      "failed as expected: it is broken, #7",
    ],
    ["expectFail: {when: {net: real}}", FAILS, "failed", undefined],
    ["expectFail: it is broken", "  - settle:", "failed", undefined],
    [
      "server: {address: '127.0.0.1:9'}",
      FAILS,
      "skipped",
      "its server is on the real network, and this is a simulation",
    ],
  ];
  for (const key of ["skip", "expectFail"]) {
    it(`a regular expression without an end, in ${key}, fails it there`, async () => {
      const when = `{when: {text: {matches: ^(a+)+$}}, reason: x}`;
      const keys = `vars: {text: ${"a".repeat(40)}b}\n${key}: ${when}`;

      const { outcome, failures } = await runText(file(keys));

      assert.equal(outcome, "failed");
      const [{ place, found } = { place: undefined, found: [] }] = failures;
      assert.equal(place?.line, 4);
      assert.match(found[0] ?? "", /does not come to an end/);
    });
  }
  for (const [key, step, outcome, note] of cases) {
    it(`${key} makes it ${outcome}`, async () => {
      const result = await runText(file(key, step));

      assert.deepEqual([result.outcome, result.note], [outcome, note]);
    });
  }

  it("fails when it passes unexpectedly, at the key that says so", async () => {
    const { failures } = await runText(file("expectFail: it is broken"));

    assert.deepEqual(
      failures.map(({ kind, place, expected }) => [kind, place.line, expected]),
      [["unexpected-pass", 3, "the scenario fails: it is broken"]],
    );
  });
});

describe("an invariant that is switched off", () => {
  // A nickname is stolen, and with it a message: the thief got what nobody sent him, and its recipient did not get it.
  const file = (off: readonly string[]) => {
    const keys = off.map((name) => `${name}: {off: that is what it is about}`).join(", ");
    return `scenario: 1
clients: {alice: {protocol: 1}, bob: {protocol: 1}, mallory: {protocol: 1}}
invariants: {${keys}}
steps:
  - parallel: [{register: alice}, {register: bob}, {register: mallory}]
  - deregister: alice
  - raw: {from: mallory, to: server, text: reg alice}
  - repeat: {until: {at: bob, table: {alice: online}}, max: 5s, steps: [{settle: {quiet: 20ms}}]}
  - send: {from: bob, to: alice, text: hi, result: delivered}
  - expect: {at: mallory, message: {from: bob}}
`;
  };
  const ARRIVAL = '"hi" from bob reaches alice, as bob was told';
  const ONCE = "mallory gets from bob only what bob sent";
  const cases: readonly (readonly [off: readonly string[], broken: readonly string[]])[] = [
    [[], [ARRIVAL, ONCE]],
    [
      ["order", "silence"],
      [ARRIVAL, ONCE],
    ],
    [["arrival"], [ONCE]],
    [["once"], [ARRIVAL]],
    [["arrival", "once"], []],
  ];
  for (const [off, broken] of cases) {
    it(`is not held against a run, and each other one is: ${off.join(" and ") || "none is off"}`, async () => {
      const { failures } = await runText(file(off));

      assert.deepEqual(
        failures.map(({ expected }) => expected),
        broken,
      );
    });
  }
});

it("plays on the real network as in simulation", async () => {
  const text = withSteps(
    ...ONLINE,
    '  - fault: {drop: {link: "bob->alice", kind: ack}}',
    '  - send: {from: alice, to: bob, text: "hi", capture: how}',
    "  - mark: sent",
    "  - client: {at: bob, do: kill}",
    "  - register: bob",
    '  - send: {from: bob, to: alice, text: "${how}", result: delivered}',
    "  - expect: {at: alice, message: {text: delivered}, since: sent}",
    "  - repeat: {until: {at: bob, message: {text: hi}}, max: 2s, steps: [{settle: {quiet: 1ms}}]}",
  );

  const { failures } = await runText(text, "real");

  assert.deepEqual(failures, []);
});
