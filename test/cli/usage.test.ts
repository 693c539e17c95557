import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { ROOT, runCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";

describe("the command line", { concurrency: 4 }, () => {
  const mistakes: readonly (readonly [why: string, args: readonly string[], says: RegExp])[] = [
    ["no command", [], /Usage: udpchat <command>/],
    ["a mistyped command", ["sever"], /unknown command 'sever'\n\(Did you mean server\?\)/],
    ["a mistyped option", ["server", "--prot", "1"], /unknown option '--prot'\n\(Did you mean --port\?\)/],
    ["a port out of range", ["server", "--port", "65536"], /'65536' is invalid\. A port is a whole number/],
    ["a port that is none", ["server", "--port", "1e3"], /A port is a whole number/],
    ["a nickname with a blank", ["chat", "al ice"], /A nickname is 1 to 32 letters/],
    ["an address without a port", ["chat", "alice", "localhost"], /Write host:port/],
    ["a missing text", ["send", "alice", "bob"], /missing required argument 'text'/],
    ["an empty text", ["send", "alice", "bob", " "], /there is no text to send/],
    ["a text that is too long", ["send", "alice", "bob", "x".repeat(1_001)], /longer than 1,000 bytes/],
    ["a message to oneself", ["send", "alice", "alice", "hi"], /oneself/],
    ["a bot without a nickname", ["bot", "run", "bots/echo.ts"], /'--nick <nick>' not specified/],
    ["a script that is not there", ["bot", "run", "no.ts", "--nick", "x"], /there is no script no\.ts/],
    ["a network that is none", ["test", "--net", "wifi"], /Allowed choices are real, sim/],
    ["a path that is not there", ["test", "nowhere"], /there is nothing at nowhere/],
    ["a seed that is none", ["test", "--seed", "-1"], /A seed is a whole number/],
    ["a pattern that is none", ["test", "--grep", "("], /That is no regular expression/],
    ["a pattern that selects nothing", ["test", "--grep", "no such name"], /selects none/],
    [
      "a pattern without an end",
      ["test", "--grep", "^([a-z ]+)+!"],
      /--grep: the regular expression .* does not come to an end/,
    ],
    [
      "the classic server without a port",
      ["-s"],
      /1 value is needed here, not 0\.\n {2}Usage: udpchat -s <port>/,
    ],
    ["the classic server on a low port", ["-s", "1023"], /between 1024 and 65535/],
    ["the classic client with a value missing", ["-c", "x", "127.0.0.1", "9"], /4 values are needed/],
    ["the classic client on a port in words", ["-c", "x", "::1", "2000", "two"], /Client port is invalid/],
  ];

  for (const [why, args, says] of mistakes) {
    it(`takes ${why} for wrong usage`, async () => {
      const { exitCode, stdout, stderr } = await callCli(args);

      assert.match(stderr, says);
      assert.deepEqual({ exitCode, stdout }, { exitCode: 3, stdout: "" });
    });
  }

  it("ends with the exit code of what it came to", async () => {
    for (const [args, exitCode] of [
      [["sever"], 3],
      [["test", "nowhere"], 3],
      [["help"], 0],
    ] as const)
      assert.equal((await runCli(args)).exitCode, exitCode);
  });

  it("explains each command with examples and exit codes", async () => {
    for (const command of [["server"], ["chat"], ["send"], ["bot", "run"], ["test"], ["host", "why"]]) {
      const { exitCode, stdout } = await callCli([...command, "--help"]);

      assert.match(stdout, new RegExp(`Examples:\\n  .*udpchat ${command.join(" ")}`));
      assert.match(stdout, /Exit codes: 0 /);
      assert.equal(exitCode, 0);
    }
  });

  it("keeps to 80 columns in a pipe: commands, options, prose; only examples stand as they are", async () => {
    for (const command of [["host"], ["bot", "dev"], ["conformance"]]) {
      const { stdout } = await callCli([...command, "--help"]);

      const wide = stdout.split("\n").filter((line) => line.length > 80 && !line.startsWith("  udpchat "));
      assert.deepEqual(wide, []);
    }
  });

  it("explains a command of a command, too", async () => {
    const asked = await callCli(["help", "host", "why"]);
    const unknown = await callCli(["help", "host", "wyh"]);

    assert.match(asked.stdout, /^Usage: udpchat host why /);
    assert.equal(asked.exitCode, 0);
    assert.match(
      unknown.stderr,
      /^error: there is no command udpchat host wyh\nFor help: udpchat host --help\n$/,
    );
    assert.equal(unknown.exitCode, 3);
  });

  it("runs where compiled code cannot be kept", async () => {
    for (const XDG_CACHE_HOME of ["/proc", "/proc/nowhere", "/nonexistent", "relative"]) {
      const { exitCode, stderr } = await runCli(["--version"], { env: { XDG_CACHE_HOME } });

      assert.deepEqual([exitCode, stderr], [0, ""]);
    }
    for (const folder of ["/nonexistent", path.join(ROOT, "relative")])
      assert.equal(existsSync(folder), false);
  });

  it("prints its version", async () => {
    const { exitCode, stdout } = await runCli(["--version"]);

    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal(exitCode, 0);
  });
});

describe("a Node.js that is too old", () => {
  it("is told what to do, before anything else is loaded", async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "20.20.2" })';
    const nodeOptions = ["--import", `data:text/javascript,${encodeURIComponent(old)}`];

    const { exitCode, stderr } = await runCli(["--version"], { nodeOptions });

    assert.match(stderr, /^error: udpchat needs Node\.js 26 or newer; this is 20\.20\.2 /);
    assert.match(stderr, /npm ci/);
    assert.equal(exitCode, 4);
  });
});

describe("an answer for which the disk has no room", () => {
  it("is a trouble of the environment, in one line", async () => {
    const { exitCode, stderr } = await runCli(["schema"], { full: "stdout" });

    assert.match(stderr, /^error: what this found cannot be written: ENOSPC.*\n$/);
    assert.equal(exitCode, 4);
  });
});

describe("what the system refuses", () => {
  it("is no defect, and said in its words", async () => {
    const gone =
      'const fs = process.getBuiltinModule("fs"); JSON.parse = () => fs.readdirSync("/nonexistent");';
    const nodeOptions = ["--import", `data:text/javascript,${encodeURIComponent(gone)}`];

    const { exitCode, stderr } = await runCli(["--version"], { nodeOptions });

    assert.match(stderr, /^error: ENOENT: no such file or directory, scandir '\/nonexistent'\n$/);
    assert.equal(exitCode, 4);
  });
});

describe("a defect", () => {
  const broken = 'JSON.parse = () => { throw new Error("out of order"); }';
  const nodeOptions = ["--import", `data:text/javascript,${encodeURIComponent(broken)}`];

  it("is one line, and how to see the stack", async () => {
    const { exitCode, stderr } = await runCli(["--version"], { nodeOptions });

    assert.match(stderr, /^error: unexpected: out of order\n {2}This is a defect .* UDPCHAT_DEBUG=1\.\n$/);
    assert.equal(exitCode, 5);
  });

  it("shows the stack to whoever asks", async () => {
    const { exitCode, stderr } = await runCli(["--debug", "--version"], { nodeOptions });

    assert.match(stderr, /^error: unexpected: out of order\nError: out of order\n {4}at /);
    assert.equal(exitCode, 5);
  });
});
