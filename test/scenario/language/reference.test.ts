import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describe, it } from "node:test";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { referenceParts, withParts } from "../../support/reference.ts";
import { problemsOf, scenariosOf } from "../../support/scenario-text.ts";

const FILE = "src/scenario/language/REFERENCE.md";

/** Set it to have the document written anew. */
if (process.env["UPDATE_REFERENCE"]) {
  writeFileSync(FILE, withParts(readFileSync(FILE, "utf8"), referenceParts()));
}

const document = readFileSync(FILE, "utf8");

describe("the reference of the language", () => {
  it("says what the grammar says (UPDATE_REFERENCE=1 writes it anew)", () => {
    assert.equal(document, withParts(document, referenceParts()));
  });

  it("has every part", () => {
    const named = [...document.matchAll(/<!-- (\w+) -->/g)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "end");

    assert.deepEqual(named.toSorted(), Object.keys(referenceParts()).toSorted());
  });

  for (const [index, [, text = ""]] of [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].entries()) {
    it(`shows scenarios that pass: ${index + 1}`, async () => {
      const { scenarios } = await runScenarios(scenariosOf(text), { net: "sim" });

      assert.deepEqual(
        scenarios.flatMap(({ failures }) => failures),
        [],
      );
    });
  }

  it("shows steps that are right", () => {
    const head =
      "scenario: 1\nclients: {alice: {}, bob: {}, mallory: {}}\n" +
      `bots: {helper: {script: ${import.meta.filename}}}\nsteps:\n  - {if: false, mark: m}\n`;
    for (const [, steps = ""] of document.matchAll(/^```yaml step\n(.*?)^```$/gms)) {
      const text = steps.replaceAll(/^/gm, "  ");
      // There is no such file beside this one.
      const problems = problemsOf(head + text).filter((problem) => !problem.includes("FILE_NOT_FOUND"));
      assert.deepEqual(problems, [], steps);
    }
  });

  it("links to files that there are", () => {
    const links = [...document.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = ""]) => link);

    assert.ok(links.length > 0);
    assert.deepEqual(
      links.filter((link) => !existsSync(resolve(dirname(FILE), link))),
      [],
    );
  });
});
