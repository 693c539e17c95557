import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VM, VMScript } from "vm2";
import { runnerFile } from "../../src/host/runner-file.ts";
import { readByVm2 } from "../../src/host/vm2-reading.ts";

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

  it("has vm2 run what vm2 has read before, without which a bot takes twice as long to start", () => {
    const script = Object.assign(new VMScript("'read again'"), { _compiledCode: "'read before'" });

    assert.equal(new VM().run(script), "read before");
  });

  it("takes from vm2 what vm2 has read", () => {
    assert.match(readByVm2("try { throw 1 } catch (e) { e }") ?? "", /handleException/);
  });
});
