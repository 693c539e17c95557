import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Comparison } from "../../../src/scenario/language/patterns.ts";
import { compare, differingFields, differingRows } from "../../../src/scenario/run/pattern.ts";

describe("a comparison", () => {
  const cases: readonly [value: string | number | undefined, Comparison, boolean][] = [
    ["hi", { operator: "equals", value: "hi" }, true],
    ["hi", { operator: "equals", value: "Hi" }, false],
    ["1", { operator: "equals", value: 1 }, true],
    ["1.0", { operator: "equals", value: 1 }, false],
    [undefined, { operator: "equals", value: "undefined" }, false],
    ["hi", { operator: "not", value: "ho" }, true],
    ["hi", { operator: "oneOf", value: ["ho", "hi"] }, true],
    ["hi", { operator: "contains", value: "i" }, true],
    ["hi", { operator: "matches", value: /^h.$/ }, true],
    ["ho ho", { operator: "matches", value: /^hi/ }, false],
    [2, { operator: "gt", value: 2 }, false],
    [2, { operator: "gte", value: 2 }, true],
    [10, { operator: "lt", value: 9 }, false],
    [9, { operator: "lte", value: 9 }, true],
    [undefined, { operator: "exists", value: false }, true],
  ];
  for (const [value, comparison, holds] of cases) {
    it(`${JSON.stringify(value)} ${comparison.operator} ${comparison.value} is ${holds}`, () => {
      assert.equal(compare(value, comparison), holds);
    });
  }

  it("does not depend on where a global expression stopped before", () => {
    const comparison = { operator: "matches", value: /h/g } as const;

    assert.deepEqual(
      [1, 2, 3].map(() => compare("h", comparison)),
      [true, true, true],
    );
  });
});

describe("a pattern", () => {
  it("names the fields that differ", () => {
    const seen = {
      kind: "message",
      from: "bob",
      text: "ho",
      saved: false,
      sentAtMs: 0,
      auto: false,
    } as const;

    const fields = differingFields(seen, {
      kind: "message",
      from: { operator: "equals", value: "bob" },
      text: { operator: "equals", value: "hi" },
      saved: true,
    });

    assert.deepEqual(fields, ["text", "saved"]);
  });

  it("of an error takes a refusal by the server too", () => {
    const seen = { kind: "notice", text: "no" } as const;

    assert.deepEqual(differingFields(seen, { kind: "error" }), []);
    assert.deepEqual(differingFields(seen, { kind: "message" }), ["kind"]);
  });

  it("of a table judges the rows that it names, and no others", () => {
    const address = { host: "127.0.0.1", port: 1 };
    const table = [
      { nick: "bob", address, online: true, protocol: 1 } as const,
      { nick: "carol", address, online: false, protocol: 1 } as const,
    ];

    const asked = new Map([
      ["bob", { operator: "equals", value: "offline" }],
      ["carol", { operator: "oneOf", value: ["absent", "offline"] }],
      ["dave", { operator: "not", value: "online" }],
    ] as const);

    assert.deepEqual(differingRows(table, asked), ["bob"]);
  });
});
