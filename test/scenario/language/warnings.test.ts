import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadScenarios } from "../../../src/scenario/language/load.ts";
import { withSteps } from "../../support/scenario-text.ts";

function warningsOf(text: string): readonly string[] {
  return loadScenarios(text, "x.yaml").warnings.map(
    ({ place, message }) => `${place.line}:${place.column} ${message}`,
  );
}

const SPEAK = ["  - register: alice", "  - register: bob"];

describe("a warning", () => {
  it("is given for what nothing uses", () => {
    const text = `${withSteps(
      ...SPEAK,
      "  - mark: start",
      "  - expect: {at: bob, message: {text: {matches: (?<who>.)}}, capture: what}",
    ).replace("bob: {}", "bob: {}, carol: {}")}vars: {used: 1, idle: 2}\nname: "\${used}"\n`;

    assert.deepEqual(warningsOf(text), [
      "2:31 the client `carol` does nothing",
      "6:11 no `since` names the mark `start`",
      "7:49 what `who` keeps is not used",
      "7:71 what `what` keeps is not used",
      "8:17 the variable `idle` is not used",
    ]);
  });

  it("is not given for a client that only some cases of a matrix need", () => {
    const text =
      'scenario: 1\nmatrix: {who: [alice, bob]}\nclients: {alice: {}, bob: {}}\nsteps: [register: "${who}"]\n';

    assert.deepEqual(warningsOf(text), []);
  });

  it("is given for a guess, for a step longer than the scenario, and for an exemption without a reason", () => {
    const text = `${withSteps(...SPEAK, "  - wait: 1s", "  - expect: {at: bob, error: {}, within: 90s}")}skip: true\n`;

    assert.deepEqual(warningsOf(text), [
      "1:1 the step at line 7 may take longer than the whole scenario, 60s",
      "6:5 `wait` is a guess at how long something takes",
      "8:1 `skip` does not say why",
    ]);
  });

  it("of a row that is nobody's points at whose it might be", () => {
    assert.deepEqual(
      warningsOf(withSteps(...SPEAK, "  - assert: {at: bob, table: {alcie: absent, mallory: absent}}")),
      ["6:31 `alcie` is nobody's nickname, so it is always absent"],
    );
  });

  it("about what nothing uses is not given beside a mistake, of which it may be the echo", () => {
    const text = withSteps("  - regsiter: alice").replace("bob: {}", "bob: {}, carol: {}");

    assert.deepEqual(warningsOf(text), []);
  });
});
