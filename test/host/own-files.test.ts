import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { bundleBot } from "../../src/host/bundle.ts";
import { checkTypes } from "../../src/host/type-check.ts";
import { findPrlimit } from "../../src/host/walls.ts";
import { scriptFile } from "../support/bot-stage.ts";

/** A project with a script, among files of its operator's that are nobody else's. */
async function stage(t: TestContext) {
  const project = path.join(path.dirname(await scriptFile(t, "")), "project");
  const write = (file: string, text: string) => {
    const target = path.join(project, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return target;
  };
  write("package.json", "{}");
  write("secret.json", `{"key":"s3cret"}`);
  write("bots/desk.key", "s3cret");
  write("bots/.env.json", `{"key":"s3cret"}`);
  write("../outside.ts", `export default "s3cret";`);
  write("../outside.json", `"s3cret"`);
  symlinkSync("/dev/zero", path.join(project, "bots/endless.js"));
  symlinkSync("/dev/zero", path.join(project, "bots/endless.d.ts"));
  symlinkSync(path.join(project, "../outside.json"), path.join(project, "bots/link.json"));
  write("bots/words.json", `["own"]`);
  write("lib/code.ts", `export default "own";\n//# sourceMappingURL=/dev/zero\n`);
  write("node_modules/dep/package.json", `{"name":"dep","main":"index.js"}`);
  write("node_modules/dep/index.js", `module.exports = require("./data.json");`);
  write("node_modules/dep/data.json", `"own"`);
  write("bots/node_modules/typescript/package.json", `{"name":"typescript"}`);
  write(
    "bots/node_modules/typescript/bin/tsc",
    `require("node:fs").writeFileSync(${JSON.stringify(path.join(project, "ran"))}, "");`,
  );
  const importing = (what: string) =>
    bundleBot(write("bots/bot.ts", `import got from ${what};\nexport default got;\n`));
  return { project, write, importing };
}

describe("what a bot imports", () => {
  it("is code of its project, JSON that lies with it, and packages", async (t) => {
    const { importing } = await stage(t);

    for (const own of [
      `"./words.json"`,
      `"./words.json" with { type: "json" }`,
      `"../lib/code.ts"`,
      `"dep"`,
    ]) {
      const { code } = await importing(own);

      assert.match(code, /"own"/, own);
    }
  });

  it("is no other file of its operator's, by no road, and nothing that has no end", async (t) => {
    const { importing } = await stage(t);
    const roads: readonly (readonly [string, RegExp])[] = [
      [`"/etc/passwd" with { type: "text" }`, /imports code and JSON, and no other files/],
      [`"./desk.key" with { type: "text" }`, /imports code and JSON, and no other files/],
      [`"./desk.key" with { type: "bytes" }`, /imports code and JSON, and no other files/],
      [`"./words.json" with { type: "text" }`, /imports code and JSON, and no other files/],
      [`"/dev/zero"`, /imports code and JSON, and no other files/],
      [`"./endless.js"`, /imports code and JSON, and no other files/],
      [`"../secret.json"`, /imports JSON from the script's folder and from packages, not .*secret\.json/],
      [`"./.env.json"`, /imports JSON from the script's folder/],
      [`"./link.json"`, /imports JSON from the script's folder .*outside\.json/],
      [`"../../outside.json"`, /imports JSON from the script's folder/],
      [`"../../outside.ts"`, /imports code from its own project and from packages, not .*outside\.ts/],
    ];

    for (const [road, message] of roads) {
      await assert.rejects(importing(road), { code: "BUILD_FAILED", message }, road);
    }
  });

  const isUnbounded = findPrlimit() === undefined;
  it("is checked by a compiler that does not come with the script, and does not read without end", {
    skip: isUnbounded,
  }, async (t) => {
    const { project, write } = await stage(t);
    const script = write("bots/bot.ts", `/// <reference path="./endless.d.ts" />\nexport default 1;\n`);

    const mistakes = await checkTypes(script);

    assert.deepEqual(
      mistakes?.map(({ message }) => message),
      ["the compiler took too much memory or time"],
    );
    assert.equal(existsSync(path.join(project, "ran")), false);
  });
});
