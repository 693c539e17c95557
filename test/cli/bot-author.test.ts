/** The way of an author: new, dev, check, its test and its scenario. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT, RunningCli, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";

describe("the way of a bot's author", () => {
  /** As a clone looks to its user. */
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-author-"));
    for (const name of ["src", "package.json", "node_modules"]) {
      await symlink(path.join(ROOT, name), path.join(folder, name));
    }
  });
  after(() => rm(folder, { recursive: true }));
  const cli = (...args: string[]) => callCli(args, { cwd: folder });

  it("begins with a bot whose test, scenario and types are green", async () => {
    const written = await cli("bot", "new", "quotes");
    const again = await cli("bot", "new", "quotes");
    const check = await cli("bot", "check", "bots/quotes.ts", "--json");
    const scenario = await cli("test", "bots/quotes.yaml", "--net", "sim");
    const args = ["--conditions=source", "--test", "bots/quotes.test.ts"];
    const env = { ...process.env };
    // This test runs under node:test, too, and the inner run shall not take itself for a part of it.
    delete env["NODE_TEST_CONTEXT"];
    await using test = new RunningCli(spawn(process.execPath, args, { cwd: folder, env }), "its test");
    const { exitCode, stdout } = await test.finished;

    assert.equal(written.exitCode, 0, written.stderr);
    assert.match(written.stdout, /npx udpchat bot dev bots\/quotes\.ts/);
    assert.equal(again.exitCode, 1);
    assert.match(again.stderr, /there is a file bots\/quotes\.ts already/);
    const found = JSON.parse(check.stdout);
    assert.equal(check.exitCode, 0, check.stdout);
    assert.deepEqual([found.types, found.start.ok], [[], true]);
    assert.deepEqual(found.start.manifest.commands, ["add <quote...>", "quote [number]"]);
    assert.deepEqual(Object.keys(found.sizes), ["bots/quotes.ts"]);
    assert.equal(scenario.exitCode, 0, scenario.stdout);
    assert.equal(exitCode, 0, stdout);
  });

  it("refuses a name that is none", async () => {
    const { exitCode, stderr } = await cli("bot", "new", "../Quotes");

    assert.equal(exitCode, 3);
    assert.match(stderr, /cannot name a bot/);
  });

  it("says which folder cannot be made", async () => {
    await writeFile(path.join(folder, "taken"), "");

    const { exitCode, stderr } = await cli("bot", "new", "quotes", "--dir", "taken/bots");

    assert.equal(exitCode, 4);
    assert.match(
      stderr,
      /^error: cannot make the folder taken\/bots: ENOTDIR.*\n {2}Name another one: --dir <folder>\n$/,
    );
  });

  it("shows mistakes in types at their place, and what a sandbox does not have", async () => {
    const script = path.join(folder, "bad.ts");
    await writeFile(
      script,
      [
        'import { defineBot } from "udpchat/bot";',
        'import * as z from "zod/mini";',
        "export default defineBot({ settings: z.object({ owner: z.string() }) }, (bot) => {",
        '  bot.command("x <title>", (ctx, { titel }) => ctx.reply(bot.settings.owner));',
        '  bot.hears("u", () => process.env);',
        "});",
      ].join("\n"),
    );

    const { exitCode, stdout } = await cli("bot", "check", "bad.ts");

    assert.equal(exitCode, 1);
    assert.match(stdout, /^ {2}types {5}2 mistakes\n {12}bad\.ts:4:36: Property 'titel' does not exist/m);
    assert.match(stdout, /> 4 \|.*\n +\| {36}\^/);
    assert.match(stdout, /bad\.ts:5:24: Cannot find name 'process'/);
    assert.match(
      stdout,
      /starts {4}no: settings\.owner: expected a text, got nothing\n +Set it with --set key=value/,
    );
    assert.match(stdout, /size .*zod \d/);
  });

  it("says what an owner will have to grant", async () => {
    const code = `import { defineBot } from "udpchat/bot";
      export default defineBot({ needs: { http: ["a.example"], secrets: ["KEY"] } }, (bot) => {
        bot.secrets.KEY.trim();
        bot.command("go", { allow: ["staff"] }, () => {});
      });`;
    await writeFile(path.join(folder, "needy.ts"), code);

    const { exitCode, stdout } = await cli("bot", "check", "needy.ts");

    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /needs {5}http to a\.example, the secret KEY/);
    assert.match(stdout, /roles {5}staff/);
  });

  it("lets one talk to the bot in a pipe, line by line", async () => {
    const script = "bots/helpdesk.ts";
    const input = [
      "ticket fire",
      "yes",
      "/as sue",
      "tickets",
      "close 1 done",
      "/store",
      "/nonsense",
      "/quit",
    ].join("\n");

    const { exitCode, stdout } = await runCli(["bot", "dev", script, "--as", "bob", "--role", "staff=sue"], {
      input,
    });

    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n").slice(0, 9), [
      "helpdesk is here. Say something, or /help",
      'helpdesk: "fire": is it urgent? (yes/no)',
      "helpdesk: #1 is open. Thank you. Somebody will look into it.",
      "You are sue.",
      "helpdesk: #1 URGENT fire (bob)",
      'helpdesk → bob: "fire" is closed: done',
      "helpdesk: Closed; the answer to bob was delivered.",
      "  seq: 1",
      "There is no /nonsense.",
    ]);
  });

  it("reloads when the file is saved, and keeps the version before when it is broken", async () => {
    const file = path.join(folder, "live.ts");
    const version = (word: string) =>
      `import { defineBot } from "udpchat/bot";\nexport default defineBot((bot) => bot.hears("hi", (ctx) => ctx.reply(${word})));\n`;
    await writeFile(file, version('"one"'));
    await using dev = startCli(["bot", "dev", "live.ts"], { cwd: folder });
    await dev.line(/^live is here/m);

    dev.type("hi\n");
    await dev.line(/^live: one$/m);
    await writeFile(file, version("nope("));
    await dev.line(/^error: live\.ts:2:\d+: [\s\S]*> 2 \|[\s\S]*The version before goes on/m);
    await writeFile(file, version('"two"'));
    await dev.line(/^Reloaded\.$/m);
    dev.type("hi\n/quit\n");
    const { stdout, exitCode } = await dev.finished;

    assert.match(stdout, /^live: two$/m);
    assert.equal(exitCode, 0);
  });

  it("gives a bot that runs its settings, roles and a memory", async () => {
    const help = await cli("bot", "run", "--help");
    const wrong = await cli("bot", "run", "bots/quotes.ts", "--nick", "q", "--set", "greeting");
    const secret = await cli("bot", "run", "bots/quotes.ts", "--nick", "q", "--secret", "NO_SUCH_VARIABLE");

    for (const flag of ["--set", "--role", "--http", "--secret", "--data"])
      assert.ok(help.stdout.includes(flag), flag);
    assert.match(wrong.stderr, /Write key=value, for example greeting=hello/);
    assert.match(secret.stderr, /There is no environment variable NO_SUCH_VARIABLE/);
    assert.deepEqual([wrong.exitCode, secret.exitCode], [3, 3]);
    assert.match(await readFile(path.join(folder, "bots/quotes.ts"), "utf8"), /defineBot/);
  });
});
