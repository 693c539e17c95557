import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { discoverScenarios } from "../../../src/scenario/run/discover.ts";
import type { Assignment } from "../../../src/scenario/run/lanes/carry-out.ts";
import { type LaneHost, ownThread } from "../../../src/scenario/run/lanes/lane-host.ts";
import { otherThread } from "../../../src/scenario/run/lanes/other-thread.ts";
import type { Progress, ScenarioRun } from "../../../src/scenario/run/result.ts";
import { type RunOptions, runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { failedRun, runOf } from "../../support/runs.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";

const PLAIN = scenarioOf(withSteps("  - register: alice"));
const LOSSY = scenarioOf(
  `${withSteps("  - register: alice", "  - register: bob")}net: {links: {"*": {loss: 30%, delay: 1ms..9ms}}}\n`,
);

/** Runs nothing: answers as the test says. */
function pretending(answer: (assignment: Assignment) => ScenarioRun | Promise<ScenarioRun>) {
  const made: Assignment[] = [];
  const host: LaneHost = {
    run: async (assignment) => {
      made.push(assignment);
      const { seed, round, attempt } = assignment;
      return { ...(await answer(assignment)), seed, round, attempt };
    },
    close: async () => {},
  };
  return { made, hosts: { ownThread: () => host, otherThread } };
}

const bad = failedRun({ place: PLAIN.place });
const good = runOf("passed");

describe("a scenario that is run more than once", () => {
  const one = (options: Partial<RunOptions>, answer: (assignment: Assignment) => ScenarioRun) => {
    const { made, hosts } = pretending(answer);
    const running = runScenarios([PLAIN], { net: "sim", ...options }, hosts);
    return running.then((run) => ({ run, result: run.scenarios[0], made }));
  };

  it("is run with every seed of the range, in their order", async () => {
    const { made, result } = await one({ seeds: { first: 3, last: 6 } }, () => good);

    assert.deepEqual(
      made.map(({ seed }) => seed),
      [3, 4, 5, 6],
    );
    assert.equal(result?.outcome, "passed");
  });

  it("fails when one run does, and tells of that one", async () => {
    const { result } = await one({ seeds: { first: 1, last: 5 } }, ({ seed }) => (seed >= 4 ? bad : good));

    assert.equal(result?.outcome, "failed");
    assert.deepEqual([result?.seed, result?.runs.length, result?.failures.length], [4, 5, 1]);
  });

  it("is flaky when it passes at a retry, and is told of by how it failed first", async () => {
    const { made, result } = await one({ retries: 2 }, ({ attempt }) => (attempt === 2 ? good : bad));

    assert.deepEqual(
      made.map(({ attempt }) => attempt),
      [1, 2],
    );
    assert.deepEqual([result?.outcome, result?.failures.length], ["flaky", 1]);
  });

  it("has failed when no retry helps, and a retry that helps one seed does not help another", async () => {
    const { made, result } = await one({ retries: 1, seeds: { first: 1, last: 2 } }, ({ seed, attempt }) =>
      seed === 1 && attempt === 2 ? good : bad,
    );

    assert.equal(made.length, 4);
    assert.deepEqual([result?.outcome, result?.seed], ["failed", 2]);
  });

  it("is repeated as often as asked", async () => {
    const { made } = await one({ repeat: 3, seeds: { first: 1, last: 2 } }, () => good);

    assert.deepEqual(
      made.map(({ seed, round }) => [seed, round]),
      [
        [1, 1],
        [1, 2],
        [1, 3],
        [2, 1],
        [2, 2],
        [2, 3],
      ],
    );
  });

  it("ends the run at the first failure when that is asked, after its retries", async () => {
    const { made, run } = await one({ bail: true, retries: 1, seeds: { first: 1, last: 9 } }, ({ seed }) =>
      seed === 2 ? bad : good,
    );

    assert.deepEqual(
      made.map(({ seed, attempt }) => [seed, attempt]),
      [
        [1, 1],
        [2, 1],
        [2, 2],
      ],
    );
    assert.deepEqual([run.bailed, run.scenarios[0]?.outcome], [true, "failed"]);
  });

  it("keeps of thousands of failures the first few whole", async () => {
    const ledgers = [{ client: "bob", lines: [], omitted: 0 }];
    const whole = failedRun({ place: PLAIN.place, ledgers }, { datagrams: [{ atMs: 1, text: "x" }] });

    const { result } = await one({ seeds: { first: 1, last: 100 } }, () => whole);

    assert.equal(result?.runs.length, 100);
    assert.equal(result?.runs.filter(({ datagrams }) => datagrams.length > 0).length, 20);
  });
});

describe("several runs at the same time", () => {
  it("are as many as there are workers", async () => {
    const waiting: (() => void)[] = [];
    const { made, hosts } = pretending(async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return good;
    });
    const scenarios = ["a", "b", "c"].map((name) => ({ ...PLAIN, name }));

    const running = runScenarios(scenarios, { net: "real", workers: 2 }, hosts);

    assert.equal(made.length, 2);
    waiting.shift()?.();
    await new Promise(setImmediate);
    assert.equal(made.length, 3);
    for (const release of waiting) release();
    const { scenarios: results } = await running;
    assert.deepEqual(
      results.map(({ scenario }) => scenario.name),
      ["a", "b", "c"],
    );
  });

  it("are told of one scenario at a time, whatever order they end in", async () => {
    const told: string[] = [];
    const { hosts } = pretending(() => good);
    const scenarios = ["a", "b"].map((name) => ({ ...PLAIN, name }));
    const onProgress = (progress: Progress) => {
      if (progress.kind === "scenario-started") told.push(`${progress.scenario.name} begins`);
      if (progress.kind === "scenario-ended") told.push(`${progress.result.scenario.name} ends`);
    };

    await runScenarios(
      scenarios,
      { net: "sim", seeds: { first: 1, last: 3 }, workers: 4, onProgress },
      hosts,
    );

    assert.deepEqual(told.toSorted(), ["a begins", "a ends", "b begins", "b ends"]);
  });
});

