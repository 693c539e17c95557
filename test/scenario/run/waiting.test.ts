import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Simulation } from "../../../src/net/sim/simulation.ts";
import { waitFor } from "../../../src/scenario/run/waiting.ts";

describe("waiting for something to be seen", () => {
  it("takes one thing, though several come in the same turn", async () => {
    const simulation = new Simulation();
    const { clock } = simulation.world("any");
    const come: string[] = [];
    let changed = () => {};

    const found = await simulation.run(async () => {
      const waiting = waitFor({
        probe: () => come.shift(),
        watch: (call) => {
          changed = call;
          return () => {};
        },
        clock,
        withinMs: 1_000,
        signal: new AbortController().signal,
      });
      for (const thing of ["first", "second"]) {
        come.push(thing);
        changed();
      }
      return waiting;
    });

    assert.equal(found, "first");
    assert.deepEqual(come, ["second"]);
  });

  it("takes what is there already, and nothing when the time is up", async () => {
    const simulation = new Simulation();
    const { clock } = simulation.world("any");
    const wait = { watch: () => () => {}, clock, withinMs: 1_000, signal: new AbortController().signal };

    await simulation.run(async () => {
      assert.equal(await waitFor({ ...wait, probe: () => "there" }), "there");
      assert.equal(await waitFor({ ...wait, probe: () => undefined }), undefined);
    });
  });
});
