import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fstatSync, writeSync } from "node:fs";
import { describe, it } from "node:test";
import { encodeWhereabouts, enteredText, WHEREABOUTS_BYTES_MAX } from "../../src/host/pipe/whereabouts.ts";
import { findPrlimit } from "../../src/host/walls.ts";
import { WhereaboutsFile } from "../../src/host/whereabouts-file.ts";

const MODULE = new URL("../../src/host/whereabouts-file.ts", import.meta.url).href;

describe("the file in which a bot's process says what it is at", () => {
  it("has no name, and its last word stays known", () => {
    const file = new WhereaboutsFile();
    const bytes = Buffer.alloc(WHEREABOUTS_BYTES_MAX);
    const entered = { event: "bot-3", handler: 'hears "naïve"' };
    assert.ok(file.fd !== undefined);

    const text = enteredText(entered.event, entered.handler);
    writeSync(file.fd, bytes, 0, encodeWhereabouts(bytes, 7, text), 0);
    const { nlink, size } = fstatSync(file.fd);
    file.close();

    assert.deepEqual([nlink, size], [0, WHEREABOUTS_BYTES_MAX]);
    assert.deepEqual(file.read(), { drainedCount: 7, entered });
  });

  it("is not there, and hands on no closed descriptor, where there is no room", (t) => {
    const prlimit = findPrlimit();
    if (prlimit === undefined) {
      t.skip("prlimit (util-linux) is not installed");
      return;
    }
    const program = `const { WhereaboutsFile } = await import(${JSON.stringify(MODULE)});
      const file = new WhereaboutsFile();
      process.stdout.write(JSON.stringify([file.fd ?? null, file.read()]));`;
    const node = [process.execPath, "--conditions=source", "--input-type=module", "-e", program];

    const { stdout, stderr } = spawnSync(prlimit, ["--fsize=0", ...node], { encoding: "utf8" });

    assert.equal(stdout, '[null,{"drainedCount":0}]', stderr);
  });
});
