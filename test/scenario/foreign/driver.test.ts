import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { GENERIC_DRIVER, loadDriver, loadDriverFile } from "../../../src/scenario/language/driver/load.ts";

const folder = mkdtempSync(path.join(tmpdir(), "udpchat-drivers-"));
after(() => rmSync(folder, { recursive: true }));

function problemsOf(text: string): string[] {
  return loadDriver(text, path.join(folder, "driver.yaml")).problems.map(({ place, code, message, hint }) =>
    [`${place.line}:${place.column} ${code} ${message}`, hint]
      .filter((part) => part !== undefined)
      .join("; "),
  );
}

describe("a driver", () => {
  it("has from the generic one what it does not say", () => {
    const text = [
      "driver: 1",
      "name: ours",
      "command: [java, UdpChat]",
      "server: {ready: listening}",
      "shows: {table: new table}",
      "profile: {secondClient: takesOver}",
    ].join("\n");

    const { driver } = loadDriver(text, path.join(folder, "ours.yaml"));

    const generic = loadDriverFile(GENERIC_DRIVER).driver;
    assert.ok(driver !== undefined && generic !== undefined);
    assert.equal(driver.name, "ours");
    assert.deepEqual(driver.command, ["java", "UdpChat"]);
    assert.equal(driver.cwd, folder);
    assert.deepEqual(driver.server.arguments, ["-s", "${port}"]);
    assert.equal(driver.server.ready?.source, "listening");
    assert.deepEqual(driver.shows.table, ["new table"]);
    assert.deepEqual(driver.shows.message, generic.shows.message);
    assert.equal(driver.profile.secondClient, "takesOver");
    assert.equal(driver.profile.registersAtStart, "detect");
    assert.equal(driver.type.register, "reg ${nick}");
  });

  it("builds on another, whose paths count from the other's folder", () => {
    mkdirSync(path.join(folder, "base"));
    writeFileSync(path.join(folder, "base/base.yaml"), "driver: 1\ncwd: bin\nprompt: '$'\n");

    const { driver } = loadDriver("driver: 1\nextends: base/base.yaml\n", path.join(folder, "top.yaml"));

    assert.equal(driver?.prompt, "$");
    assert.equal(driver?.cwd, path.join(folder, "base/bin"));
  });
});

describe("a mistake in a driver", () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ["", "1:1 EMPTY the file is empty; begin with `driver: 1`"],
    ["driver: 2", "1:9 UNKNOWN_VERSION version 2 of driver files is not known here; write `driver: 1`"],
    ["[]", "1:1 WRONG_TYPE expected a map that begins with `driver: 1`, got a list"],
    ["driver: 1\ncomand: [x]", "2:1 UNKNOWN_KEY unknown key `comand`; did you mean `command`?"],
    ["driver: 1\nshows: {tabel: x}", "2:9 UNKNOWN_KEY unknown key `tabel`; did you mean `table`?"],
    [
      "driver: 1\nshows: {message: x}",
      "2:18 BAD_PATTERN `message` needs the group `(?<from>…)` and `(?<text>…)`",
    ],
    [
      "driver: 1\nshows: {saved: '('}",
      "2:16 BAD_PATTERN this regular expression does not compile: unterminated group",
    ],
    [
      "driver: 1\ntype: {register: 'reg ${nik}'}",
      "2:18 UNKNOWN_VARIABLE there is no variable `nik` here; did you mean `nick`?",
    ],
    [
      "driver: 1\nclient: {arguments: [-c, '${prot}']}",
      "2:26 UNKNOWN_VARIABLE there is no variable `prot` here; did you mean `port`?",
    ],
    [
      "driver: 1\nprofile: {secondClient: refuse}",
      "2:25 UNKNOWN_VALUE unknown value `refuse`; did you mean `refused`?",
    ],
    [
      "driver: 1\nclient: {startup: 600}",
      "2:19 MISSING_UNIT a duration needs a unit; write a unit, such as `600ms` or `600s`",
    ],
    [
      "driver: 1\nextends: nowhere.yaml",
      "2:10 FILE_NOT_FOUND there is no file `nowhere.yaml`; paths count from the folder of this file",
    ],
    ["driver: 1\nextends: driver.yaml", "2:10 TOO_DEEP this driver builds on itself; leave `extends` out"],
  ];
  for (const [text, ...expected] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(problemsOf(text), expected));
  }

  it("that is not there at all is one, too", () => {
    const { problems } = loadDriverFile(path.join(folder, "nothing.yaml"));

    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message}`),
      ["UNREADABLE there is no such file"],
    );
  });
});
