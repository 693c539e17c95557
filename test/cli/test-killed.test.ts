import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { ROOT, type RunningCli, startCli } from "../support/cli.ts";
import { commandOf, descendantsOf, untilGone } from "../support/processes.ts";

/** The second part runs for a minute: long enough to be killed in the middle of it. */
const SCENARIO = (name: string) => `\
scenario: 1
name: ${name}
clients: {alice: {}}
bots: {echo: {script: echo.ts}}
steps:
  - register: alice
  - expect: {at: alice, table: {echo: online}}
  - never: {at: alice, message: {}, for: 50s}
`;

describe("udpchat test, when it is ended in the middle of a run", { concurrency: 5 }, () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "udpchat-killed-"));
    await copyFile(path.join(ROOT, "bots/echo.ts"), path.join(folder, "echo.ts"));
    for (const name of ["one", "two"]) await writeFile(path.join(folder, `${name}.yaml`), SCENARIO(name));
  });
  after(() => rm(folder, { recursive: true }));

  const start = async (temporary: string): Promise<RunningCli> => {
    await mkdir(temporary);
    const running = startCli(["test", ".", "--trace", "on"], { cwd: folder, env: { TMPDIR: temporary } });
    return running;
  };

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL"] as const) {
    it(`by ${signal}, leaves neither processes nor folders behind`, async () => {
      const temporary = path.join(folder, signal);
      await using running = await start(temporary);
      // Both bots run, each in a process of its own.
      const bots = await running.until(() => {
        const found = descendantsOf(running.pid);
        return found.filter((pid) => commandOf(pid).includes("--permission")).length >= 2 ? found : undefined;
      });
      assert.deepEqual((await readdir(temporary)).length, 1);

      const { exitCode, stdout } = await running.kill(signal);

      await untilGone(bots);
      assert.deepEqual(await readdir(temporary), []);
      assert.equal(exitCode, signal === "SIGKILL" ? null : 1);
      if (signal !== "SIGKILL") assert.match(stdout, /2 interrupted/);
    });
  }
});
