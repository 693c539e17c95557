import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { problemsOf, withSteps } from "../../support/scenario-text.ts";

type Case = readonly [line: string, ...problems: string[]];

function inSteps(cases: readonly Case[]): void {
  for (const [line, ...expected] of cases) {
    it(line, () => assert.deepEqual(problemsOf(withSteps(`  ${line}`)), expected));
  }
}

function inFiles(cases: readonly Case[]): void {
  for (const [text, ...expected] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(problemsOf(text), expected));
  }
}

describe("problems", () => {
  it("come all at once, in the order of the file", () => {
    const text = withSteps(
      "  - exepct: {at: bob, message: {}}",
      "  - register: alcie",
      "  - settle: {max: 5}",
    );

    assert.deepEqual(problemsOf(text), [
      "4:5 UNKNOWN_VERB unknown verb `exepct`; did you mean `expect`?",
      "5:15 UNKNOWN_NAME there is no client `alcie`; did you mean `alice`?",
      "6:19 MISSING_UNIT a duration needs a unit; write a unit, such as `5ms` or `5s`",
    ]);
  });

  it("stand inside misspelled parts too", () => {
    const text = "scenario: 1\nclinets: {alice: {}}\nsetps: [rgister: alcie]\n";

    assert.deepEqual(problemsOf(text), [
      "2:1 UNKNOWN_KEY unknown key `clinets`; did you mean `clients`?",
      "3:1 UNKNOWN_KEY unknown key `setps`; did you mean `steps`?",
      "3:9 UNKNOWN_VERB unknown verb `rgister`; did you mean `register`?",
      "3:18 UNKNOWN_NAME there is no client `alcie`; did you mean `alice`?",
    ]);
  });

  it("of a matrix come once, not once for each case", () => {
    const text = "scenario: 1\nmatrix: {max: [1, 2, 3]}\nsteps: [settle: {max: '${max}'}]\n";

    assert.equal(problemsOf(text).length, 1);
  });

  it("in what an alias stands for come once", () => {
    const text = withSteps("  - &settle {settle: {max: 5}}", "  - *settle", "  - *settle");

    assert.equal(problemsOf(text).length, 1);
  });
});

