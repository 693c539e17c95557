import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { systemWorld } from "../../src/net/system-world.ts";
import { type Finished, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { listen } from "../support/listener.ts";
import { serverHere } from "../support/server-here.ts";

const GREETING = (name: string, text = "hi") => `\
scenario: 1
name: ${name}
tags: [${name}]
clients: {alice: {}, bob: {}}
steps:
  - register: alice
  - register: bob
  - expect: {at: alice, table: {bob: online}}
  - send: {from: alice, to: bob, text: ${text}, result: delivered}
  - expect: {at: bob, message: {from: alice, text: hi}, within: 1s}
`;

describe("an option of udpchat test", { concurrency: 4 }, () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-options-"));
  });
  after(() => rm(folder, { recursive: true }));

  /** A folder of its own with these files, and the command in it; a command that waits long has others wait unless it is run alone. */
  async function project(files: Readonly<Record<string, string>>, run = callCli) {
    const cwd = await mkdtemp(path.join(folder, "p-"));
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
    const test = (...args: string[]): Promise<Finished> =>
      run(["test", ".", ...args], { cwd, env: { GITHUB_ACTIONS: "" } });
    return { cwd, test };
  }

  it("--seeds runs every seed, names those that failed, and shows how to replay the first", async () => {
    const lossy = GREETING("lossy").replace(
      "clients:",
      'net: {links: {"alice -> bob": {loss: 80%}}}\nclients:',
    );
    const { test } = await project({ "lossy.yaml": lossy, "good.yaml": GREETING("good") });

    const { exitCode, stdout } = await test("--net", "sim", "--seeds", "1..40");

    assert.match(stdout, /^Running 2 scenarios, 80 runs, in simulation, seeds 1 to 40$/m);
    assert.match(stdout, /✓ good\.yaml › good \(40 seeds, /);
    const [, count, first] = /✗ lossy\.yaml › lossy .* (\d+) of 40 failed: seeds (\d+),/.exec(stdout) ?? [];
    assert.ok(Number(count) > 1, stdout);
    assert.match(
      stdout,
      new RegExp(`replay +udpchat test lossy.yaml --net sim --seed ${first} --grep '\\^lossy\\$'`),
    );
    assert.equal(exitCode, 1);
    const again = await test("--net", "sim", "--seed", String(first), "--grep", "^lossy$");
    assert.equal(again.exitCode, 1);
  });

  it("--check-determinism passes what is the same twice", async () => {
    const { test } = await project({ "good.yaml": GREETING("good") });

    const { exitCode } = await test("--net", "sim", "--check-determinism");

    assert.equal(exitCode, 0);
  });

  it("--tag selects, and --last-failed what failed when it was last run", async () => {
    const { test } = await project({
      "one.yaml": GREETING("one"),
      "two.yaml": GREETING("two", "ho"),
      "three.yaml": GREETING("three", "ho"),
    });
    const names = async (...args: string[]): Promise<string[]> => {
      const { stdout } = await test("--net", "sim", "--reporter", "json", ...args);
      return JSON.parse(stdout).scenarios.map(({ name }: { name: string }) => name);
    };

    const tagged = await names("--tag", "one", "--tag", "three");
    const failed = await names("--last-failed");

    assert.deepEqual(tagged.toSorted(), ["one", "three"]);
    assert.deepEqual(failed, ["three"]);
  });

  it("--bail ends at the first failure, and --trace on-failure says where it left the trace of it", async () => {
    const { test, cwd } = await project({ "a.yaml": GREETING("a", "ho"), "b.yaml": GREETING("b") });

    const { exitCode, stdout } = await test(
      "--net",
      "sim",
      "--workers",
      "1",
      "--bail",
      "--trace",
      "on-failure",
    );

    assert.match(stdout, /1 failed, 1 not run/);
    assert.match(stdout, /1 trace in \.udpchat\/test\/traces$/m);
    const [, trace = ""] = /^ +trace +(\S+\.jsonl)$/m.exec(stdout) ?? [];
    assert.equal(
      JSON.parse(readFileSync(path.join(cwd, trace), "utf8").split("\n", 1)[0] ?? "").type,
      "trace",
    );
    assert.deepEqual(readdirSync(path.join(cwd, ".udpchat/test")).sort(), [
      ".gitignore",
      "history.json",
      "traces",
    ]);
    assert.equal(exitCode, 1);
  });

  it("--reporter writes several reports at once", async () => {
    const { test, cwd } = await project({ "a.yaml": GREETING("a", "ho") });

    const { exitCode, stdout } = await test(
      "--net",
      "sim",
      "--reporter",
      "tap,junit=out/junit.xml,json=report.json,github",
    );

    assert.match(stdout, /^TAP version 14\n1\.\.1\nnot ok 1 - a\.yaml › a\n/);
    assert.doesNotMatch(stdout, /^::/m);
    assert.match(readFileSync(path.join(cwd, "out/junit.xml"), "utf8"), /<testcase name="a"/);
    assert.equal(JSON.parse(readFileSync(path.join(cwd, "report.json"), "utf8")).counts.failed, 1);
    assert.equal(exitCode, 1);
  });

  it("annotates by itself under GitHub Actions, and keeps stdout whole for programs", async () => {
    const { cwd } = await project({ "a.yaml": GREETING("a", "ho") });
    const args = ["test", ".", "--net", "sim"];
    const env = { GITHUB_ACTIONS: "true" };

    const [pretty, json] = await Promise.all([
      callCli(args, { cwd, env }),
      callCli([...args, "--reporter", "json"], { cwd, env }),
    ]);

    assert.match(pretty.stdout, /^::error file=a\.yaml,line=10,col=5,title=a%3A failed::/m);
    assert.match(json.stderr, /^::error file=a\.yaml,line=10/m);
    assert.equal(JSON.parse(json.stdout).counts.failed, 1);
  });

  it("a report that cannot be written ends the run before it begins", async () => {
    const { test } = await project({ "a.yaml": GREETING("a") });

    const { exitCode, stdout, stderr } = await test("--reporter", "junit=a.yaml/report.xml");

    assert.match(stderr, /^error: the report a\.yaml\/report\.xml cannot be written/);
    assert.deepEqual([exitCode, stdout], [4, ""]);
  });

  it("--server runs on a server that is there, one scenario after the other, and skips what needs its own", async () => {
    await using server = await serverHere();
    const { test } = await project({
      "one.yaml": GREETING("one"),
      "two.yaml": GREETING("two"),
      "kill.yaml": GREETING("kill").replace(
        "  - register: bob",
        "  - server: kill\n  - server: start\n  - register: bob",
      ),
    });

    const { exitCode, stdout } = await test("--server", server.server);

    assert.ok(stdout.startsWith(`Running 3 scenarios on real UDP, server ${server.server}\n`), stdout);
    assert.match(stdout, /- kill\.yaml › kill .* skipped: it does something to its server \(line 7\)/);
    assert.match(stdout, /2 passed, 1 skipped/);
    assert.equal(exitCode, 0);
  });

  it("a server elsewhere that never answers is an error of the surroundings, unless that is what is asked for", async () => {
    await using silent = await listen(systemWorld(), { onDatagrams: () => {} });
    const { host, port } = silent.address;
    const file = (result: string) =>
      `scenario: 1\nclients: {alice: {}}\nserver: {address: "${host}:${port}"}\nsteps: [{register: {client: alice, result: ${result}}}]\n`;
    const elsewhere = await project({ "named.yaml": file("ok"), "asked.yaml": file("timeout") }, runCli);
    const given = await project({ "given.yaml": file("ok").replace(/server:.*\n/, "") }, runCli);

    const ended = await Promise.all([elsewhere.test(), given.test("--server", `${host}:${port}`)]);

    for (const { exitCode, stdout } of ended) {
      assert.match(stdout, new RegExp(`expected +a server answers at ${host}:${port}\n`));
      assert.ok(stdout.includes(`Start a server there (\`udpchat server --port ${port}\`)`), stdout);
      assert.equal(exitCode, 4);
    }
    // Which of the two ends first is chance.
    assert.match(ended[0].stdout, /✓ asked\.yaml › asked /);
    assert.match(ended[0].stdout, / 1 passed, 1 could not run /);
  });

  it("--retries tells what is flaky from what failed, and --fail-on-flaky exits with 7", async () => {
    // Silent until its clients have given up once.
    const world = systemWorld();
    let asked = 0;
    await using flaky = await listen(world, {
      onDatagrams: (datagrams) => {
        for (const { from } of datagrams) {
          asked += 1;
          if (asked <= 6) continue;
          flaky.say(from, ">>> [Welcome, You are registered.]\n>>>");
          flaky.say(from, "0");
        }
      },
    });
    const flakyOne = "scenario: 1\nname: flaky\nclients: {alice: {}}\nsteps: [{register: alice}]\n";
    const { test } = await project({ "flaky.yaml": flakyOne }, runCli);
    const { host, port } = flaky.address;

    const { exitCode, stdout } = await test(
      "--server",
      `${host}:${port}`,
      "--retries",
      "1",
      "--fail-on-flaky",
    );

    assert.match(stdout, /~ flaky\.yaml › flaky .* flaky: it failed, and passed when it was run again/);
    assert.match(stdout, /1 flaky/);
    assert.match(
      stdout,
      new RegExp(`again +udpchat test flaky.yaml --net real --seed 1 --server ${host}:${port} --grep`),
    );
    assert.equal(exitCode, 7);
  });

  it("--watch runs again what a changed file touches, until Ctrl+C", async () => {
    const caller = GREETING("caller").replace("  - register: bob", "  - call: {file: bob.yaml}\n");
    const called = "scenario: 1\nclients: {alice: {}, bob: {}}\nsteps: [{register: bob}]\n";
    const { cwd } = await project({
      "alone.yaml": GREETING("alone"),
      "caller.yaml": caller,
      "bob.yaml": called,
    });
    await using watching = startCli(["test", "alone.yaml", "caller.yaml", "--net", "sim", "--watch"], {
      cwd,
    });
    await watching.line(/watching 3 files: Ctrl\+C leaves/, "stderr");
    assert.match(watching.stdout, /2 passed/);

    await writeFile(path.join(cwd, "bob.yaml"), called.replace("steps:", "name: another\nsteps:"));
    await watching.line(/2 passed[\s\S]*Running 1 scenario[\s\S]*✓ caller\.yaml › caller[\s\S]*1 passed/);
    await writeFile(
      path.join(cwd, "alone.yaml"),
      GREETING("alone").replace("register: bob", "regsiter: bob"),
    );
    await watching.line(/did you mean `register`/, "stderr");
    await writeFile(path.join(cwd, "alone.yaml"), GREETING("mended"));
    await watching.line(/✓ alone\.yaml › mended/);
    await watching.line(/(?:watching 3 files[\s\S]*){4}/, "stderr");
    const { exitCode } = await watching.kill("SIGINT");

    assert.equal(exitCode, 0);
    assert.equal(existsSync(path.join(cwd, ".udpchat")), true);
  });
});
