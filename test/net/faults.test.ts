import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Fate, FaultPlan, type LinkFaults, REORDER_HOLD_MS } from "../../src/net/faults.ts";

const ANY = { from: "*", to: "*" };
const BYTES = Buffer.from("some bytes");

function planWith(seed: number, ...faults: readonly LinkFaults[]): FaultPlan {
  const plan = new FaultPlan(seed);
  plan.apply({ kind: "faults", faults });
  return plan;
}

function fates(plan: FaultPlan, count: number, from = "a", to = "b"): readonly Fate[] {
  return Array.from({ length: count }, () => plan.fate(from, to, BYTES));
}

const copies = (fate: Fate) => (fate.kind === "carried" ? fate.copies : []);

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const faultsOfAny: fc.Arbitrary<LinkFaults> = fc.record({
  link: fc.constant(ANY),
  loss: fraction,
  duplicate: fraction,
  reorder: fraction,
  corrupt: fraction,
  delayMs: fc.tuple(fc.nat(100), fc.nat(100)).map(([min, more]) => ({ min, max: min + more })),
});

describe("fault plan", () => {
  it("carries everything unchanged while it has no rules", () => {
    const fate = new FaultPlan().fate("a", "b", BYTES);

    assert.deepEqual(fate, {
      kind: "carried",
      copies: [{ delayMs: undefined, holdMs: 0, corrupted: false, bytes: BYTES }],
    });
  });

  it("decides the same for the same seed, whatever other links carry in between", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        faultsOfAny,
        fc.array(fc.boolean(), { maxLength: 50 }),
        (seed, faults, noise) => {
          const quiet = fates(planWith(seed, faults), noise.length);

          const plan = planWith(seed, faults);
          const busy = noise.map((isNoisy) => {
            if (isNoisy) fates(plan, 3, "b", "a");
            return plan.fate("a", "b", BYTES);
          });

          assert.deepEqual(busy, quiet);
        },
      ),
    );
  });

  it("decides differently for another seed and for another link", () => {
    const half: LinkFaults = { link: ANY, loss: 0.5 };
    const fatesOf = (seed: number, to: string) =>
      fates(planWith(seed, half), 64, "a", to).map(({ kind }) => kind);

    assert.notDeepEqual(fatesOf(1, "b"), fatesOf(2, "b"));
    assert.notDeepEqual(fatesOf(1, "b"), fatesOf(1, "c"));
  });

  it("does not let one rule shift the dice of another", () => {
    fc.assert(
      fc.property(fc.integer(), fraction, fraction, (seed, loss, duplicate) => {
        const plain = fates(planWith(seed, { link: ANY, duplicate, delayMs: { min: 0, max: 50 } }), 30);
        const lossy = fates(planWith(seed, { link: ANY, duplicate, delayMs: { min: 0, max: 50 }, loss }), 30);

        for (const [i, fate] of lossy.entries()) {
          if (fate.kind !== "lost") assert.deepEqual(fate, plain[i]);
        }
      }),
    );
  });

  for (const rate of [0, 0.01, 0.2, 0.5, 1]) {
    it(`keeps to a rate of ${rate} over many datagrams`, () => {
      const count = 20_000;
      const faults = { link: ANY, loss: rate, duplicate: rate, reorder: rate, corrupt: rate };
      const all = fates(planWith(3, faults), count);
      const unlost = fates(planWith(3, { ...faults, loss: 0 }), count);
      const shareOf = (is: (fate: Fate) => boolean, of: readonly Fate[]): number =>
        of.filter(is).length / count;
      // Five standard deviations of a binomial share.
      const tolerance = 5 * Math.sqrt((rate * (1 - rate)) / count);
      const assertNear = (share: number): void => assert.ok(Math.abs(share - rate) <= tolerance, `${share}`);

      assertNear(shareOf((fate) => fate.kind === "lost", all));
      assertNear(shareOf((fate) => copies(fate).length === 2, unlost));
      assertNear(shareOf((fate) => (copies(fate)[0]?.holdMs ?? 0) > 0, unlost));
      assertNear(shareOf((fate) => copies(fate)[0]?.corrupted ?? false, unlost));
    });
  }

  it("draws delays from the whole range and from nowhere else", () => {
    const delays = fates(planWith(1, { link: ANY, delayMs: { min: 5, max: 40 } }), 1_000).map(
      (fate) => copies(fate)[0]?.delayMs ?? Number.NaN,
    );

    assert.ok(delays.every((delayMs) => delayMs >= 5 && delayMs <= 40));
    assert.ok(Math.min(...delays) < 6 && Math.max(...delays) > 39);
  });

  it("holds a reordered datagram back within bounds", () => {
    const holds = fates(planWith(1, { link: ANY, reorder: 1 }), 500).map(
      (fate) => copies(fate)[0]?.holdMs ?? 0,
    );

    assert.ok(holds.every((holdMs) => holdMs >= REORDER_HOLD_MS.min && holdMs <= REORDER_HOLD_MS.max));
  });

  it("changes exactly one byte of a corrupted datagram, in a copy, and none of an empty one", () => {
    fc.assert(
      fc.property(fc.integer(), fc.uint8Array({ maxLength: 50 }), (seed, bytes) => {
        const before = Uint8Array.from(bytes);

        const [copy] = copies(planWith(seed, { link: ANY, corrupt: 1 }).fate("a", "b", bytes));

        const changed = copy?.bytes.filter((byte, i) => byte !== before[i]).length;
        assert.equal(changed, bytes.length === 0 ? 0 : 1);
        assert.equal(copy?.corrupted, bytes.length > 0);
        assert.deepEqual(bytes, before);
      }),
    );
  });

  it("lets the latest matching rule decide, field by field", () => {
    const plan = planWith(
      1,
      { link: { from: "a", to: "b" }, loss: 1 },
      { link: { from: "*", to: "b" }, delayMs: { min: 7, max: 7 } },
    );
    const first = [plan.fate("a", "b", BYTES), plan.fate("c", "b", BYTES), plan.fate("b", "a", BYTES)];
    plan.apply({ kind: "faults", faults: [{ link: ANY, loss: 0 }] });
    const then = plan.fate("a", "b", BYTES);

    assert.deepEqual(
      first.map((fate) => copies(fate)[0]?.delayMs ?? fate.kind),
      ["lost", 7, "carried"],
    );
    assert.equal(copies(then)[0]?.delayMs, 7);
  });

  it("cuts what goes from one group of a partition to another, until it is healed", () => {
    const plan = new FaultPlan();
    const kinds = () =>
      ["a->b", "b->a", "a->c", "c->d", "c->a", "d->b"].filter((link) => {
        const [from = "", to = ""] = link.split("->");
        return plan.fate(from, to, BYTES).kind === "cut";
      });

    plan.apply({ kind: "partition", groups: [["a", "b"]] });
    const one = kinds();
    plan.apply({ kind: "partition", groups: [["a"], ["b", "c"]] });
    const two = kinds();
    plan.apply({ kind: "heal" });
    const healed = kinds();

    assert.deepEqual(one, ["a->c", "c->a", "d->b"]);
    assert.deepEqual(two, ["a->b", "b->a", "a->c", "c->d", "c->a", "d->b"]);
    assert.deepEqual(healed, []);
  });

  it("keeps the faults of links when a partition is healed", () => {
    const plan = planWith(1, { link: ANY, loss: 1 });

    plan.apply({ kind: "partition", groups: [["a"]] });
    plan.apply({ kind: "heal" });

    assert.equal(plan.fate("a", "b", BYTES).kind, "lost");
  });

  for (const faults of [
    { loss: 1.1 },
    { loss: -0.1 },
    { duplicate: Number.NaN },
    { delayMs: { min: 2, max: 1 } },
    { delayMs: { min: -1, max: 1 } },
    { delayMs: { min: 0, max: Number.POSITIVE_INFINITY } },
  ]) {
    it(`refuses ${JSON.stringify(faults)} and changes nothing`, () => {
      const plan = new FaultPlan();
      const change = {
        kind: "faults",
        faults: [
          { link: ANY, loss: 1 },
          { link: ANY, ...faults },
        ],
      } as const;

      assert.throws(() => plan.apply(change), TypeError);
      assert.equal(plan.fate("a", "b", BYTES).kind, "carried");
    });
  }
});
