import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { ProgramError, startProgram } from "../../../src/scenario/foreign/program.ts";
import { FOREIGN, Screened } from "../../support/screened.ts";

for (const on of ["terminal", "pipes"] as const) {
  describe(`a program on ${on}`, { concurrency: 3 }, () => {
    it("is read whatever is cut", async () => {
      await using x = await Screened.start("oddities.js", "cut-anywhere", { on });

      await x.sees("ended, exit code 0");

      assert.deepEqual(x.seen, [
        'shows "y: naïve ✓ red"',
        'message from y "naïve ✓ red"',
        'shows "[Message received by y ]"',
        "ended, exit code 0",
      ]);
    });

    it("is read through its prompts, and answers", async () => {
      await using x = await Screened.start("oddities.py", "prompts", { on });
      await x.sees('message from y "hello"');

      x.program.type("send y hi");

      await x.sees('shows "got send y hi"');
      assert.deepEqual(x.seen, [
        'shows "[Client table updated.]"',
        'shows "y : hello"',
        'message from y "hello"',
        'types "send y hi"',
        'shows "got send y hi"',
      ]);
    });

    it("is read although its lines end when the next one comes, each once", async () => {
      await using x = await Screened.start("oddities.py", "newline-first", { on });

      await x.sees('message from y "hello"');
      x.program.endInput();
      await x.sees("ended, exit code 0");

      assert.deepEqual(x.seen, [
        'shows "[Welcome, You are registered.]"',
        'shows "y: hello"',
        'message from y "hello"',
        "ended, exit code 0",
      ]);
    });

    it("that dies at once leaves its last words and its exit code", async () => {
      await using x = await Screened.start("oddities.py", "dies", { on });

      await x.sees("ended, exit code 7");

      assert.deepEqual(x.seen, ['shows "I cannot go on"', "ended, exit code 7"]);
    });

    it("that is ended by a signal tells which", async () => {
      await using x = await Screened.start("oddities.py", "crashes", { on });

      await x.sees("ended by SIGSEGV");
    });

    it("is ended with all that it started, however deaf it is", async () => {
      const x = await Screened.start("oddities.py", "leaves-children", { on });
      await x.until(({ text }) => text.startsWith("child "));
      const child = Number(/child (\d+)/.exec(x.seen.join("\n"))?.[1]);
      assert.ok(isAlive(child));

      await x.program.end();

      await assertGone(child);
    });

    it("starts where it is told, with the environment it is given", async () => {
      const cwd = tmpdir();
      await using x = await Screened.start("oddities.py", "where", {
        on,
        cwd,
        driver: { env: { ODDITY: "odd" } },
      });

      await x.sees(`shows "in ${cwd} with odd"`);
    });
  });
}

describe("a program on a terminal", () => {
  it("that draws over its prompt and repeats what is typed shows each line once", async () => {
    await using x = await Screened.start("oddities.js", "drawing");
    await x.sees('message from y "hello"');

    x.program.type("send y hi");

    await x.sees('shows "[Message received by y ]"');
    assert.deepEqual(
      x.seen,
      [
        'shows "y : hello"',
        'message from y "hello"',
        'types "send y hi"',
        'shows "[Message received by y ]"',
      ].map((line) => line.replace("y : hello", "y :  hello")),
    );
  });

  it("need not flush what it writes", async () => {
    await using x = await Screened.start("oddities.py", "buffered");

    await x.sees('message from y "line number 399 of many"');

    assert.equal(x.seen.filter((line) => line.startsWith("message")).length, 400);
  });

  it("shows its table line by line", async () => {
    await using x = await Screened.start("oddities.py", "table");

    await x.sees('shows "| y | 127.0.0.1 | 4000 |"');

    assert.equal(x.seen.at(0), 'shows "[Client table updated.] --"');
  });
});

describe("a program on pipes", () => {
  it("that does not flush is read in portions, and no line of it is lost in between", async () => {
    await using x = await Screened.start("oddities.py", "buffered", { on: "pipes" });

    await x.sees('message from y "line number 300 of many"');

    const numbers = x.seen.flatMap(
      (line) => /^message from y "line number (\d+) of many"/.exec(line)?.[1] ?? [],
    );
    assert.deepEqual(numbers, [...numbers.keys()].map(String));
  });

  it("reads and writes its own encoding", async () => {
    await using x = await Screened.start("oddities.py", "latin1", {
      on: "pipes",
      profile: {
        registersAtStart: false,
        secondClient: "refused",
        vanishedReturns: true,
        exitsWhenSilent: true,
        encoding: "latin1",
      },
    });
    await x.sees('message from y "naïve"');

    x.program.type("ü ✓");

    await x.sees("shows \"got b'\\\\xfc ?\\\\n'\"");
  });
});

describe("a program that cannot be started", () => {
  const options = { cwd: FOREIGN, env: {}, encoding: "utf-8", onText: () => {}, onExit: () => {} };
  const cases: readonly (readonly [string, readonly string[], string, RegExp])[] = [
    ["is not there", ["no-such-program"], "NOT_FOUND", /^there is no program no-such-program in PATH$/],
    [
      "is not where it should be",
      ["./nothing"],
      "NOT_FOUND",
      /^\.\/nothing cannot be started: there is no such file; sought from /,
    ],
    [
      "is not executable",
      ["./oddities.py"],
      "NOT_EXECUTABLE",
      /make it executable: chmod \+x \.\/oddities\.py$/,
    ],
    ["is empty", [], "NOT_FOUND", /^the command is empty$/],
  ];
  for (const [why, command, code, message] of cases) {
    for (const terminal of [true, false]) {
      it(`because it ${why} says so, ${terminal ? "on a terminal" : "on pipes"}`, async () => {
        await assert.rejects(startProgram({ ...options, command, terminal }), (error) => {
          assert.ok(error instanceof ProgramError);
          assert.equal(error.code, code);
          assert.match(error.message, message);
          return true;
        });
      });
    }
  }

  it("says so when there is no folder to start it in", async () => {
    const cwd = "/no/such/folder";

    await assert.rejects(startProgram({ ...options, cwd, command: ["true"], terminal: true }), {
      code: "NO_FOLDER",
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Nobody may wait for a grandchild; it goes as soon as the system has reaped it. */
async function assertGone(pid: number): Promise<void> {
  const deadlineMs = performance.now() + 5_000;
  while (isAlive(pid)) {
    assert.ok(performance.now() < deadlineMs, `process ${pid} is left`);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
