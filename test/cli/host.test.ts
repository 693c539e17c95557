import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import { CONTROL_SOCKET } from "../../src/host/control/protocol.ts";
import { ROOT, runCli, startCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { folderOf } from "../support/folder.ts";
import { serverHere } from "../support/server-here.ts";

describe("udpchat host", { concurrency: 2 }, () => {
  it("runs the bots of a file until it is told to end, and tells how they are", async () => {
    await using server = await serverHere();
    const folder = await mkdtemp(path.join(tmpdir(), "udpchat-host-"));
    const ask = (...args: readonly string[]) => callCli(["host", ...args], { cwd: folder });
    await writeFile(
      path.join(folder, "host.yaml"),
      `server: ${server.server}\nbots:\n  echo: {script: ${ROOT}bots/echo.ts}\n  broken: {script: broken.ts}\n`,
    );
    await writeFile(path.join(folder, "broken.ts"), "export default 1;");
    await using host = startCli(["host", "up"], { cwd: folder });
    await host.line(/^udpchat host runs 1 bot at 127\.0\.0\.1:\d+; 1 did not start$/m);

    const ps = await ask("ps");
    const logs = await ask("logs", "echo", "-n", "1");
    const reload = await ask("reload", "broken");
    const nobody = await ask("why", "nobody-1");
    const second = await ask("up");
    await rm(path.join(folder, "broken.ts"));
    const vanished = await ask("reload");
    const down = await ask("down");
    const { exitCode, stderr } = await host.finished;
    await rm(folder, { recursive: true });

    assert.match(ps.stdout, /^BOT +STATE +UPTIME +RESTARTS +QUEUE +DEAD +MEMORY +CPU +IN +OUT +LAST ERROR$/m);
    assert.match(ps.stdout, /^echo +running +\d+s +0 +0 +0 +\d+ MiB +\d+% +0 +0$/m);
    assert.match(
      ps.stdout,
      /^broken +failed +- +0 +0 +0 +- +- +0 +0 +failed for good: TypeError: the script has to/m,
    );
    assert.match(logs.stdout, /^[\d:.]+ info {2}echo: online as echo$/m);
    assert.match(reload.stderr, /^broken: failed: TypeError: the script has to export a bot/m);
    assert.match(nobody.stderr, /^error: "nobody-1" is no id of a message/m);
    assert.match(
      second.stderr,
      /another process has it open\n {2}Stop .*\n {2}Is a host running there\? udpchat host ps/,
    );
    assert.match(
      vanished.stderr,
      /^error: the file has mistakes, and nothing was changed:\n {2}host\.yaml:4:20: error: there is no file `broken\.ts`\n/,
    );
    assert.deepEqual(
      [ps, reload, nobody, second, vanished].map((finished) => finished.exitCode),
      [0, 1, 1, 4, 1],
    );
    assert.deepEqual([down.stdout, exitCode], ["the host has ended\n", 0]);
    assert.equal(JSON.parse(stderr.split("\n")[0] ?? "").bot !== undefined, true);
  });

  it("ends in order when it is interrupted while its bots start", async () => {
    await using server = await serverHere();
    const bots = Array.from({ length: 8 }, (_, i) => `  echo${i}: {script: ${ROOT}bots/echo.ts}\n`);
    using folder = folderOf({ "host.yaml": `server: ${server.server}\nbots:\n${bots.join("")}` });

    await using host = startCli(["host", "up"], { cwd: folder.path });
    await host.line(/"kind":"online"/, "stderr");
    const { exitCode, stdout, stderr } = await host.kill("SIGTERM");

    assert.deepEqual([exitCode, stdout], [0, ""]);
    assert.doesNotMatch(stderr, /"level":50|error/);
  });

  it("says so when the host that answers is of another version", async () => {
    using folder = folderOf({});
    await using other = createServer((socket) =>
      socket.resume().end('{"kind":"done","result":{"state":"fine"}}\n'),
    );
    await once(other.listen(path.join(folder.path, CONTROL_SOCKET)), "listening");

    const { exitCode, stdout, stderr } = await callCli(["host", "ps", "--data", folder.path]);

    assert.match(
      stderr,
      /^error: the host answers what was not asked: it is of another version\n {2}End it with/,
    );
    assert.deepEqual([exitCode, stdout], [4, ""]);
  });

  it("shows the mistakes of a file and starts nothing", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "udpchat-host-"));
    await writeFile(path.join(folder, "host.yaml"), "server: 127.0.0.1:1\nbots: {a: {scirpt: x.ts}}\n");

    const up = await runCli(["host", "up"], { cwd: folder });
    const check = await callCli(["host", "check"], { cwd: folder });
    await writeFile(path.join(folder, "empty.yaml"), "# nothing yet\n");
    const empty = await callCli(["host", "check", "empty.yaml"], { cwd: folder });
    const ps = await callCli(["host", "ps"], { cwd: folder });
    const schema = await callCli(["host", "schema"]);
    await rm(folder, { recursive: true });

    assert.match(
      up.stderr,
      /^host\.yaml:2:12: error: unknown key `scirpt`\n.*\n.*\^{6} did you mean `script`\?$/m,
    );
    assert.match(up.stderr, /\n\n1 mistake; nothing was started\n$/);
    assert.match(check.stderr, /\n\n1 mistake\n$/);
    assert.match(empty.stderr, /error: the file is empty\n.*\n.*\^ begin with `server: host:port`\n/);
    assert.match(ps.stderr, /^error: no host runs in .*\n {2}Start one with udpchat host up/);
    assert.equal(JSON.parse(schema.stdout).type, "object");
    assert.deepEqual([up.exitCode, ps.exitCode], [2, 4]);
  });
});
