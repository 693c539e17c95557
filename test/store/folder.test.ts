import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { makeFolder } from "../../src/store/folder.ts";
import { folderOf } from "../support/folder.ts";

describe("making a folder", () => {
  it("makes those above it, too, and is content with one that is there", () => {
    using folder = folderOf({});
    const inner = path.join(folder.path, "a/b/c");

    makeFolder(inner, 0o700);
    makeFolder(inner);

    assert.equal(statSync(inner).mode & 0o777, 0o700);
    assert.equal(statSync(path.dirname(inner)).mode & 0o777, 0o700);
  });

  it("says so where something else stands", () => {
    using folder = folderOf({});
    const file = path.join(folder.path, "file");
    writeFileSync(file, "");

    assert.throws(() => makeFolder(file), { code: "EEXIST" });
    assert.throws(() => makeFolder(path.join(file, "inner")), { code: "ENOTDIR" });
  });

  it("ends where the system has no folders to give", { skip: process.platform !== "linux" }, () => {
    assert.throws(() => makeFolder("/proc/none/inner"), { code: "ENOENT" });
  });
});