describe("a step that is wrong", () => {
  inSteps([
    ["- settle", "4:5 WRONG_TYPE expected a step, got the text `settle`; write `- settle: {}`"],
    [
      "- register alice",
      "4:5 WRONG_TYPE expected a step, got the text `register alice`; write `- register: alice`",
    ],
    [
      "- input: {at: bob, command: send, eof: true}",
      "4:22 TOO_MANY `command` cannot stand beside `eof`; write `line` instead, what stands behind the command",
    ],
    ["- input: {at: bob}", "4:5 MISSING what is typed is missing here; add one of line, eof"],
    [
      "- {if: {net: sim}, then: [{register: bob}]}",
      "4:22 UNKNOWN_VERB unknown verb `then`; a condition stands beside the verb: `- if: …` and `register: bob` below it",
    ],
    ["- expect at bob: hi", "4:5 UNKNOWN_VERB unknown verb `expect at bob`; after `expect` comes a colon"],
    [
      "- assert: {at: bob, count: {message: {}}, gt: 1, lt: 3}",
      "4:52 TOO_MANY `lt` cannot stand beside `gt`; one operator a step: write a second step for the other",
    ],
    ["- wiat: 5s", "4:5 UNKNOWN_VERB unknown verb `wiat`; did you mean `wait`?"],
    [
      "- {register: alice, deregister: bob}",
      '4:23 TOO_MANY `deregister` is a second verb beside `register`; a step has one: begin another with "- deregister:"',
    ],
    ["- {register: alice, nmae: x}", "4:23 UNKNOWN_KEY unknown key `nmae`; did you mean `name`?"],
    [
      "- send:\n    from: alice\n    to: bob\n    text: hi",
      "5:5 MISSING the fields of `send` stand beside it, not in it; indent them further than the verb",
    ],
    [
      "- register:",
      "4:5 WRONG_TYPE expected a client's name, or a map such as `{client: alice, result: refused}`, got nothing",
    ],
    ["- register: {}", "4:5 MISSING the key `client` is missing; it takes a client's name"],
    [
      "- register: {client: bob, result: no}",
      "4:37 UNKNOWN_VALUE unknown value `no`; known here: ok, refused, timeout",
    ],
    ["- server: strat", "4:13 UNKNOWN_VALUE unknown value `strat`; did you mean `start`?"],
    ["- server: restrat", "4:13 UNKNOWN_VALUE unknown value `restrat`; did you mean `restart`?"],
    ["- send: {form: alice, to: bob, text: hi}", "4:12 UNKNOWN_KEY unknown key `form`; did you mean `from`?"],
    [
      "- assert: {nat: bob, count: {message: {}}, equals: 1}",
      "4:14 UNKNOWN_KEY unknown key `nat`; did you mean `at`?",
    ],
    [
      "- send: {from: alice, to: bob, xyzzy: hi}",
      "4:34 UNKNOWN_KEY unknown key `xyzzy`; known here: text, result, capture",
    ],
    ["- send: {from: alice, to: bob, text: }", "4:34 WRONG_TYPE expected a text, got nothing"],
    [
      "- send: {from: alice, to: alice, text: hi}",
      "4:29 BAD_VALUE `alice` sends to itself; write `result: failed` if the failure is what you look for",
    ],
    [
      "- send: {from: alice, to: carol, text: hi}",
      "4:29 UNKNOWN_NAME `carol` is not a nickname of this scenario; known here: alice, bob, or write `result: failed` if nobody shall get it",
    ],
    [
      "- send: {from: alice, to: carol, text: hi, result: faild}",
      "4:54 UNKNOWN_VALUE unknown value `faild`; did you mean `failed`?",
    ],
    [
      `- send: {from: alice, to: bob, text: ${"ü".repeat(501)}}`,
      "4:40 BAD_VALUE a text has at most 1000 bytes; write `result: failed` if the failure is what you look for",
    ],
    [
      "- expect: {at: bob}",
      "4:5 MISSING an event is missing here; add one of message, table, error, line, shown, exit, datagram, all",
    ],
    [
      "- expect: {at: bob, message: {}, error: {}}",
      "4:36 TOO_MANY `error` cannot stand beside `message`; choose one of message, table, error, line, shown, exit, datagram, all",
    ],
    [
      "- expect: {at: bob, message: {text: {matches: '('}}}",
      "4:49 BAD_PATTERN this regular expression does not compile: unterminated group",
    ],
    [
      "- expect: {at: bob, message: {saved: yes}}",
      "4:40 WRONG_TYPE expected `true` or `false`, got the text `yes`; write `true`: in YAML 1.2 `yes` is a text",
    ],
    [
      "- expect: {at: bob, table: {alcie: online}}",
      "4:31 UNKNOWN_NAME `alcie` is not a nickname of this scenario; did you mean `alice`?",
    ],
    [
      "- never: {at: bob, message: {from: alcie}}",
      "4:38 UNKNOWN_NAME `alcie` is not a nickname of this scenario; did you mean `alice`?",
    ],
    [
      "- assert: {at: bob, count: {message: {}}, equals: '1'}",
      "4:53 WRONG_TYPE a count is compared with a whole number; leave the quotes out",
    ],
    [
      "- assert: {at: bob, count: {message: {}}}",
      "4:23 MISSING what shall the count be?; add one of equals, not, oneOf, gt, gte, lt, lte, such as `equals: 1`",
    ],
    [
      "- net: {link: '*'}",
      "4:11 MISSING what shall happen on this link?; add one of loss, delay, duplicate, reorder, corrupt; `loss: 0%` ends a loss",
    ],
    ["- net: {loss: 20%}", '4:11 MISSING `loss` on which link?; write `link: "*"` for every link'],
    [
      "- net: {link: alice<->bob, loss: 20%}",
      '4:17 BAD_VALUE `alice<->bob` is not a link; write "alice--bob"',
    ],
    [
      "- net: {link: 'alice->bbo', loss: 20%}",
      "4:25 UNKNOWN_NAME `bbo` is not the name of a client or bot of this scenario; did you mean `bob`?",
    ],
    [
      "- net: {partition: [[alice], [bbo, server]]}",
      "4:33 UNKNOWN_NAME `bbo` is not the name of a client or bot of this scenario; did you mean `bob`?",
    ],
    [
      "- parallel: [[{register: alice}], [{rgister: bob}]]",
      "4:39 UNKNOWN_VERB unknown verb `rgister`; did you mean `register`?",
    ],
  ]);
});

