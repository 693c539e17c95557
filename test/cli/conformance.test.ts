import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { runCli } from "../support/cli.ts";
import { callCli } from "../support/command-lines.ts";
import { FOREIGN } from "../support/screened.ts";

const folder = mkdtempSync(path.join(tmpdir(), "udpchat-conformance-"));
after(() => rmSync(folder, { recursive: true }));

const driver = path.join(FOREIGN, "udpchat.yaml");

describe("udpchat conformance", { concurrency: 4 }, () => {
  it("reports on the terminal, to programs, to CI and on a page, and passes our own client on another's server", async () => {
    const file = (name: string) => path.join(folder, name);
    const reports = `pretty,json=${file("r.json")},junit=${file("r.xml")},html=${file("r.html")}`;

    const { exitCode, stdout, stderr } = await runCli([
      "conformance",
      "--driver",
      driver,
      "--pair",
      driver,
      "--clause",
      "deregisters",
      "--reporter",
      reports,
    ]);

    assert.equal(exitCode, 0, stderr + stdout);
    assert.match(stdout, /✓ a client deregisters, and stays {2}passed\n/);
    assert.match(stdout, /score 3 of 3 clauses, 100 %/);
    const json = JSON.parse(readFileSync(file("r.json"), "utf8"));
    assert.deepEqual(json.score.all ?? json.score.good, 3);
    assert.equal(json.implementations.length, 2);
    assert.match(readFileSync(file("r.xml"), "utf8"), /<testsuites name="conformance of python and python"/);
    const html = readFileSync(file("r.html"), "utf8");
    assert.match(html, /<b class="passed">a client deregisters, and stays<\/b>/);
    assert.doesNotMatch(html, /(?:src|href)=/, "the page loads something");
  });

  it("tells of a failure what was typed, what came and what was expected", async () => {
    const broken = path.join(folder, "broken.yaml");
    writeFileSync(
      broken,
      `driver: 1\nextends: ${driver}\ncommand: [python3, udpchat.py]\ncwd: ${FOREIGN}\nenv: {UDPCHAT_BREAK: dereg-ends}\n`,
    );

    const { exitCode, stdout } = await callCli([
      "conformance",
      "--driver",
      broken,
      "--clause",
      "deregisters",
    ]);

    assert.equal(exitCode, 1, stdout);
    assert.match(stdout, /✗ a client deregisters, and stays {2}failed\n/);
    assert.match(stdout, / expected {2}never the end of the program, at x for 800ms\n/);
    assert.match(stdout, /types "dereg x"\n.*shows "\[You are Offline\. Bye\.\]"\n/);
    assert.match(stdout, /score 2 of 3 clauses, 66 %/);
  });

  const mistakes: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    ["a driver with a mistake", ["--driver", path.join(FOREIGN, "oddities.py")], 2, /error: .*\n/],
    ["a driver without a command", ["--driver", "udpchat"], 3, /how is the implementation started\?/],
    ["an unknown clause", ["--clause", "saved-twice"], 3, /there is no clause saved-twice/],
    ["a report that there is not", ["--reporter", "pdf"], 3, /Reporters are pretty, json, junit, html/],
    [
      "a report that cannot be written, before it looks at anything",
      ["--reporter", `json=${path.join(driver, "r.json")}`, "--", "no-such-program"],
      4,
      /error: the report .*r\.json cannot be written: E/,
    ],
    [
      "a program that is not there",
      ["--", "no-such-program"],
      4,
      /there is no program no-such-program in PATH/,
    ],
  ];
  for (const [what, args, code, message] of mistakes) {
    it(`refuses ${what}`, async () => {
      const { exitCode, stderr } = await callCli(["conformance", ...args]);

      assert.equal(exitCode, code, stderr);
      assert.match(stderr, message);
    });
  }

  it("lists its clauses in words", async () => {
    const { exitCode, stdout } = await callCli(["conformance", "--list"]);

    assert.equal(exitCode, 0);
    assert.match(stdout, /^saved-once \(exercise\)\n {2}What was shown at one registration is deleted/m);
  });
});
