/** The authors' guide does what it says: its blocks are compiled, its tests and its scenario run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { testBot } from "../../src/testing/index.ts";
import { ROOT, RunningCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { readDoings } from "../support/readme.ts";

const guide = await readFile(path.join(ROOT, "src/bot/GUIDE.md"), "utf8");
const files = readDoings(guide).filter((doing) => doing.kind === "file");

describe("the authors' guide", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-guide-"));
    for (const name of ["src", "package.json", "tsconfig.json", "node_modules"]) {
      await symlink(path.join(ROOT, name), path.join(folder, name));
    }
    for (const { name, text } of files) await writeFile(path.join(folder, name), text);
  });
  after(() => rm(folder, { recursive: true }));

  it("has bots and tests that the compiler accepts", async () => {
    const config = { extends: "./tsconfig.json", include: ["*.ts"] };
    await writeFile(path.join(folder, "tsconfig.guide.json"), JSON.stringify(config));

    const tsc = spawn(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "tsconfig.guide.json"], {
      cwd: folder,
    });
    await using compiler = new RunningCli(tsc, "tsc");
    const { stdout, exitCode } = await compiler.finished;

    assert.deepEqual([stdout, exitCode], ["", 0]);
    assert.ok(files.length >= 10);
  });

  it("has tests that pass", async () => {
    const tests = files.map(({ name }) => name).filter((name) => name.endsWith(".test.ts"));
    const env = { ...process.env };
    delete env["NODE_TEST_CONTEXT"];
    const args = ["--conditions=source", "--test", "--test-isolation=none", ...tests];
    await using run = new RunningCli(spawn(process.execPath, args, { cwd: folder, env }), "its tests");
    const { stdout, exitCode } = await run.finished;

    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^ℹ pass 4$/m);
  });

  it("has a scenario that passes", async () => {
    const { stdout, exitCode } = await callCli(["test", "pizza.yaml", "--net", "sim", "--seed", "1"], {
      cwd: folder,
    });

    assert.equal(exitCode, 0, stdout);
  });

  it("has bots that do what it says of them", async () => {
    const bot = (name: string, options = {}) => testBot(path.join(folder, name), options);
    await using routes = await bot("routes.ts");
    await using guarded = await bot("guarded.ts", { roles: { ops: ["alice"] } });
    await using counter = await bot("counter.ts");
    await using tea = await bot("tea.ts");

    await routes.user("eve").says("tell me a secret");
    await routes.user("bob").says("tell me a secret");
    await guarded.user("alice").says("deploy v1 --dry-run");
    await guarded.user("bob").says("deploy v1");
    for (const text of ["note a b c", "read a", "notes", "hm", "hm"]) await counter.user("alice").says(text);
    await tea.user("alice").says("tea 30s");
    await tea.restart();
    await tea.advance("30s");

    assert.deepEqual(routes.user("eve").heard, ["no"]);
    assert.deepEqual(routes.user("bob").heard, ["I did not understand."]);
    assert.deepEqual(guarded.user("alice").heard, ["would deploy v1"]);
    assert.deepEqual(guarded.user("bob").heard, ["Only ops and owner may do that."]);
    assert.deepEqual(counter.user("alice").heard, ["Noted.", "b c", "note/a", "Visit 1", "Visit 2"]);
    assert.equal(tea.user("alice").heard.at(-1), "Tea is ready.");
  });

  it("offers the commands that there are", async () => {
    const commands = readDoings(guide).flatMap((doing) => (doing.kind === "commands" ? doing.lines : []));
    const { stdout } = await callCli(["bot", "--help"]);

    assert.ok(commands.length >= 4);
    for (const command of commands) {
      const [, name = ""] = /^npx udpchat bot (\w+) /.exec(command) ?? [];
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
    }
  });
});
