import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { callCli } from "../support/command-lines.ts";
import { folderOf } from "../support/folder.ts";

const BAD = `scenario: 1
name: bad
clients: {alice: {}}
steps:
  - regsiter: alice
  - wait: 1s
  - settle: {max: 5}
`;

describe("the commands about scenario files", { concurrency: 3 }, () => {
  it("lint says all that is wrong and doubtful, as a text and as JSON", async () => {
    using folder = folderOf({
      "bad.yaml": BAD,
      "part.yaml": 'scenario: 1\nvars: {who: }\nsteps: [{registre: "${who}"}]\n',
      "main.yaml":
        "scenario: 1\nclients: {alice: {}}\nsteps: [{call: {file: part.yaml, with: {who: alice}}}]\n",
    });

    const [text, json] = await Promise.all([
      callCli(["lint", "."], { cwd: folder.path }),
      callCli(["lint", "bad.yaml", "--json"], { cwd: folder.path }),
    ]);

    assert.equal(
      text.stdout,
      `bad.yaml:5:5: error: unknown verb \`regsiter\`
  5 |   - regsiter: alice
    |     ^^^^^^^^ did you mean \`register\`?
bad.yaml:6:5: warning: \`wait\` is a guess at how long something takes
  6 |   - wait: 1s
    |     ^^^^ \`expect\`, \`settle\` or \`never: {…, for: …}\` wait for what happens
bad.yaml:7:19: error: a duration needs a unit
  7 |   - settle: {max: 5}
    |                   ^ write a unit, such as \`5ms\` or \`5s\`
part.yaml:3:10: error: unknown verb \`registre\`
  3 | steps: [{registre: "\${who}"}]
    |          ^^^^^^^^ did you mean \`register\`?

3 errors, 1 warning in 3 files
`,
    );
    assert.deepEqual([text.exitCode, json.exitCode], [2, 2]);
    const { version, files, problems } = JSON.parse(json.stdout);
    assert.deepEqual([version, files], [1, ["bad.yaml"]]);
    assert.deepEqual(problems[1], {
      severity: "warning",
      code: "GUESS",
      message: "`wait` is a guess at how long something takes",
      hint: "`expect`, `settle` or `never: {…, for: …}` wait for what happens",
      file: "bad.yaml",
      line: 6,
      column: 5,
    });
  });

  it("lint has nothing to say of the examples", async () => {
    const { stdout, exitCode } = await callCli(["lint"]);

    assert.match(stdout, /^nothing to complain of in \d+ files\n$/);
    assert.equal(exitCode, 0);
  });

  it("explain tells what a scenario does, and what is wrong with it instead", async () => {
    using folder = folderOf({ "bad.yaml": BAD });

    const [told, wrong, missing] = await Promise.all([
      callCli(["explain", "scenarios/offline-crash.yaml"]),
      callCli(["explain", "bad.yaml"], { cwd: folder.path }),
      callCli(["explain", "nowhere.yaml"], { cwd: folder.path }),
    ]);

    for (const line of [
      /^ {2}3 times, once for each combination of the values in `matrix`:$/m,
      /^ {2}a server of ours, which keeps its data when it ends$/m,
      /^ {2}on every link: 10% is lost, it takes 1ms to 10ms, 2% comes twice$/m,
      /^ {2}2\. {2}bob deregisters, and the server confirms it$/m,
      /^ {2}no message comes more often than it was sent$/m,
    ]) {
      assert.match(told.stdout, line);
    }
    assert.match(wrong.stderr, /^bad\.yaml:5:5: error: unknown verb `regsiter`$/m);
    assert.match(missing.stderr, /nowhere\.yaml cannot be explained: there is no such file/);
    assert.deepEqual([told.exitCode, wrong.exitCode, missing.exitCode], [0, 2, 3]);
  });

  it("schema prints a JSON Schema", async () => {
    const { stdout, exitCode } = await callCli(["schema"]);

    assert.equal(JSON.parse(stdout).$schema, "https://json-schema.org/draft/2020-12/schema");
    assert.equal(exitCode, 0);
  });
});
