import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ExactFault, type Fate, FaultPlan } from "../../src/net/faults.ts";

const BYTES = new TextEncoder().encode("hi");
const ANY = [{ from: "*", to: "*" }];

/** Datagrams that begin with `a` are acknowledgements, all others messages. */
const kindOf = (_from: string, _to: string, bytes: Uint8Array) => (bytes[0] === 0x61 ? "ack" : "message");

function planWith(fault: Partial<ExactFault>, seed = 1): FaultPlan {
  const plan = new FaultPlan(seed, kindOf);
  plan.apply({
    kind: "exact",
    fault: { kind: "drop", links: ANY, packet: undefined, nth: 1, times: 1, byMs: 0, ...fault },
  });
  return plan;
}

const fates = (plan: FaultPlan, count: number, bytes = BYTES): readonly Fate[] =>
  Array.from({ length: count }, () => plan.fate("alice", "bob", bytes));
const kinds = (list: readonly Fate[]) => list.map(({ kind }) => kind);

describe("an exact fault", () => {
  it("befalls the datagrams that it names, and no others", () => {
    assert.deepEqual(kinds(fates(planWith({ nth: 2, times: 2 }), 5)), [
      "carried",
      "lost",
      "lost",
      "carried",
      "carried",
    ]);
  });

  it("counts only the kind and the links that it names", () => {
    const plan = planWith({ packet: "ack", links: [{ from: "alice", to: "*" }] });

    assert.deepEqual(kinds(fates(plan, 2)), ["carried", "carried"]);
    assert.equal(plan.fate("bob", "alice", new TextEncoder().encode("ack")).kind, "carried");
    assert.deepEqual(kinds(fates(plan, 2, new TextEncoder().encode("ack"))), ["lost", "carried"]);
  });

  it("counts from when it is laid", () => {
    const plan = new FaultPlan(1, kindOf);
    fates(plan, 3);
    plan.apply({
      kind: "exact",
      fault: { kind: "drop", links: ANY, packet: undefined, nth: 1, times: 1, byMs: 0 },
    });

    assert.deepEqual(kinds(fates(plan, 2)), ["lost", "carried"]);
  });

  it("delays, duplicates and corrupts", () => {
    const [late] = fates(planWith({ kind: "delay", byMs: 250 }), 1);
    const [twice] = fates(planWith({ kind: "duplicate" }), 1);
    const [bad] = fates(planWith({ kind: "corrupt" }), 1);

    assert.ok(late?.kind === "carried" && twice?.kind === "carried" && bad?.kind === "carried");
    assert.deepEqual([late.copies.length, late.copies[0].holdMs], [1, 250]);
    assert.equal(twice.copies.length, 2);
    assert.ok(bad.copies[0].corrupted);
    assert.notDeepEqual(bad.copies[0].bytes, BYTES);
  });

  it("goes before the dice: what is to be late is not lost", () => {
    const plan = planWith({ kind: "delay", byMs: 1 });
    plan.apply({ kind: "faults", faults: [{ link: { from: "*", to: "*" }, loss: 1 }] });

    assert.deepEqual(kinds(fates(plan, 2)), ["carried", "lost"]);
  });

  it("does not change what the dice decide for others", () => {
    const rules = { kind: "faults", faults: [{ link: { from: "*", to: "*" }, loss: 0.5 }] } as const;
    const [plain, exact] = [new FaultPlan(3, kindOf), planWith({ nth: 4 }, 3)];
    plain.apply(rules);
    exact.apply(rules);

    const [without, withOne] = [kinds(fates(plain, 30)), kinds(fates(exact, 30))];

    assert.equal(withOne[3], "lost");
    assert.deepEqual(withOne.toSpliced(3, 1), without.toSpliced(3, 1));
  });
});

it("the dice of one kind of packet are not moved by how many of another went before", () => {
  const rules = { kind: "faults", faults: [{ link: { from: "*", to: "*" }, loss: 0.5 }] } as const;
  const [few, many] = [new FaultPlan(5, kindOf), new FaultPlan(5, kindOf)];
  few.apply(rules);
  many.apply(rules);

  fates(many, 7, new TextEncoder().encode("ack"));

  assert.deepEqual(kinds(fates(many, 20)), kinds(fates(few, 20)));
});
