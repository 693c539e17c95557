import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Simulation } from "../../../src/net/sim/simulation.ts";
import { Play } from "../../../src/scenario/run/play.ts";
import { Recorder } from "../../../src/scenario/run/recorder.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

describe("a play leaves no timer and no datagram behind", () => {
  const ends: readonly [how: string, lines: readonly string[], kinds: readonly string[]][] = [
    ["when it passes", ["  - send: {from: alice, to: bob, text: hi, result: failed}"], []],
    ["when a step fails", ["  - deregister: alice"], ["expectation"]],
    ["when time is up", ["  - register: alice", "  - never: {at: alice, message: {}, for: 2m}"], ["timeout"]],
    [
      "when a branch fails while another sends",
      [
        "  - register: alice",
        "  - net: {partition: [[alice]]}",
        "  - parallel: [[{deregister: alice}], [{expect: {at: bob, message: {}, within: 1ms}}]]",
      ],
      ["expectation"],
    ],
    [
      "when a regular expression has no end",
      [
        "  - parallel: [{register: alice}, {register: bob}]",
        "  - expect: {at: alice, table: {bob: online}}",
        `  - send: {from: alice, to: bob, text: ${"a".repeat(40)}!}`,
        "  - expect: {at: bob, message: {text: {matches: ^(a+)+$}}}",
      ],
      ["expectation"],
    ],
  ];
  for (const [how, lines, kinds] of ends) {
    it(how, async () => {
      const simulation = new Simulation();

      const failures = await play(simulation, lines, new AbortController());

      assert.deepEqual(
        failures.map(({ kind }) => kind),
        kinds,
      );
      assert.deepEqual([simulation.pendingTimers, simulation.inFlight], [0, 0]);
    });
  }

  it("and names the regular expression that has no end, at its step", async () => {
    const text = `${"a".repeat(40)}!`;
    const lines = [
      "  - parallel: [{register: alice}, {register: bob}]",
      "  - expect: {at: alice, table: {bob: online}}",
      `  - send: {from: alice, to: bob, text: ${text}, result: delivered}`,
      "  - assert: {at: bob, count: {message: {text: {matches: ^(a|aa)*$}}}, equals: 1}",
    ];

    const [failure] = await play(new Simulation(), lines, new AbortController());

    assert.match(
      failure?.found[0] ?? "",
      /^the regular expression \/\^\(a\|aa\)\*\$\/u does not come to an end/,
    );
    assert.match(failure?.step ?? "", /^assert/);
  });

  it("when it is interrupted at any step", async () => {
    const lines = [
      "  - parallel: [{register: alice}, {register: bob}]",
      "  - expect: {at: alice, table: {bob: online}}",
      "  - send: {from: alice, to: bob, text: hi, result: delivered}",
      "  - settle: {}",
      "  - server: kill",
      "  - server: start",
      "  - deregister: bob",
    ];
    for (let step = 1; step <= 8; step++) {
      const simulation = new Simulation();
      const abort = new AbortController();

      const failures = await play(simulation, lines, abort, step);

      assert.equal(abort.signal.aborted, true, `step ${step} was not reached`);
      assert.deepEqual([failures, simulation.pendingTimers, simulation.inFlight], [[], 0, 0], `step ${step}`);
    }
  });
});

/** Plays; interrupts as soon as the step of that number has begun. */
function play(
  simulation: Simulation,
  lines: readonly string[],
  abort: AbortController,
  interruptAt?: number,
) {
  const { clock } = simulation.world("(test)");
  const recorder = new Recorder({ whole: false });
  const traceHash = () => simulation.traceHash;
  const stage = { net: "sim", network: simulation, clock, recorder, traceHash } as const;
  const scenario = scenarioOf(withSteps(...lines));
  return simulation.run(async () => {
    const failures = await new Play(scenario, stage, abort.signal, ({ number }) => {
      if (number === interruptAt) abort.abort(new Error("enough"));
    }).run();
    // What was sent last arrives where nobody is any more.
    await new Promise<void>((resolve) => clock.schedule(100, resolve));
    return failures;
  });
}
