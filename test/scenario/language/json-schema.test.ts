/** What an editor knows of the language: a schema validator that is not ours accepts what is right, and refuses what is wrong. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { verbs } from "../../../src/scenario/language/grammar/verbs.ts";
import { scenarioJsonSchema } from "../../../src/scenario/language/json-schema.ts";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";
import { EVERY_KEY } from "../../support/every-key.ts";
import { problemsOf, withSteps } from "../../support/scenario-text.ts";

const schema = scenarioJsonSchema();
const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
const validate = ajv.compile(schema);

/** Where the first mistake is; `undefined` when there is none. */
function mistakeIn(text: string): string | undefined {
  return validate(parse(text)) ? undefined : (validate.errors?.[0]?.instancePath ?? "");
}

describe("the JSON Schema", () => {
  for (const file of discoverScenarios(["scenarios"]).files) {
    it(`accepts ${file}`, () => {
      assert.equal(mistakeIn(readFileSync(file, "utf8")), undefined, ajv.errorsText(validate.errors));
    });
  }

  it("accepts every key of the language", () => {
    assert.equal(mistakeIn(EVERY_KEY), undefined, ajv.errorsText(validate.errors));
  });

  it("accepts the examples of every verb", () => {
    for (const { examples } of Object.values(verbs)) {
      for (const example of examples)
        assert.equal(mistakeIn(withSteps(`  - ${example}`)), undefined, example);
    }
  });

  const wrong: readonly [what: string, text: string][] = [
    ["an unknown key", "scenario: 1\nstpes: [settle: {}]\n"],
    ["no steps", "scenario: 1\n"],
    ["no step in them", "scenario: 1\nsteps: []\n"],
    ["a number for a duration", withSteps("  - settle: {max: 5}")],
    ["a duration without a unit", withSteps('  - settle: {max: "5"}')],
    ["an unknown verb", withSteps("  - regsiter: alice")],
    ["two verbs", withSteps("  - {register: alice, deregister: alice}")],
    ["no verb", withSteps("  - {name: x}")],
    ["an unknown field", withSteps("  - send: {form: alice, to: bob, text: hi}")],
    ["a field that is missing", withSteps("  - send: {from: alice, to: bob}")],
    ["an unknown word", withSteps("  - server: explode")],
    ["two events", withSteps("  - expect: {at: bob, message: {}, error: {}}")],
    ["two operators", withSteps("  - expect: {at: bob, message: {text: {equals: a, not: b}}}")],
    ["an unknown kind of packet", withSteps("  - fault: {drop: {kind: mesage}}")],
    ["a mistake in a branch", withSteps("  - parallel: [[{register: alice}, {nothing: bob}]]")],
    ["a mistake in what is repeated", withSteps("  - repeat: {times: 2, steps: [{nothing: bob}]}")],
    ["a mistake at the end", `${withSteps("  - register: alice")}finally: [{nothing: bob}]\n`],
    ["an invariant that is off without a reason", `${withSteps("  - settle:")}invariants: {order: off}\n`],
    ["a percentage without its sign", 'scenario: 1\nnet: {links: {"*": {loss: 20}}}\nsteps: [settle: {}]\n'],
  ];
  for (const [what, text] of wrong) {
    it(`refuses ${what}, as the loader does`, () => {
      assert.notEqual(mistakeIn(text), undefined);
      assert.equal(problemsOf(text).length > 0, true);
    });
  }

  it("explains every key", () => {
    const silent: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (node === null || typeof node !== "object") return;
      for (const [key, value] of Object.entries(node)) {
        if (key === "properties") {
          for (const [name, field] of Object.entries<{ description?: string }>(value)) {
            if ((field.description ?? "").length < 4) silent.push(`${path}/${name}`);
          }
        }
        walk(value, `${path}/${key}`);
      }
    };

    walk(schema, "");

    assert.deepEqual(silent, []);
  });

  it("lets a reference stand wherever a value may", () => {
    const text = withSteps(
      '  - expect: {at: "${who}", message: {saved: "${saved}"}, within: "${max}", order: "${how}"}',
    );

    assert.equal(mistakeIn(text), undefined);
  });
});
