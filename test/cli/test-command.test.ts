import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";

const GREETING = `\
scenario: 1
name: hello
net: {links: {"*": {delay: 1ms..9ms}}}
clients: {alice: {}, bob: {}}
steps:
  - register: alice
  - register: bob
  - expect: {at: alice, table: {bob: online}}
  - send: {from: alice, to: bob, text: hi, result: delivered}
  - expect: {at: bob, message: {from: alice, text: hi}}
`;

describe("udpchat test", { concurrency: 4 }, () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-test-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    await writeFile(path.join(folder, name), text);
    return name;
  }
  const test = (...args: string[]) => callCli(["test", ...args], { cwd: folder });

  it("passes on real UDP and in simulation alike", async () => {
    const greeting = await file("alike.yaml", GREETING);

    for (const net of ["real", "sim"]) {
      const { exitCode, stdout, stderr } = await test(greeting, "--net", net);

      assert.match(stdout, /✓ alike\.yaml › hello .*\n\n {2}1 passed/);
      assert.deepEqual([exitCode, stderr], [0, ""]);
    }
  });

  it("points at each of three mistakes of different kinds, and runs nothing", async () => {
    const wrong = await file(
      "wrong.yaml",
      GREETING.replace("register: bob", "regsiter: bob")
        .replace("at: alice, table", "at: alise, table")
        .replace("text: hi}", "text: hi}, within: 2"),
    );

    const { exitCode, stdout, stderr } = await test(wrong);

    assert.match(stderr, /^wrong\.yaml:7:5: error: .*regsiter.*\n.*\n.*\^.*did you mean `register`/m);
    assert.match(stderr, /^wrong\.yaml:8:18: error: .*alise.*\n.*\n.*\^.*did you mean `alice`/m);
    assert.match(stderr, /^wrong\.yaml:10:\d+: error: .*\n.*within: 2.*\n.*\^/m);
    assert.match(stderr, /\n3 mistakes in 1 file; no scenario was run\n$/);
    assert.deepEqual([exitCode, stdout], [2, ""]);
  });

  it("shows a failure's place, what was expected and what there is, and how to replay it", async () => {
    const failing = await file("failing.yaml", GREETING.replace("text: hi}}", "text: ho}, within: 1s}"));

    const { exitCode, stdout } = await test(failing, "--net", "sim", "--seed", "3");

    assert.match(stdout, /✗ failing\.yaml › hello/);
    assert.match(stdout, /failing\.yaml:10:5/);
    assert.match(stdout, /\bho\b/);
    assert.match(stdout, /udpchat test failing\.yaml --net sim --seed 3/);
    assert.match(stdout, /\n {2}1 failed/);
    assert.equal(exitCode, 1);
  });

  it("gives the same trace for the same seed, and another for another", async () => {
    const greeting = await file("seeded.yaml", GREETING);

    const traces = [];
    for (const seed of ["7", "7", "8"]) {
      const { stdout } = await test(greeting, "--net", "sim", "--seed", seed);
      traces.push(/trace ([0-9a-f]{16})$/m.exec(stdout)?.[1]);
    }

    const [first, second, other] = traces;
    assert.ok(first !== undefined && other !== undefined, `no trace in ${traces}`);
    assert.equal(first, second);
    assert.notEqual(first, other);
  });

  it("selects by name", async () => {
    const greeting = await file(
      "grep.yaml",
      GREETING.replace("name: hello", 'name: "say ${x}"\nmatrix: {x: [a, b]}'),
    );

    const { stdout } = await test(greeting, "--net", "sim", "-g", "^say b$", "--reporter", "json");

    const { counts, scenarios } = JSON.parse(stdout);
    assert.deepEqual([counts.selected, scenarios[0].name, scenarios[0].outcome], [1, "say b", "passed"]);
  });

  it("takes a folder without scenarios for wrong usage", async () => {
    const { exitCode, stderr } = await test("--net", "sim", ".empty");

    assert.match(stderr, /^error: there is nothing at \.empty/);
    assert.equal(exitCode, 3);
  });

  it("ends in order when it is interrupted", async () => {
    const long = await file("long.yaml", `${GREETING}  - never: {at: bob, message: {}, for: 50s}\n`);
    await using running = startCli(["test", long], { cwd: folder });
    await running.line(/Running 1 scenario/);

    const { exitCode, stdout } = await running.kill("SIGINT");

    assert.match(stdout, /interrupted/);
    assert.equal(exitCode, 1);
  });

  it("ends quietly when nobody reads on", async () => {
    const greeting = await file("pipe.yaml", GREETING);
    await using running = startCli(["test", greeting, "--reporter", "json"], { cwd: folder });

    running.stopReading();
    const { exitCode, stderr } = await running.finished;

    assert.deepEqual([exitCode, stderr], [141, ""]);
  });
});
