import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";

describe("scenarios on disk", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "udpchat-discover-"));
    for (const path of [
      "b.yml",
      "a.yaml",
      "deep/er/c.yaml",
      "note.md",
      ".git/d.yaml",
      "node_modules/x/e.yaml",
    ]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  it("are found at any depth, in the order of their names", () => {
    const { files, missing } = discoverScenarios([folder]);

    assert.deepEqual(
      files,
      ["a.yaml", "b.yml", "deep/er/c.yaml"].map((path) => join(folder, path)),
    );
    assert.deepEqual(missing, []);
  });

  it("may be named one by one, whatever they are called; each is taken once", () => {
    const [a, note] = [join(folder, "a.yaml"), join(folder, "note.md")];

    assert.deepEqual(discoverScenarios([note, a, folder, a]).files.slice(0, 3), [
      note,
      a,
      join(folder, "b.yml"),
    ]);
    assert.equal(discoverScenarios([a, folder, a]).files.length, 3);
  });

  it("that are not there are told", () => {
    const nowhere = join(folder, "nowhere");

    assert.deepEqual(discoverScenarios([nowhere]), { files: [], missing: [nowhere] });
  });
});
