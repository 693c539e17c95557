import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { NetKind, Progress, ScenarioResult } from "../../../src/scenario/run/result.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

for (const net of ["sim", "real"] as const) {
  describe(`a scenario on the ${net} network`, () => {
    it("passes when all happens as it says", async () => {
      const result = await run(
        net,
        "  - parallel: [{register: alice}, {register: bob}]",
        "  - expect: {at: alice, table: {bob: online, carol: absent}}",
        '  - send: {from: alice, to: bob, text: "hi bob", result: delivered}',
        '  - expect: {at: bob, message: {from: alice, text: {matches: "^hi"}, saved: false}}',
        "  - never: {at: bob, message: {}}",
        "  - assert: {at: bob, count: {message: {}}, equals: 1}",
        "  - settle: {quiet: 20ms, max: 5s}",
      );

      assert.deepEqual(result.failures, []);
      assert.equal(result.outcome, "passed");
    });

    it("tells what came instead of what a step expects", async () => {
      const result = await run(
        net,
        ...BOTH_ONLINE,
        '  - send: {from: alice, to: bob, text: "hi bob", result: delivered}',
        '  - expect: {at: bob, message: {from: alice, text: "hi alice"}, within: 50ms}',
      );

      const [failure, ...more] = result.failures;
      assert.equal(result.outcome, "failed");
      assert.deepEqual(more, []);
      assert.equal(failure?.place.line, 8);
      assert.equal(failure?.expected, 'a message from alice, text "hi alice", at bob within 50ms');
      assert.match(failure?.found[0] ?? "", /^nearest at .*, differs in text: message from alice "hi bob"$/);
      assert.deepEqual(
        failure?.ledgers.map(({ client }) => client),
        ["bob", "alice"],
      );
      assert.deepEqual(unconsumedOf(result), ['message from alice "hi bob"']);
    });

    it("fails for a message that no step expects", async () => {
      const lines = [...BOTH_ONLINE, "  - send: {from: alice, to: bob, text: hi, result: delivered}"];

      const result = await run(net, ...lines);

      assert.deepEqual(
        result.failures.map(({ kind }) => kind),
        ["leftover"],
      );
      const allowed = await runText(net, `${withSteps(...lines)}leftovers: allow\n`);
      assert.equal(allowed.outcome, "passed");
    });

    it("refuses a nickname that is taken, and says so when that was not expected", async () => {
      const steps = (result: string) => [
        "  - register: alice",
        `  - register: {client: bob, as: alice${result}}`,
      ];

      const [expected, unexpected] = await Promise.all([
        run(net, ...steps(", result: refused")),
        run(net, ...steps("")),
      ]);

      assert.equal(expected.outcome, "passed");
      assert.match(unexpected.failures[0]?.found[0] ?? "", /^NICK_OWNED/);
    });

    it("keeps mail over a kill when the server persists, and excuses its loss when not", async () => {
      const steps = (count: number) => [
        ...BOTH_ONLINE,
        "  - deregister: bob",
        "  - expect: {at: alice, table: {bob: offline}}",
        "  - send: {from: alice, to: bob, text: hi, result: saved}",
        "  - server: kill",
        "  - server: start",
        "  - register: bob",
        ...(count === 1 ? ["  - expect: {at: bob, message: {text: hi, saved: true}}"] : []),
        `  - assert: {at: bob, count: {message: {}}, equals: ${count}}`,
      ];

      const [kept, lost] = await Promise.all([
        runText(net, `${withSteps(...steps(1))}server: {persist: true}\n`),
        run(net, ...steps(0)),
      ]);

      assert.deepEqual([...kept.failures, ...lost.failures], []);
    });

    it("cuts the network and heals it", async () => {
      const result = await run(
        net,
        ...BOTH_ONLINE,
        "  - net: {partition: [[alice], [bob, server]]}",
        "  - send: {from: alice, to: bob, text: lost}",
        "  - never: {at: bob, message: {}, for: 50ms}",
        "  - net: {heal: true}",
        "  - expect: {at: bob, message: {text: lost}}",
      );

      assert.deepEqual(result.failures, []);
    });

    it("takes the table for what it is now, and not for what it was before a reconnection", async () => {
      const result = await run(
        net,
        ...BOTH_ONLINE,
        "  - deregister: alice",
        "  - deregister: bob",
        "  - register: alice",
        "  - never: {at: alice, table: {bob: online}, for: 100ms}",
        "  - expect: {at: alice, table: {bob: offline}}",
        "  - expect: {at: alice, table: {bob: offline}, within: 1ms}",
      );

      assert.deepEqual(result.failures, []);
    });

    it("is quiet only when the server has no table to bring any more", async () => {
      const result = await run(
        net,
        "  - register: alice",
        "  - settle: {quiet: 1ms, max: 5s}",
        "  - register: bob",
        "  - settle: {quiet: 1ms, max: 5s}",
        "  - assert: {at: alice, table: {bob: online}}",
        "  - assert: {at: bob, table: {alice: online}}",
      );

      assert.deepEqual(result.failures, []);
    });

    it("ends the other branches at the first failure of one", async () => {
      const result = await run(
        net,
        "  - register: alice",
        "  - parallel:",
        "      - [{expect: {at: alice, message: {}, within: 30s}}]",
        "      - [{expect: {at: alice, table: {bob: online}, within: 20ms}}]",
      );

      assert.deepEqual(
        result.failures.map(({ kind, place }) => [kind, place.line]),
        [["expectation", 7]],
      );
      assert.ok(result.virtualMs < 10_000, `it took ${result.virtualMs} ms`);
    });

    it("fails at the step that is under way when its time is up", async () => {
      const text = withSteps("  - register: alice", "  - expect: {at: alice, message: {}, within: 30s}");

      const result = await runText(net, `${text}timeout: 300ms\n`);

      assert.deepEqual(
        result.failures.map(({ kind, place }) => [kind, place.line]),
        [["timeout", 5]],
      );
      assert.match(result.failures[0]?.found[0] ?? "", /^still under way: expect at alice: a message$/);
    });

    it("leaves no port open when it is interrupted", async () => {
      const abort = new AbortController();
      let socketsWhileRunning = 0;
      const scenario = scenarioOf(
        withSteps(...BOTH_ONLINE, "  - expect: {at: bob, message: {}, within: 30s}"),
      );

      const { interrupted, scenarios } = await runScenarios([scenario, scenario], {
        net,
        signal: abort.signal,
        onProgress: (progress) => {
          if (!atStep(progress, "expect at bob")) return;
          socketsWhileRunning = udpSockets();
          abort.abort(new Error("enough"));
        },
      });

      assert.equal(interrupted, true);
      assert.deepEqual(
        scenarios.map(({ outcome, failures }) => [outcome, failures]),
        [["interrupted", []]],
      );
      assert.equal(socketsWhileRunning, net === "real" ? 3 : 0);
      // The system's handle goes at the end of the turn of the event loop in which its socket was closed, after the immediates.
      await setImmediate();
      await setImmediate();
      assert.equal(udpSockets(), 0);
    });
  });
}

