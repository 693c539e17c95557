import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { BotProcess, type ProcessEnd } from "../../src/host/bot-process.ts";
import { DEFAULT_GRANT, DEFAULT_LIMITS } from "../../src/host/host-config.ts";
import { loadVersion } from "../../src/host/load-version.ts";
import type { FromBot } from "../../src/host/pipe/messages.ts";
import { runnerFile } from "../../src/host/runner-file.ts";
import { findPrlimit, walledCommand } from "../../src/host/walls.ts";
import { systemWorld } from "../../src/net/system-world.ts";
import { scriptFile } from "../support/bot-stage.ts";

describe("a bot's process", () => {
  for (const [name, program, detail] of [
    ["a frame that is too long", "process.stdout.write(Buffer.alloc(8, 255))", "FRAME_TOO_LONG"],
    ["an empty frame", "process.stdout.write(Buffer.alloc(4))", "FRAME_EMPTY"],
    ["what is no JSON", "process.stdout.write(Buffer.from([0,0,0,1,0]))", "NOT_UTF8_JSON"],
    ["what is no message", "process.stdout.write(Buffer.from([0,0,0,2,123,125]))", "NOT_A_MESSAGE"],
    ["a line of text", "console.log('hello, host')", "FRAME_TOO_LONG"],
  ] as const) {
    it(`is killed for ${name}`, async () => {
      const { end } = await run(`${program}; setInterval(() => {}, 1000)`);

      assert.deepEqual(end, { kind: "malformed", detail });
    });
  }

  it("is heard to its last word, and its end is told with the reason", async () => {
    const pong = `const b = Buffer.from('{"type":"pong"}'); process.stdout.write(Buffer.from([0,0,0,b.length,...b]));`;

    const { end, messages } = await run(`${pong} console.error("out of ideas"); process.exitCode = 3`);

    assert.deepEqual(messages, [{ type: "pong" }]);
    assert.deepEqual(end, { kind: "exited", detail: "it exited with code 3: out of ideas" });
  });

  it("that cannot be started ends at once", async () => {
    const end = await new Promise<ProcessEnd>((onEnd) => {
      new BotProcess({
        command: { file: "/no/such/program", args: [], missing: undefined },
        onMessage() {},
        onEnd,
      });
    });

    assert.equal(end.kind, "exited");
    assert.match(end.kind === "exited" ? end.detail : "", /ENOENT/);
  });

  it("that falls silent is killed within two seconds", async () => {
    const startMs = performance.now();
    const end = await new Promise<ProcessEnd>((onEnd) => {
      new BotProcess({ command: node("while (true);"), onMessage() {}, onEnd }).watch();
    });

    assert.equal(end.kind, "silent");
    assert.ok(performance.now() - startMs < 2_000);
  });

  it("tells of a script that loops at its top when its time is up", async (t) => {
    const config = {
      script: await scriptFile(t, "while (true) {}"),
      settings: undefined,
      grant: DEFAULT_GRANT,
      roles: {},
      limits: DEFAULT_LIMITS,
    };
    const { command, bundle, start } = await loadVersion(config, systemWorld());
    const told = Promise.withResolvers<FromBot>();
    const bot = new BotProcess({ command, onMessage: told.resolve, onEnd() {} });

    bot.send({
      type: "start",
      nick: "bot",
      seed: "0".repeat(32),
      dateMs: 0,
      source: bundle.code,
      sourceMap: bundle.sourceMap,
      runMsMax: 200,
      start: { ...start, state: { entries: [], timers: [] } },
    });
    const message = await told.promise;
    bot.kill();

    assert.equal(message.type, "start-failed");
    assert.equal(
      message.type === "start-failed" && message.fault.message,
      "Script execution timed out after 200ms",
    );
  });

  it("starts without the wall that the machine lacks, and says so", () => {
    const walled = walledCommand("runner.cjs", "/usr/bin/prlimit");
    const bare = walledCommand("runner.cjs", undefined);

    assert.equal(walled.missing, undefined);
    assert.deepEqual(walled.args.slice(-bare.args.length - 1), [process.execPath, ...bare.args]);
    assert.equal(bare.file, process.execPath);
    assert.match(bare.missing ?? "", /prlimit .* is not installed/);
  });

  it("has no environment, no privileges, and limits", { skip: process.platform !== "linux" }, async (t) => {
    const command = walledCommand(await runnerFile(), findPrlimit());
    if (command.missing !== undefined) return t.skip(command.missing);
    const answered = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const bot = new BotProcess({
      command,
      onMessage: () => answered.resolve(),
      onEnd: () => ended.resolve(),
    });
    bot.send({ type: "ping" });
    await answered.promise;

    const status = readFileSync(`/proc/${bot.pid}/status`, "utf8");
    const limits = readFileSync(`/proc/${bot.pid}/limits`, "utf8");
    const environment = readFileSync(`/proc/${bot.pid}/environ`, "utf8");
    const oomScore = readFileSync(`/proc/${bot.pid}/oom_score_adj`, "utf8");
    bot.kill();
    await ended.promise;

    assert.doesNotMatch(status, /^Uid:\s.*\b0\b/m);
    assert.doesNotMatch(status, /^Gid:\s.*\b0\b/m);
    assert.match(limits, /Max address space\s+1610612736\s+1610612736/);
    assert.match(limits, /Max core file size\s+0\s+0/);
    assert.match(limits, /Max open files\s+64\s+64/);
    assert.equal(environment, "");
    assert.equal(oomScore, "1000\n");
  });
});

function node(program: string) {
  return { file: process.execPath, args: ["-e", program], missing: undefined };
}

function run(program: string): Promise<{ end: ProcessEnd; messages: FromBot[] }> {
  const messages: FromBot[] = [];
  return new Promise((resolve) => {
    new BotProcess({
      command: node(program),
      onMessage: (message) => messages.push(message),
      onEnd: (end) => resolve({ end, messages }),
    });
  });
}
