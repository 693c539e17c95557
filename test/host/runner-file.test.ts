import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { VM, VMScript } from "vm2";
import { keepRunner, keptRunner } from "../../src/host/kept-runner.ts";
import { runnerFile } from "../../src/host/runner-file.ts";
import { readByVm2 } from "../../src/host/vm2-reading.ts";
import { folderOf } from "../support/folder.ts";

describe("the program of a bot's process", () => {
  it("is made again when there was no place for it", async (t) => {
    const { TMPDIR = "/tmp" } = process.env;
    t.after(() => {
      process.env["TMPDIR"] = TMPDIR;
    });
    process.env["TMPDIR"] = "/no/such/folder";
    await assert.rejects(runnerFile(), { code: "ENOENT" });

    process.env["TMPDIR"] = TMPDIR;

    assert.match(await runnerFile(), /runner\.cjs$/);
  });

  it("is kept for other processes until a file of which it was made changes", () => {
    using folder = folderOf({ "a.ts": "a", "b.ts": "b" });
    const [a = "", b = ""] = ["a.ts", "b.ts"].map((name) => path.join(folder.path, name));
    const kept = path.join(folder.path, "kept");
    assert.equal(keptRunner(kept), undefined);

    keepRunner("ab()", [a, b], kept);

    assert.match(keptRunner(kept) ?? "", /^\/\/.*\nab\(\)$/);
    writeFileSync(b, "c");
    assert.equal(keptRunner(kept), undefined);
    keepRunner("ac()", [a, b], kept);
    assert.match(keptRunner(kept) ?? "", /\nac\(\)$/);
    rmSync(b);
    assert.equal(keptRunner(kept), undefined);
  });

  it("goes without where it cannot be kept", () => {
    using folder = folderOf({ "a.ts": "a" });
    const file = path.join(folder.path, "a.ts");

    keepRunner("a()", [file], file);

    assert.equal(keptRunner(file), undefined);
  });

  it("has vm2 run what vm2 has read before, without which a bot takes twice as long to start", () => {
    const script = Object.assign(new VMScript("'read again'"), { _compiledCode: "'read before'" });

    assert.equal(new VM().run(script), "read before");
  });

  it("takes from vm2 what vm2 has read", () => {
    assert.match(readByVm2("try { throw 1 } catch (e) { e }") ?? "", /handleException/);
  });
});