describe("a run in another thread", () => {
  it("is the same as in this one, to the datagram", async () => {
    const assignments = [1, 2, 3].map((seed) => assignmentOf({ scenario: LOSSY, seed }));
    const signal = new AbortController().signal;
    const here = ownThread(signal);
    const there = otherThread(signal);

    const [own, other] = await Promise.all(
      [here, there].map((host) => Promise.all(assignments.map((one) => host.run(one, () => {})))),
    );
    await there.close();

    const comparable = (runs: readonly ScenarioRun[] = []) => runs.map(({ elapsedMs: _, ...run }) => run);
    assert.deepEqual(comparable(other), comparable(own));
    assert.notEqual(own?.[0]?.traceHash, own?.[1]?.traceHash);
  });

  it("can be of every example: a scenario is plain data", () => {
    const { files } = discoverScenarios(["scenarios"]);
    const scenarios = files.flatMap((file) => loadScenarioFile(file).scenarios);

    assert.ok(scenarios.length > 0);
    for (const scenario of scenarios) assert.deepEqual(structuredClone(scenario), scenario);
  });

  it("is interrupted as one in this thread is", async () => {
    const abort = new AbortController();
    const scenario = scenarioOf(
      withSteps("  - register: alice", "  - expect: {at: alice, message: {}, within: 50s}"),
    );
    const host = otherThread(abort.signal);

    const running = host.run(assignmentOf({ scenario, net: "real" }), () => abort.abort(new Error("enough")));
    const { outcome, failures } = await running;
    await host.close();

    assert.deepEqual([outcome, failures], ["interrupted", []]);
  });

  it("rejects when it cannot be made", async () => {
    const host = otherThread(new AbortController().signal);

    const running = host.run(
      { ...assignmentOf({}), net: "sim", scenario: { ...PLAIN, steps: [] }, traceFile: "\0", trace: "on" },
      () => {},
    );

    await assert.rejects(running, /null bytes/);
    await host.close();
    await assert.rejects(
      host.run(assignmentOf({}), () => {}),
      /ended/,
    );
  });
});

