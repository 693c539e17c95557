import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { type ServerHere, serverHere } from "../support/server-here.ts";
import { KEYS, TerminalCli } from "../support/terminal-cli.ts";

describe("udpchat bot run", { concurrency: 2 }, () => {
  let server: ServerHere;
  let folder = "";
  before(async () => {
    server = await serverHere();
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-bot-"));
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it("says when the bot is online, lets it answer, and takes it offline at the end", async () => {
    await using bot = startCli(["bot", "run", "bots/echo.ts", "--nick", "echo", "--server", server.server]);
    await bot.line(new RegExp(`^udpchat bot echo is online at ${server.server}$`, "m"));
    await using alice = startCli(["chat", "alice", server.server]);
    await alice.line(/table updated/);

    alice.type("send echo say hello there\n");
    await alice.line(/^>>> echo : {2}hello there$/m);
    const { exitCode } = await bot.kill("SIGTERM");
    const sent = await callCli(["send", "bob", "echo", "gone?", "--json", "--server", server.server]);

    assert.equal(exitCode, 0);
    assert.match(sent.stdout, /^\{"kind":"saved","attempts":1,/);
  });

  it("lets the bot take its leave when Ctrl+C is typed, which the terminal tells to all in the foreground", async () => {
    const script = path.join(folder, "leaves.ts");
    await writeFile(
      script,
      'import { defineBot } from "udpchat/bot";\n' +
        'export default defineBot({}, (bot) => bot.onStop(() => bot.log.info("goodbye")));\n',
    );
    const args = ["bot", "run", script, "--nick", "leaves", "--server", server.server];
    await using terminal = await TerminalCli.start(args, "is online", { columns: 200 });

    terminal.type(KEYS.ctrlC);
    const exitCode = await terminal.exits();

    const screen = terminal.lines.join("\n");
    assert.match(screen, /goodbye/);
    assert.doesNotMatch(screen, /crashed/);
    assert.equal(exitCode, 0);
  });

  it("shows the line at fault of a script that does not start", async () => {
    const script = path.join(folder, "broken.ts");
    await writeFile(
      script,
      'import { defineBot } from "udpchat/bot";\nexport default defineBot({}, (bot) => {\n  nope();\n});\n',
    );

    const { exitCode, stderr } = await runCli([
      "bot",
      "run",
      script,
      "--nick",
      "b",
      "--server",
      server.server,
    ]);

    assert.match(stderr, /^error: .*broken\.ts:3:3: .*nope/m);
    assert.match(stderr, /3 \| {3}nope\(\);/);
    assert.equal(exitCode, 1);
  });

  it("says that no server answers", async () => {
    const gone = `127.0.0.1:${await freePort()}`;

    const args = ["bot", "run", "bots/echo.ts", "--nick", "echo", "--server", gone];
    const { exitCode, stderr } = await runCli(args);

    assert.match(stderr, /^error: no server answers at /m);
    assert.equal(exitCode, 4);
  });
});
