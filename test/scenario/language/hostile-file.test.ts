/** A scenario file may come from anybody: whatever it holds, loading it ends, soon, and without an exception. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { loadScenarioFile, loadScenarios } from "../../../src/scenario/language/load.ts";
import { renderProblem } from "../../../src/scenario/language/render-problem.ts";

const folder = mkdtempSync(join(tmpdir(), "scenario-"));
const path = join(folder, "x.yaml");
after(() => rmSync(folder, { recursive: true }));

/** Far above what was measured for the largest file, far below for ever. */
const LOAD_MS_MAX = 5_000;

function loadBytes(bytes: Uint8Array): readonly string[] {
  writeFileSync(path, bytes);
  return codesOf(loadScenarioFile(path));
}

function codesOf({ problems }: ReturnType<typeof loadScenarios>): readonly string[] {
  for (const problem of problems) renderProblem(problem);
  return [...new Set(problems.map(({ code }) => code))];
}

const examples = readdirSync("scenarios")
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => readFileSync(`scenarios/${name}`, "utf8"));

describe("a file of any content", () => {
  it("of bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const codes = loadBytes(bytes);

        assert.ok(codes.length > 0);
      }),
      { numRuns: 300 },
    );
  });

  it("of the characters that YAML gives a meaning", () => {
    const words = fc.constantFrom(
      ...[
        "- ",
        ": ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        '"',
        "&a ",
        "*a",
        "!",
        "|",
        ">",
        "%",
        "? ",
        "#",
      ],
      ...["scenario: 1", "steps", "clients", "send", "${", "}", "$${", "...", "---", "<<", "\t", "\\", "0"],
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
        const text = parts.join("");

        codesOf(loadScenarios(text, "x.yaml"));
      }),
      { numRuns: 2_000 },
    );
  });

  it("made from an example by a cut and a paste", () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...examples), place, place, place, (text, a, b, c) => {
        const [start, end, to] = [a, b, c].map((part) => Math.floor(part * text.length));

        codesOf(loadScenarios(text.slice(0, to) + text.slice(start, end) + text.slice(to), "x.yaml"));
      }),
      { numRuns: 200 },
    );
  });
});

describe("a file is refused", () => {
  it("when it is no UTF-8, at the first bad byte", () => {
    writeFileSync(
      path,
      Buffer.concat([Buffer.from("scenario: 1\nname: ü"), Buffer.from([0xff, 0xfe, 0x00])]),
    );

    const [problem] = loadScenarioFile(path).problems;

    assert.deepEqual(
      [problem?.code, problem?.place.line, problem?.place.column, problem?.hint],
      ["NOT_UTF8", 2, 8, "save it as UTF-8"],
    );
  });

  it("when it is UTF-16, with a word of what to do", () => {
    writeFileSync(path, Buffer.from("\uFEFFscenario: 1", "utf16le"));

    const [problem] = loadScenarioFile(path).problems;

    assert.equal(problem?.hint, "it looks like UTF-16: save it as UTF-8");
  });

  it("when it is larger than 128 KiB", () => {
    assert.deepEqual(loadBytes(new Uint8Array(131_073).fill(0x20)), ["TOO_LARGE"]);
    assert.deepEqual(codesOf(loadScenarios(" ".repeat(131_073), "x.yaml")), ["TOO_LARGE"]);
  });

  it("when it is a bomb of aliases", () => {
    const lines = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`);

    assert.ok(codesOf(loadScenarios(`a0: &a0 x\n${lines.join("\n")}`, "x.yaml")).includes("TOO_LARGE"));
  });

  it("when it is a bomb of variables", () => {
    const lines = Array.from({ length: 30 }, (_, i) => `  a${i + 1}: "\${a${i}}\${a${i}}\${a${i}}"`);
    const text = `scenario: 1\nvars:\n  a0: x\n${lines.join("\n")}\nname: \${a30}\nsteps: [settle: {}]\n`;

    assert.deepEqual(codesOf(loadScenarios(text, "x.yaml")), ["TOO_LARGE"]);
  });

  it("when its matrix is too large", () => {
    const axes = Array.from({ length: 6 }, (_, i) => `a${i}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]`);
    const text = `scenario: 1\nmatrix: {${axes.join(", ")}}\nsteps: [settle: {}]\n`;

    assert.deepEqual(codesOf(loadScenarios(text, "x.yaml")), ["TOO_LARGE"]);
  });

  it("when it is nested too deep, by brackets or by aliases", () => {
    const lines = Array.from({ length: 70 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`);
    const brackets = `a: ${"[".repeat(70)}${"]".repeat(70)}`;

    assert.ok(codesOf(loadScenarios(brackets, "x.yaml")).includes("TOO_DEEP"));
    assert.ok(codesOf(loadScenarios(`a0: &a0 x\n${lines.join("\n")}`, "x.yaml")).includes("TOO_DEEP"));
  });
});

describe("a file that nests too deep", () => {
  it("is one problem, whatever is inside", () => {
    const steps = `${"{repeat: {times: 1, steps: [".repeat(40)}{register: bob}${"]}}".repeat(40)}`;

    const { problems } = loadScenarios(`scenario: 1\nclients: {bob: {}}\nsteps: [${steps}]\n`, "x.yaml");

    assert.deepEqual(
      problems.map(({ code, hint }) => [code, hint]),
      [["TOO_DEEP", "put the inner steps into a file of their own, and `call` it"]],
    );
  });
});

describe("the largest file is loaded in bounded time", () => {
  const size = 131_072;
  const fill = (part: string) => part.repeat(Math.floor(size / part.length));
  const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i}: `).join(",");
  const header = "scenario: 1\nvars: {a: 1}\nclients: {alice: {}}\nsteps:\n";
  const cases: readonly [name: string, text: string][] = [
    ["open brackets", fill("[")],
    ["dashes", fill("- ")],
    ["anchors", fill("&a ")],
    ["closed brackets", fill("]")],
    ["single quotes", `name: ${fill("''").slice(6)}`.slice(0, -1)],
    ["keys", Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n")],
    ["the same key", fill("a: 1\n")],
    ["steps", (header + fill("  - register: alcie\n")).slice(0, size)],
    ["names", `scenario: 1\nclients: {${names(5_000)}}\nsteps:\n${"  - register: zzz\n".repeat(3_000)}`],
    ["variables", `scenario: 1\nvars: {${names(3_000)}}\nsteps:\n${"  - register: ${zz}\n".repeat(3_000)}`],
    ["references", `${header}  - register: "${fill("${a}").slice(0, -100)}"\n`.slice(0, size)],
    ["escaped references", `${header}  - register: "${fill("\\x24{a}").slice(0, -100)}"`.slice(0, size)],
    ["long words", `${header}  - ${"x".repeat(size - 200)}: {}`],
    ["long patterns", `${header}  - expect: {at: alice, message: {text: {matches: ${"(".repeat(100_000)}}}}`],
    ["a matrix", `matrix: {a: [${fill("1,").slice(100)}]}`.slice(0, size)],
    ["link keys", `scenario: 1\nnet: {links: {${fill("a---").slice(100)}: {}}}`],
  ];

  for (const [name, text] of cases) {
    it(name, () => {
      const before = process.cpuUsage();

      codesOf(loadScenarios(text, "x.yaml"));

      // Of the processor, not of the wall: other tests run at the same time.
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1_000 < LOAD_MS_MAX);
    });
  }
});
