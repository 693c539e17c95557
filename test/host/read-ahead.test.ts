import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundleBot } from "../../src/host/bundle.ts";
import { readAhead } from "../../src/host/read-ahead.ts";
import { readByVm2 } from "../../src/host/vm2-reading.ts";
import { scriptFile } from "../support/bot-stage.ts";

/** So much code that its bot's process is not to read it. */
const BALLAST = `export function ballast(n: number): unknown {
  try {
    switch (n) {
${Array.from({ length: 2_000 }, (_, i) => `      case ${i}: return ${i} + n;`).join("\n")}
    }
  } catch (error) {
    return error;
  }
}`;

describe("a bundle that is read ahead", () => {
  it("is read as vm2 reads it in the bot's process, and once", async (t) => {
    const bundle = await bundleBot(await scriptFile(t, `${BALLAST}\nexport default defineBot(() => {});`));

    const reading = readAhead(bundle);

    const asRead = await reading;
    assert.equal(readAhead(bundle), reading);
    assert.match(asRead ?? "", /handleException\(error\)/);
    assert.equal(asRead, readByVm2(bundle.code));
  });

  it("is large: a small one is left to the bot's process", async (t) => {
    const bundle = await bundleBot(await scriptFile(t, "export default defineBot(() => {});"));

    assert.equal(await readAhead(bundle), undefined);
  });

  it("is left to the bot's process, too, when vm2 will not have it: the refusal has its place there", async (t) => {
    const code = `${BALLAST}\nVM2_INTERNAL_STATE_DO_NOT_USE_OR_PROGRAM_WILL_FAIL;\nexport default defineBot(() => {});`;
    const bundle = await bundleBot(await scriptFile(t, code));

    assert.equal(await readAhead(bundle), undefined);
    assert.notEqual(await readAhead(await bundleBot(await scriptFile(t, BALLAST))), undefined);
  });
});