describe("a simulated run", () => {
  const lossy = scenarioOf(
    `${withSteps(...["alice", "bob"].map((name) => `  - register: ${name}`))}net: {links: {"*": {loss: 10%, delay: 1ms..9ms}}}\n`,
  );

  it("has the same trace with the same seed, and another with another", async () => {
    const hashes = await Promise.all(
      [7, 7, 8].map(async (seed) => (await runScenarios([lossy, lossy], { net: "sim", seed })).traceHash),
    );

    assert.match(hashes[0] ?? "", /^[0-9a-f]{16}$/);
    assert.equal(hashes[0], hashes[1]);
    assert.notEqual(hashes[0], hashes[2]);
  });

  it("takes the caller's seed before the file's, and the file's before its own", async () => {
    const withSeed = { ...lossy, net: { ...lossy.net, seed: 5 } };

    const own = await runScenarios([withSeed, lossy], { net: "sim" });
    const given = await runScenarios([withSeed, lossy], { net: "sim", seed: 9 });

    assert.deepEqual(
      own.scenarios.map(({ seed }) => seed),
      [5, 1],
    );
    assert.deepEqual(
      given.scenarios.map(({ seed }) => seed),
      [9, 9],
    );
  });

  it("waits in virtual time, however long", async () => {
    const result = await run("sim", "  - register: alice", "  - never: {at: alice, message: {}, for: 50s}");

    assert.equal(result.outcome, "passed");
    assert.ok(
      result.virtualMs >= 50_000 && result.elapsedMs < 5_000,
      `${result.virtualMs}, ${result.elapsedMs}`,
    );
  });

  it("awaits the receipts of what was sent without waiting", async () => {
    const text = withSteps(
      ...BOTH_ONLINE,
      "  - net: {partition: [[alice], [bob, server]]}",
      "  - send: {from: alice, to: bob, text: lost}",
    );

    const patient = await runText("sim", text);
    const impatient = await runText("sim", `${text}timeout: 2s\n`);

    assert.equal(patient.outcome, "passed");
    assert.ok(patient.virtualMs > 3_000, `${patient.virtualMs}`);
    assert.deepEqual(impatient.failures[0]?.found, [
      "all steps are done, and the network does not come to rest",
      "1 message without a receipt",
    ]);
  });

  it("finds that a server which is down does not answer, and one that came up late does", async () => {
    const result = await run(
      "sim",
      "  - server: stop",
      "  - register: {client: alice, result: timeout}",
      "  - server: start",
      "  - register: alice",
    );

    assert.deepEqual(result.failures, []);
  });

  it("tells a server to do what it can", async () => {
    const result = await run("sim", "  - server: start");

    assert.deepEqual(
      result.failures.map(({ expected, found }) => [expected, found]),
      [["a server that is down", ["it runs already"]]],
    );
  });
});

const BOTH_ONLINE = [
  "  - register: alice",
  "  - register: bob",
  "  - expect: {at: alice, table: {bob: online}}",
];

function run(net: NetKind, ...steps: readonly string[]): Promise<ScenarioResult> {
  return runText(net, withSteps(...steps));
}

async function runText(net: NetKind, text: string): Promise<ScenarioResult> {
  const [result] = (await runScenarios([scenarioOf(text)], { net })).scenarios;
  assert.ok(result !== undefined);
  return result;
}

function unconsumedOf({ failures }: ScenarioResult): string[] {
  const lines = failures.flatMap(({ ledgers }) => ledgers).flatMap((view) => view.lines);
  return lines.filter(({ unconsumed }) => unconsumed).map(({ text }) => text);
}

function atStep(progress: Progress, label: string): boolean {
  return progress.kind === "step-started" && progress.label.startsWith(label);
}

function udpSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;
}