describe("a run that is made twice", () => {
  it("passes when both do the same", async () => {
    const run = await runScenarios([LOSSY], { net: "sim", checkDeterminism: true });

    assert.equal(run.scenarios[0]?.outcome, "passed");
  });

  it("fails where what happens depends on something else than the seed", async () => {
    let times = 0;
    // As a defect would: what is sent depends on how often it ran.
    const scenario = {
      ...PLAIN,
      get steps() {
        return scenarioOf(withSteps(...Array.from({ length: ++times }, () => "  - register: alice"))).steps;
      },
    };

    const { scenarios } = await runScenarios([scenario], { net: "sim", checkDeterminism: true });

    const [failure] = scenarios[0]?.failures ?? [];
    assert.equal(scenarios[0]?.outcome, "failed");
    assert.equal(failure?.kind, "replay");
    assert.match(failure?.found[0] ?? "", /^they differ from entry \d+ on/);
    assert.match(failure?.found[1] ?? "", /^first {4}\{"type":/);
    assert.match(failure?.found[2] ?? "", /^second {3}\{"type":/);
  });
});

describe("traces", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "udpchat-trace-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const failing = scenarioOf(
    withSteps(
      "  - register: alice",
      '  - net: {link: "*", loss: 100%}',
      "  - name: nobody comes",
      "    expect: {at: alice, table: {bob: online}, within: 1s}",
    ),
  );

  it("hold datagrams, events, faults and steps with their places, a line each", async () => {
    const run = await runScenarios([failing], { net: "sim", trace: "on", traceFolder: join(folder, "on") });

    const file = run.scenarios[0]?.traceFile ?? "";
    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const [head] = lines;
    assert.deepEqual([head.type, head.version, head.net, head.seed], ["trace", 1, "sim", 1]);
    const ofType = (type: string) => lines.filter((line) => line.type === type);
    assert.deepEqual(
      ofType("step").map(({ phase, verb, name, place }) => [phase, verb, name, place]),
      [
        ["began", "register", undefined, "x.yaml:4:5"],
        ["ended", "register", undefined, "x.yaml:4:5"],
        ["began", "net", undefined, "x.yaml:5:5"],
        ["ended", "net", undefined, "x.yaml:5:5"],
        ["began", "expect", "nobody comes", "x.yaml:7:5"],
      ],
    );
    assert.deepEqual(ofType("fault")[0].change.faults[0].loss, 1);
    assert.deepEqual(
      ofType("datagram")
        .slice(0, 2)
        .map(({ kind, from, to, text }) => [kind, from.name, to.name, text]),
      [
        ["sent", "alice", "server", "reg alice udpchat/2"],
        ["delivered", "alice", "server", "reg alice udpchat/2"],
      ],
    );
    assert.deepEqual(
      ofType("event")
        .map(({ client, event }) => [client, event.kind])
        .slice(0, 2),
      [
        ["alice", "registering"],
        ["alice", "registered"],
      ],
    );
    assert.equal(ofType("failure")[0].place, "x.yaml:7:5");
    assert.deepEqual([lines.at(-1).type, lines.at(-1).outcome], ["end", "failed"]);
    assert.ok(
      lines.every(({ atMs }, i) => i === 0 || atMs >= lines[i - 1].atMs),
      "in the order of time",
    );
  });

  it("are kept of failures only when that is asked", async () => {
    const into = join(folder, "on-failure");

    const run = await runScenarios([PLAIN, failing], { net: "sim", trace: "on-failure", traceFolder: into });

    assert.deepEqual(
      run.scenarios.map(({ traceFile }) => traceFile !== undefined),
      [false, true],
    );
    assert.equal(readdirSync(into).length, 1);
  });

  it("that cannot be written are told of, and what failed has failed", async () => {
    const traceFolder = join(folder, "no-folder");
    writeFileSync(traceFolder, "");

    const run = await runScenarios([PLAIN, failing], { net: "sim", trace: "on", traceFolder });

    assert.deepEqual(
      run.scenarios.map(({ outcome, traceFile, failures }) => [outcome, traceFile, failures.at(-1)?.kind]),
      [
        ["environment", undefined, "environment"],
        ["failed", undefined, "environment"],
      ],
    );
    assert.match(run.scenarios[0]?.failures[0]?.found[0] ?? "", /^E(?:EXIST|NOTDIR)/);
  });

  it("have a file each for every seed, round and attempt", async () => {
    const into = join(folder, "many");
    const options = {
      seeds: { first: 1, last: 2 },
      repeat: 2,
      retries: 1,
      trace: "on",
      traceFolder: into,
    } as const;

    await runScenarios([failing, { ...PLAIN, name: "another" }], { net: "sim", ...options });

    assert.equal(readdirSync(into).length, 2 * 2 * 2 + 2 * 2);
  });
});

function assignmentOf(fields: Partial<Assignment>): Assignment {
  return {
    scenario: PLAIN,
    net: "sim",
    seed: 1,
    round: 1,
    attempt: 1,
    trace: "off",
    traceFile: "",
    twice: false,
    ...fields,
  };
}