describe("a quantity that is wrong", () => {
  inSteps([
    [
      "- settle: {max: 1.5}",
      "4:19 MISSING_UNIT a duration needs a unit; write a unit, such as `1.5ms` or `1.5s`",
    ],
    ["- settle: {max: 5 sec}", "4:19 BAD_VALUE `5 sec` is not a duration; write `5s`"],
    [
      "- settle: {max: -5s}",
      "4:19 BAD_VALUE `-5s` is not a duration; write a number and one of `ms`, `s`, `m`, `h`, such as `600ms`",
    ],
    ["- settle: {max: 25h}", "4:19 OUT_OF_RANGE `25h` is longer than a day"],
    ["- net: {link: '*', loss: 0.2}", "4:28 MISSING_UNIT a percentage needs its sign; write `20%`"],
    ["- net: {link: '*', loss: 20}", "4:28 MISSING_UNIT a percentage needs its sign; write `20%`"],
    ["- net: {link: '*', loss: 101%}", "4:28 OUT_OF_RANGE `101%` is more than `100%`"],
    [
      "- net: {link: '*', delay: 5..40ms}",
      "4:29 MISSING_UNIT both ends of a range need a unit; write `5ms..40ms`",
    ],
    [
      "- net: {link: '*', delay: 40ms..5ms}",
      "4:29 OUT_OF_RANGE a range begins with its smaller end; write `5ms..40ms`",
    ],
    ["- net: {link: '*', delay: 5ms..}", "4:29 BAD_VALUE `5ms..` is not a range; write `5ms..40ms`"],
  ]);
});

describe("a file that is wrong", () => {
  inFiles([
    ["", "1:1 EMPTY the file is empty; begin with `scenario: 1`"],
    ["- a", "1:1 WRONG_TYPE expected a map that begins with `scenario: 1`, got a list"],
    [
      "steps: [settle: {}]",
      "1:1 MISSING the key `scenario` is missing; it takes the version of the language, `1`",
    ],
    [
      "scenario: 2\nsteps: [settle: {}]",
      "1:11 UNKNOWN_VERSION version 2 of the language is not known here; write `scenario: 1`",
    ],
    ["scenario: 1\nsteps: []", "2:8 MISSING nothing stands here; write a list of steps"],
    [
      "scenario: 1\nload: {}\nsteps: [settle: {}]",
      "2:1 NOT_SUPPORTED_YET `load` is not supported yet; it is part of the language, and a later version will read it",
    ],
    [
      "scenario: 1\nclients: {server: {}, 'a b': {}, x--y: {}}\nsteps: [settle: {}]",
      "2:11 BAD_NAME `server` is the name of the server itself; choose another name",
      "2:23 BAD_NAME `a b` cannot be a nickname; a nickname has 1 to 32 letters, digits, `_`, `.` or `-`",
      "2:34 BAD_NAME `--` stands between the ends of a link, not in a name; write `x-y`",
    ],
    [
      "scenario: 1\nbots: {echo: {script: nope.ts}}\nsteps: [register: echo]",
      "2:23 FILE_NOT_FOUND there is no file `nope.ts`; paths count from the folder of this file",
      "3:19 WRONG_ROLE `echo` is a bot: it acts by itself, and only clients can be told to",
    ],
    [
      "scenario: 1\n---\nx: 1",
      "2:1 SYNTAX a file holds one scenario; put the second one into a file of its own",
    ],
    ["scenario: 1\nsteps:\n\t- settle: {}", "3:1 SYNTAX a tab cannot indent; use blanks"],
    [
      "scenario: 1\nname: a: b",
      "2:7 SYNTAX a second `key: value` in one line; put quotes round a text that holds a colon and a blank, or begin a line of its own",
    ],
    ["scenario: 1\nname: 'it''s", "2:7 SYNTAX the `'` that closes this is missing"],
    [
      "scenario: 1\nclients: {alice: {}\nsteps: [settle: {}]",
      "2:10 SYNTAX the `}` that closes this is missing",
    ],
    [
      "scenario: 1\nsteps: [settle: {max: ${x}}]",
      '2:23 SYNTAX `${` needs quotes inside { } and [ ]; write "${x}"',
    ],
    ["%YAML 1.1\n---\nscenario: 1", "1:1 SYNTAX scenarios are written in YAML 1.2; leave this line out"],
    [
      "scenario: 1\nname: a\nname: b\nsteps: [settle: {}]",
      "3:1 DUPLICATE_KEY the key `name` stands twice in one map; the first stands at 2:1",
    ],
    [
      "scenario: 1\nsteps: [&a {settle: {max: 1s}}, *b]",
      "2:33 BAD_ALIAS the alias `*b` stands for nothing above it; known here: a",
    ],
    ["scenario: 1\nsteps: &a [*a]", "2:12 BAD_ALIAS the alias `*a` stands inside what it stands for"],
    [
      "scenario: 1\nname: a\u0000b",
      "2:8 CONTROL_CHARACTER the control character U+0000 cannot stand in a file; in double quotes write an escape",
    ],
    [
      'scenario: 1\nname: "\\uD800"\nsteps: [settle: {}]',
      "2:7 CONTROL_CHARACTER half of a surrogate pair is not a character",
    ],
  ]);
});

