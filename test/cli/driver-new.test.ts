import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { loadDriverFile } from "../../src/scenario/language/driver/load.ts";
import { runCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { FOREIGN } from "../support/screened.ts";

const folder = mkdtempSync(path.join(tmpdir(), "udpchat-driver-new-"));
after(() => rmSync(folder, { recursive: true }));

describe("udpchat driver new", { concurrency: true }, () => {
  it("writes a driver that loads, and says what it found out", async () => {
    const out = path.join(folder, "mine.yaml");
    const program = path.join(FOREIGN, "udpchat.py");

    const { exitCode, stderr } = await runCli(["driver", "new", "--out", out, "--", "python3", program]);

    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /Everything that it showed was understood\.\n$/);
    const { driver, problems } = loadDriverFile(out);
    assert.deepEqual(problems, []);
    assert.equal(driver?.name, "udpchat");
    assert.deepEqual(driver?.command, ["python3", program]);
    assert.equal(driver?.profile.registersAtStart, false);
    assert.equal(driver?.profile.secondClient, "refused");
    assert.equal(driver?.profile.vanishedReturns, true);
    assert.doesNotMatch(readFileSync(out, "utf8"), /detect/);
  });

  it("does not write over a file", async () => {
    const { exitCode, stderr } = await callCli(["driver", "new", "--out", folder, "--", "true"]);

    assert.equal(exitCode, 3);
    assert.match(stderr, /is there already/);
  });

  it("asks nothing where the file cannot be written", async () => {
    const out = path.join(folder, "nowhere", "mine.yaml");

    const { exitCode, stderr } = await callCli(["driver", "new", "--out", out, "--", "no-such-program"]);

    assert.equal(exitCode, 4);
    assert.match(stderr, /^error: the driver .*mine\.yaml cannot be written: ENOENT/);
  });

  it("tells when the program is not there", async () => {
    const { exitCode, stderr } = await callCli(["driver", "new", "--", "no-such-program"]);

    assert.equal(exitCode, 4);
    assert.match(stderr, /error: there is no program no-such-program in PATH/);
  });
});
