import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadClauses } from "../../../src/scenario/conformance/clauses.ts";
import { runConformance } from "../../../src/scenario/conformance/run-conformance.ts";
import { implementationOf } from "../../support/screened.ts";

/** What becomes of some clauses when the program does one thing wrong. The others pass. Those that shall not are looked at once. */
async function judged(
  broken: string,
  ids: readonly string[],
  expected: object,
): Promise<Readonly<Record<string, string>>> {
  const implementation = implementationOf(["python3", "udpchat.py"], { env: { UDPCHAT_BREAK: broken } });
  const verdicts = await runConformance({
    underTest: { server: implementation, clients: [implementation] },
    clauses: loadClauses().clauses.filter(({ id }) => ids.includes(id)),
    lanes: 4,
    looksMax: ({ id }) => (Object.hasOwn(expected, id) ? 1 : 2),
    deadlineMs: 110_000,
    signal: new AbortController().signal,
    onVerdict: () => {},
  });
  const others = verdicts.filter(({ status }) => status !== "passed");
  return Object.fromEntries(others.map(({ clause, status }) => [clause.id, status]));
}

describe("the conformance suite", { concurrency: true }, () => {
  const basics = ["starts", "registers", "deregisters"];
  const mail = [...basics, "table", "message", "comes-back", "offline", "saved-arrives", "saved-once"];
  const cases: readonly (readonly [string, string, readonly string[], Readonly<Record<string, string>>])[] = [
    ["no-retry", "one that asks only once", [...basics, "no-server", "retries"], { retries: "failed" }],
    ["mail-twice", "one that delivers saved messages twice", mail, { "saved-once": "failed" }],
    [
      "no-table",
      "one that forgets to tell of changes",
      [...basics, "table", "message"],
      { table: "failed", message: "not-applicable" },
    ],
  ];
  for (const [broken, what, ids, expected] of cases) {
    it(`fails ${what} at just that clause`, async () => {
      assert.deepEqual(await judged(broken, ids, expected), expected);
    });
  }
});

describe("the clauses", () => {
  const { clauses, problems } = loadClauses();

  it("are right, each says in words what it asks for, and none needs what there is not", () => {
    assert.deepEqual(problems, []);
    assert.ok(clauses.length > 30, `only ${clauses.length} were found`);
    for (const { id, words } of clauses) assert.match(words, /^[A-Z`].{30,}\.$/, id);
  });
});