describe("a variable that is wrong", () => {
  inFiles([
    [
      "scenario: 1\nvars: {text: hi}\nname: a ${txt} b\nsteps: [settle: {}]",
      "3:9 UNKNOWN_VARIABLE there is no variable `txt`; did you mean `text`?",
    ],
    [
      "scenario: 1\nvras: {max: 1s}\nsteps: [settle: {max: '${max}'}]",
      "2:1 UNKNOWN_KEY unknown key `vras`; did you mean `vars`?",
    ],
    [
      "scenario: 1\nvars: {a: '${b}', b: 1}\nsteps: [settle: {}]",
      "2:12 UNKNOWN_VARIABLE there is no variable `b`; declare it: `vars: {b: …}`; or write `$${` for the two characters",
    ],
    [
      "scenario: 1\nname: ${\nsteps: [settle: {}]",
      "2:7 BAD_REFERENCE `${` begins a reference such as `${name}`; write `$${` for the two characters themselves",
    ],
    [
      "scenario: 1\nclients: {a: {process: {command: [x, '${server.host}']}}}\nsteps: [settle: {}]",
      "2:39 BAD_REFERENCE `${` begins a reference such as `${name}`; known here: nick, host, serverPort, port",
    ],
    [
      "scenario: 1\nclients: {a: {process: {command: [x, '${serverport}']}}}\nsteps: [settle: {}]",
      "2:39 UNKNOWN_VARIABLE there is no variable `serverport`; did you mean `serverPort`?",
    ],
    [
      "scenario: 1\nvars: {a: b}\nclients: {'${a}': {}}\nsteps: [settle: {}]",
      "3:11 BAD_REFERENCE variables are put into values, not into keys",
    ],
    [
      "scenario: 1\nvars: {a: [1]}\nsteps: [settle: {}]",
      "2:11 WRONG_TYPE expected a text, a number, true or false, got a list",
    ],
    [
      "scenario: 1\nmatrix: {a: 1, b: []}\nsteps: [settle: {}]",
      "2:13 WRONG_TYPE expected a list of values, got the number `1`",
      "2:19 MISSING nothing stands here; write a list of values",
    ],
  ]);
});

describe("a path that is wrong", () => {
  it("of nothing", () => {
    const { scenarios, problems } = loadScenarioFile("no/such.yaml");

    assert.deepEqual(scenarios, []);
    assert.deepEqual(
      problems.map(({ code, message, place }) => [code, message, place.file]),
      [["UNREADABLE", "there is no such file", "no/such.yaml"]],
    );
  });

  it("of a folder", () => {
    const { problems } = loadScenarioFile(import.meta.dirname);

    assert.deepEqual(
      problems.map(({ code }) => code),
      ["UNREADABLE"],
    );
  });
});
