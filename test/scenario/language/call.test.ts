import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { folderOf } from "../../support/folder.ts";
import { withSteps } from "../../support/scenario-text.ts";

const GREET = `scenario: 1
vars: {one: , other: , text: hi}
steps:
  - register: "\${one}"
  - send: {from: "\${one}", to: "\${other}", text: "\${text}", result: delivered}
`;

/** Problems of the files, each as `file:line:column CODE message` and its hint. */
function problemsOf(files: Readonly<Record<string, string>>): readonly string[] {
  using folder = folderOf(files);
  return loadScenarioFile(join(folder.path, "main.yaml")).problems.map(({ code, message, place, hint }) => {
    const where = `${relative(folder.path, place.file)}:${place.line}:${place.column}`;
    return `${where} ${code} ${message}${hint === undefined ? "" : `; ${hint}`}`;
  });
}

const main = (line: string) => withSteps(`  - ${line}`);

describe("a file that calls another", () => {
  it("has its steps, with the values of this call, each at its own place", () => {
    using folder = folderOf({
      "main.yaml": withSteps(
        "  - call: {file: parts/greet.yaml, with: {one: alice, other: bob}}",
        "  - call: {file: parts/greet.yaml, with: {one: bob, other: alice, text: 1.0}}",
      ),
      "parts/greet.yaml": GREET,
    });

    const { scenarios, problems, files } = loadScenarioFile(join(folder.path, "main.yaml"));

    assert.deepEqual(problems, []);
    assert.deepEqual(
      files.map((file) => relative(folder.path, file)),
      ["main.yaml", "parts/greet.yaml"],
    );
    const sends = scenarios[0]?.steps.map((step) => {
      const inner = step.verb === "call" ? step.story.steps[1] : undefined;
      assert.ok(inner?.verb === "send");
      return [inner.from, inner.to, inner.text, relative(folder.path, inner.place.file), inner.place.line];
    });
    assert.deepEqual(sends, [
      ["alice", "bob", "hi", "parts/greet.yaml", 5],
      ["bob", "alice", "1.0", "parts/greet.yaml", 5],
    ]);
  });

  it("may hand on what it captures, and what it was given", () => {
    const problems = problemsOf({
      "main.yaml": withSteps(
        "  - expect: {at: alice, message: {}, capture: said}",
        '  - call: {file: middle.yaml, with: {who: alice, text: "${said}"}}',
      ),
      "middle.yaml": `scenario: 1
vars: {who: , text: }
steps: [{call: {file: greet.yaml, with: {one: "\${who}", other: bob, text: "\${text}"}}}]
`,
      "greet.yaml": GREET,
    });

    assert.deepEqual(problems, []);
  });

  const wrong: readonly [what: string, files: Readonly<Record<string, string>>, ...problems: string[]][] = [
    [
      "a value is wrong where it is written, once",
      { "main.yaml": main("call: {file: greet.yaml, with: {one: alcie, other: bob}}"), "greet.yaml": GREET },
      "main.yaml:4:42 UNKNOWN_NAME there is no client `alcie`; did you mean `alice`?",
    ],
    [
      "a parameter is misspelled",
      { "main.yaml": main("call: {file: greet.yaml, with: {oen: alice, other: bob}}"), "greet.yaml": GREET },
      "main.yaml:4:37 UNKNOWN_PARAMETER `greet.yaml` has no parameter `oen`; did you mean `one`?",
    ],
    [
      "a parameter is missing",
      { "main.yaml": main("call: {file: greet.yaml, with: {one: alice}}"), "greet.yaml": GREET },
      "main.yaml:4:5 MISSING `greet.yaml` needs a value for `other`; write `with: {other: …}`",
    ],
    [
      "there is no such file",
      { "main.yaml": main("call: {file: gret.yaml}"), "greet.yaml": GREET },
      "main.yaml:4:18 FILE_NOT_FOUND there is no file `gret.yaml`; paths count from the folder of this file",
    ],
    [
      "the mistake is in the called file",
      {
        "main.yaml": main("call: {file: greet.yaml, with: {one: alice, other: bob}}"),
        "greet.yaml": GREET.replace("register", "regsiter"),
      },
      "greet.yaml:4:5 UNKNOWN_VERB unknown verb `regsiter`; did you mean `register`?",
    ],
    [
      "the called file is no YAML",
      { "main.yaml": main("call: {file: greet.yaml}"), "greet.yaml": "steps: [" },
      "greet.yaml:1:8 SYNTAX the `]` that closes this is missing",
    ],
    [
      "a file calls itself",
      { "main.yaml": main("call: {file: main.yaml}") },
      "main.yaml:4:18 CALLS_ITSELF a file cannot call itself: main.yaml calls main.yaml; `repeat` does something again",
    ],
    [
      "two files call each other",
      {
        "main.yaml": main("call: {file: a.yaml}"),
        "a.yaml": main("call: {file: b.yaml}"),
        "b.yaml": main("call: {file: a.yaml}"),
      },
      "b.yaml:4:18 CALLS_ITSELF a file cannot call itself: a.yaml calls b.yaml calls a.yaml; `repeat` does something again",
    ],
    [
      "the called file has clients that this one lacks",
      {
        "main.yaml": main("call: {file: a.yaml}"),
        "a.yaml": "scenario: 1\nclients: {carol: {}}\nsteps: [register: carol]\n",
      },
      "main.yaml:4:18 UNKNOWN_NAME `a.yaml` needs a client `carol`; declare it: `clients: {carol: {}}`",
    ],
    [
      "the called file runs more than once",
      {
        "main.yaml": main("call: {file: a.yaml}"),
        "a.yaml": "scenario: 1\nmatrix: {a: [1, 2]}\nsteps: [settle: {}]\n",
      },
      "main.yaml:4:18 BAD_VALUE `a.yaml` has a `matrix`, and a file that is called runs once; call it with parameters instead",
    ],
    [
      "which file is called is not known",
      { "main.yaml": withSteps("  - set: {name: a}", '  - call: {file: "${name}.yaml"}') },
      "main.yaml:5:18 BAD_REFERENCE which file is called must be known before the scenario runs; use variables of `vars` and `matrix` only",
    ],
  ];
  for (const [what, files, ...expected] of wrong) {
    it(`says so when ${what}`, () => assert.deepEqual(problemsOf(files).toSorted(), expected));
  }

  it("cannot grow without bound", () => {
    const calls = (file: string) => `scenario: 1\nsteps:\n${`  - call: {file: ${file}}\n`.repeat(30)}`;

    const [problem, ...more] = problemsOf({
      "main.yaml": calls("a.yaml"),
      "a.yaml": calls("b.yaml"),
      "b.yaml": calls("c.yaml"),
      "c.yaml": "scenario: 1\nsteps: [settle: {}, settle: {}]\n",
    });

    assert.match(problem ?? "", /TOO_LARGE more than 5000 steps/);
    assert.ok(more.length <= 50, more.join("\n"));
  });
});

describe("a file with parameters that have no value", () => {
  it("is no scenario by itself", () => {
    using folder = folderOf({ "greet.yaml": GREET });

    const { scenarios, problems, parameters } = loadScenarioFile(join(folder.path, "greet.yaml"));

    assert.deepEqual([scenarios, problems, parameters], [[], [], ["one", "other"]]);
  });
});
