import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarios } from "../../../src/scenario/language/load.ts";
import { renderProblem } from "../../../src/scenario/language/render-problem.ts";
import { withSteps } from "../../support/scenario-text.ts";

function rendered(text: string): string {
  return loadScenarios(text, "x.yaml")
    .problems.map((problem) => renderProblem(problem))
    .join("\n");
}

describe("a problem is shown", () => {
  it("with its line, a caret and what to write", () => {
    assert.equal(
      rendered(withSteps("  - exepct: {at: bob, message: {}}")),
      `x.yaml:4:5: error: unknown verb \`exepct\`
  4 |   - exepct: {at: bob, message: {}}
    |     ^^^^^^ did you mean \`expect\`?`,
    );
  });

  it("with tabs as wide as in its line", () => {
    assert.equal(
      rendered("scenario: 1\nname:\tx\t# tab\nsteps: [settle: {max:\t5}]\n"),
      `x.yaml:3:23: error: a duration needs a unit
  3 | steps: [settle: {max:\t5}]
    |                      \t^ write a unit, such as \`5ms\` or \`5s\``,
    );
  });

  it("with the caret under its word behind wide and combining characters", () => {
    assert.equal(
      rendered(withSteps('  - {name: "猫👋e\u0301", settle: {max: 5}}')).split("\n").at(-1),
      // Two cells each for the cat and the hand, one for the e with its accent.
      `    |${" ".repeat('   - {name: "xxxxe", settle: {max: '.length)}^ write a unit, such as \`5ms\` or \`5s\``,
    );
  });

  it("with the part of a long line that matters", () => {
    const text = withSteps(`  - {name: ${"n".repeat(5_000)}, settle: {max: 5, quiet: 1s}}`);

    const [, line = "", marker = ""] = rendered(text).split("\n");

    assert.ok(line.length < 200);
    assert.ok(line.startsWith("  4 | …nnn"));
    assert.equal(line.charAt(marker.indexOf("^")), "5");
  });

  it("without what would move the cursor or turn the direction of writing", () => {
    const text = rendered(withSteps("  - register: a\u202Eb\u2028c", "  - x\u001B[2Jy: 1"));

    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\u202E\u2028]/u);
  });

  it("in colour when asked", () => {
    const [problem] = loadScenarios("", "x.yaml").problems;

    assert.ok(problem && renderProblem(problem, { color: true }).includes("\u001B[31merror:"));
  });
});
