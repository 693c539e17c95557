import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { BotError } from "../../src/host/bot-error.ts";
import { type Bundle, bundleBot, locateFault } from "../../src/host/bundle.ts";
import { scriptFile } from "../support/bot-stage.ts";

describe("bundling a bot", () => {
  const cases: [name: string, code: string, line: number, column: number, message: RegExp, caret: string][] =
    [
      ["a syntax error", "const x = ;\n", 2, 11, /Unexpected ";"/, "> 2 | const x = ;\n    |           ^"],
      [
        "a missing import",
        'import "./gone.ts";\n',
        2,
        8,
        /there is no "\.\/gone\.ts" to import/,
        "    |        ^",
      ],
      [
        "a module of Node.js",
        '\nimport fs from "node:fs";\nfs.rmSync("/");',
        3,
        16,
        /cannot import "node:fs"/,
        "> 3 | import fs",
      ],
      [
        "one without its prefix",
        'import net from "net";\nnet.connect(1);',
        2,
        17,
        /cannot import "net"/,
        "> 2 | import net",
      ],
      ["await at the top", "await 1;\n", 2, 1, /Top-level await/, "> 2 | await 1;"],
    ];
  for (const [name, code, line, column, message, caret] of cases) {
    it(`shows ${name} in the author's file`, async (t) => {
      const error = await failure(t, code);

      assert.equal(error.code, "BUILD_FAILED");
      assert.match(error.message, message);
      assert.match(error.place?.file ?? "", /bot\.ts$/);
      assert.deepEqual([error.place?.line, error.place?.column], [line, column]);
      assert.ok(error.codeFrame?.includes(caret), error.codeFrame ?? "there is no code frame");
    });
  }

  it("says that there is no script", async () => {
    await assert.rejects(bundleBot("no/such/bot.ts"), {
      code: "SCRIPT_NOT_FOUND",
      message: /no\/such\/bot\.ts/,
    });
  });

  it("bounds the size", async (t) => {
    const error = await failure(t, `export const ballast = ${JSON.stringify("x".repeat(1_100_000))};`);

    assert.equal(error.code, "BUNDLE_TOO_LARGE");
    assert.match(error.message, /come to 1\d\d\d KiB; a bot may have 1024 KiB/);
  });

  it("bounds the size of all that it reads, comments and all", async (t) => {
    const error = await failure(t, `//${"x".repeat(17 * 1_048_576)}`);

    assert.equal(error.code, "BUNDLE_TOO_LARGE");
    assert.match(error.message, /come to 18 MiB; a bot's may have 16 MiB/);
  });

  it("shows of a long line what is around the place", async (t) => {
    const line = `${"a;".repeat(300)}const x = ;${"b;".repeat(300)}`;
    const error = await failure(t, `${line}\n`);

    const rows = error.codeFrame?.split("\n") ?? [];

    assert.equal(error.place?.column, 611);
    assert.ok(rows.every((row) => row.length < 180));
    assert.equal(rows[1]?.[rows[2]?.indexOf("^") ?? -1], ";");
    assert.ok(rows[1]?.includes("const x = ;b;"));
  });

  it("shows a thousand places in a long file as if it were a short one, and of a longer one the place alone", async (t) => {
    const bundled = (lines: number) =>
      scriptFile(t, `${"// x\n".repeat(lines)}export default defineBot(() => {});`).then(bundleBot);
    const [long, longer] = [await bundled(180_000), await bundled(300_000)];
    const fault = ({ sources }: Bundle) => {
      const [file = ""] = [...sources.keys()].filter((name) => name.endsWith("bot.ts"));
      return { name: "Error", message: "m", stack: "", place: `${file}:150000:4` };
    };
    const startMs = performance.now();

    const shown = Array.from({ length: 1_000 }, () => locateFault(fault(long), long));
    const placed = locateFault(fault(longer), longer);

    // It took eight seconds where each parted the text anew.
    assert.ok(performance.now() - startMs < 1_000);
    assert.match(shown[999]?.codeFrame ?? "", /> 150000 \| \/\/ x\n/);
    assert.deepEqual([placed.place?.line, placed.codeFrame], [150_000, undefined]);
  });

  it("names the author's files and none of ours in the source map", async (t) => {
    const { sourceMap, sources } = await bundleBot(
      await scriptFile(t, "export default defineBot(() => {});"),
    );

    const { sources: named } = JSON.parse(sourceMap) as { sources: string[] };
    assert.deepEqual([...new Set(named.filter((name) => name !== ""))], [...sources.keys()]);
    assert.equal(sources.size, 1);
  });

  it("shows lines of the author's files alone, whatever a bot claims", async (t) => {
    const bundle = await bundleBot(await scriptFile(t, "export default defineBot(() => {});"));
    const fault = { name: "Error", message: "", stack: "", place: "/etc/passwd:1:1" };

    assert.equal(locateFault(fault, bundle).codeFrame, undefined);
    assert.equal(locateFault(fault, bundle).place, undefined);
  });
});

async function failure(t: TestContext, code: string): Promise<BotError> {
  try {
    await bundleBot(await scriptFile(t, code));
  } catch (error) {
    assert.ok(error instanceof BotError);
    return error;
  }
  throw new assert.AssertionError({ message: "it was bundled" });
}
