import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { EXIT } from "../src/cli/exit-codes.ts";
import { freePort, ROOT, RunningCli } from "./support/cli.ts";
import {
  looksLike,
  readDoings,
  type Terminal,
  type TypedCommand,
  typedAtPrompt,
  withoutChance,
} from "./support/readme.ts";

/**
 * The tests do what the README tells its reader, in its order and in one folder. Two things differ: the port, since 10000 may be
 * taken here, and `npx`, which runs the source, so that nothing has to be built before. That the built program runs in a
 * clean clone is shown by `.ci/run`.
 */
const readme = await readFile(path.join(ROOT, "README.md"), "utf8");
const doings = readDoings(readme);

const NPX = `#!/bin/sh
bin="$1"; shift
case "$bin" in
  udpchat) exec '${process.execPath}' --conditions=source '${ROOT}src/cli/bin.ts' "$@" ;;
  node) exec '${process.execPath}' --conditions=source "$@" ;;
esac
echo "npx $bin is not known to this test" >&2
exit 127
`;

describe("the README", () => {
  let folder = "";
  let port = "";
  const running: RunningCli[] = [];
  let lastExitCode: number | null = 0;

  before(async () => {
    port = await freePort();
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-readme-"));
    for (const name of ["bots", "scenarios", "src", "package.json", "tsconfig.json", "node_modules"]) {
      await symlink(path.join(ROOT, name), path.join(folder, name));
    }
    await mkdir(path.join(folder, "bin"));
    await writeFile(path.join(folder, "bin/npx"), NPX, { mode: 0o755 });
  });
  after(async () => {
    for (const child of running) await child[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const here = (text: string) => text.replaceAll("10000", port);

  function run(command: string): RunningCli {
    const env = {
      ...process.env,
      PATH: `${path.join(folder, "bin")}:${process.env["PATH"]}`,
      XDG_DATA_HOME: path.join(folder, "data"),
      NO_COLOR: "1",
      // What the reader tests is no part of this test.
      NODE_TEST_CONTEXT: undefined,
    };
    return new RunningCli(spawn("bash", ["-c", here(command)], { cwd: folder, env }), command);
  }

  async function runToItsEnd({ command, output }: TypedCommand): Promise<void> {
    await using child = run(command === "echo $?" ? `(exit ${lastExitCode}); echo $?` : command);
    child.endInput();
    const { stdout, stderr, exitCode } = await child.finished;
    lastExitCode = exitCode;

    const lines = `${stdout}${stderr}`.trimEnd().split("\n");
    if (!looksLike(lines, output.map(here))) assert.deepEqual(lines, output.map(here));
  }

  /** What is printed between two typed lines may come in any order. */
  async function talk({ command, output }: TypedCommand): Promise<void> {
    await using child = run(command);
    for (const line of output) {
      const typed = typedAtPrompt(line, command);
      if (typed === undefined) await seen(child, line);
      else child.type(`${typed}\n`);
    }
    const { exitCode } = await child.finished;

    assert.equal(exitCode, 0);
  }

  async function keepRunning({ command, output }: TypedCommand): Promise<void> {
    const child = run(command);
    running.push(child);
    for (const line of output) await seen(child, line);
  }

  function seen(child: RunningCli, line: string): Promise<unknown> {
    return child.line({
      exec: (text: string) =>
        text.split("\n").find((one) => withoutChance(one) === withoutChance(here(line))) ?? null,
      toString: () => line,
    });
  }

  async function follow({ commands, keepsRunning }: Terminal): Promise<void> {
    for (const typed of commands) {
      const talks = typed.output.some((line) => typedAtPrompt(line, typed.command) !== undefined);
      if (keepsRunning) await keepRunning(typed);
      else if (talks) await talk(typed);
      else await runToItsEnd(typed);
    }
  }

  for (const doing of doings) {
    if (doing.kind === "file") {
      it(`lets its reader save ${doing.name}`, () =>
        writeFile(path.join(folder, doing.name), here(doing.text)));
    } else if (doing.kind === "terminal") {
      const [first] = doing.commands;
      it(`prints what \`${first?.command}\` shows (line ${first?.line})`, () => follow(doing));
    }
  }

  it("ends what it let run in order", async () => {
    for (const child of running.splice(0).reverse()) {
      const { exitCode } = await child.kill("SIGINT");

      assert.equal(exitCode, 0);
    }
  });

  it("has a library example that the compiler accepts", async () => {
    const config = { extends: "./tsconfig.json", include: ["hello.ts"] };
    await writeFile(path.join(folder, "tsconfig.readme.json"), JSON.stringify(config));

    await using tsc = run("node_modules/.bin/tsc -p tsconfig.readme.json");
    const { stdout, exitCode } = await tsc.finished;

    assert.deepEqual([stdout, exitCode], ["", 0]);
  });

  it("promises of a clean clone what CI does in one", async () => {
    const ci = await readFile(path.join(ROOT, ".ci/run"), "utf8");
    const promised = doings.flatMap((doing) => (doing.kind === "commands" ? doing.lines : []));

    assert.deepEqual(
      promised.map((line) => line.replace(/ *#.*/, "")),
      ["npm ci && npx udpchat test", "npm ci && npm test"],
    );
    for (const command of [/^npm ci$/m, /\bnpx --no-install udpchat test$/m, /\bnpm run --silent check\b/m]) {
      assert.match(ci, command);
    }
  });

  it("names no port but the one that the tests replace", () => {
    const commands = doings.flatMap((doing) => (doing.kind === "terminal" ? doing.commands : []));
    const networked = commands.filter(({ command }) =>
      /^npx udpchat (?!(?:host|test|conformance|lint|explain|schema|bot (?:new|dev|check))\b)/.test(command),
    );

    assert.ok(networked.length > 0);
    for (const { command } of networked) assert.match(command, /\b10000\b/);
  });

  it("lists the exit codes that there are", () => {
    const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));

    assert.deepEqual(listed, Object.values(EXIT));
  });
});
