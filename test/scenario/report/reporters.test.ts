import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { loadScenarioFile } from "../../../src/scenario/language/load.ts";
import { jsonReporter } from "../../../src/scenario/report/json.ts";
import { terminalReporter } from "../../../src/scenario/report/terminal.ts";
import type { Reporter, RunResult } from "../../../src/scenario/run/result.ts";
import { runScenarios } from "../../../src/scenario/run/run-scenarios.ts";
import { withSteps } from "../../support/scenario-text.ts";

const PASSING = `${withSteps("  - register: alice")}name: all is well\n`;
const FAILING = `${withSteps(
  "  - register: alice",
  "  - register: bob",
  "  - expect: {at: alice, table: {bob: online}}",
  '  - send: {from: alice, to: bob, text: "hi \\e[31mbob", result: delivered}',
  "  - expect: {at: bob, message: {text: hi}, within: 2s}",
)}name: alice's (bad) day\n`
  // What v1 says is the same in every run.
  .replace("{alice: {}, bob: {}}", "{alice: {protocol: 1}, bob: {protocol: 1}}");

describe("reports", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "udpchat-report-"));
    writeFileSync(join(folder, "good.yaml"), PASSING);
    writeFileSync(join(folder, "bad.yaml"), FAILING);
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (reporter: Reporter): Promise<RunResult> => {
    const scenarios = ["good.yaml", "bad.yaml"].flatMap(
      (name) => loadScenarioFile(join(folder, name)).scenarios,
    );
    return runScenarios(scenarios, { net: "sim", seed: 7, onProgress: reporter });
  };

  it("in a pipe are plain lines: one a scenario, the failure, the summary", async () => {
    const screen = new FakeScreen({ isTTY: false, color: false });

    const { traceHash } = await run(terminalReporter(screen));

    const text = screen.text.replaceAll(folder, "").replaceAll(/[\d.]+m?s(?: virtual)?/g, "#");
    assert.equal(screen.text, stripVTControlCharacters(screen.text));
    assert.deepEqual(
      text.split("\n").map((line) => line.trimEnd()),
      [
        "Running 2 scenarios in simulation, seed 7",
        "",
        "  ✓ /good.yaml › all is well (#, #)",
        "  ✗ /bad.yaml › alice's (bad) day (#, #)",
        "",
        "  1) /bad.yaml:8:5 › alice's (bad) day",
        '     expect at bob: a message, text "hi"',
        "",
        '     expected a message, text "hi", at bob within #',
        '     found    nearest at #, differs in text: message from alice "hi \\u{1b}[31mbob"',
        "",
        "       6 |   - expect: {at: alice, table: {bob: online}}",
        '       7 |   - send: {from: alice, to: bob, text: "hi \\e[31mbob", result: delivered}',
        "     > 8 |   - expect: {at: bob, message: {text: hi}, within: #}",
        "         |     ^",
        "       9 | name: alice's (bad) day",
        "",
        "     bob   ● no step took it",
        "         #  registers",
        "         #  registered (new)",
        "         #  table alice online",
        '     ●   #  message from alice "hi \\u{1b}[31mbob"  ← nearest',
        "",
        "     last datagrams",
        '         #  bob → server  "reg bob"',
        '         #  server → bob  ">>> [Welcome, You are registered.]\\n>>>"',
        '         #  server → bob  "1"',
        '         #  server → bob  "alice"',
        '         #  server → bob  "127.0.0.1"',
        '         #  server → bob  "49153"',
        '         #  server → bob  "yes"',
        '         #  alice → bob  " hi \\u{1b}[31mbob"',
        '         #  bob → alice  "ack"',
        "",
        "     replay   udpchat test /bad.yaml --net sim --seed 7 --grep '^alice'\\''s \\(bad\\) day$'",
        "",
        "  1 passed, 1 failed (# of virtual time in #)",
        `  in simulation, seed 7, trace ${traceHash}`,
        "",
      ],
    );
  });

  it("on a terminal show what is under way in the last lines, and clear them before the next", async () => {
    const screen = new FakeScreen({ isTTY: true, color: true });

    await run(terminalReporter(screen));

    const live = screen.writes.filter((text) => text.includes("━"));
    const [first = ""] = live.map(stripVTControlCharacters);
    assert.match(first, /^ {2}\S*good\.yaml\n {4}⠙ all is well .*\n {2}━{24} 0\/2 /);
    for (const text of live) {
      for (const line of stripVTControlCharacters(text).split("\n")) assert.ok(line.length < 60, line);
    }
    const [, afterLive] = screen.text.split(live.at(-1) ?? "-");
    assert.ok(afterLive?.startsWith("\u001B[2A\r\u001B[J"), "the live lines are cleared");
    assert.ok(screen.text.includes("\u001B[32m✓"));
  });

  it("on a wide terminal show what was expected beside what was found, field by field", async () => {
    const screen = new FakeScreen({ isTTY: true, color: false, columns: 120 });

    await run(terminalReporter(screen));

    assert.match(
      screen.text,
      /^ {5} +expected +│ found\n {5} +a message, text "hi", at bob within 2s +│ nearest /m,
    );
    assert.match(screen.text, /^ {5}text {2}hi +≠ "hi \\u\{1b\}\[31mbob"$/m);
  });

  it("do not let a terminal obey what a scenario's author wrote", async () => {
    const screen = new FakeScreen({ isTTY: false, color: false });

    await run(terminalReporter(screen));

    assert.doesNotMatch(screen.text, /(?!\n)\p{Cc}/u);
  });

  it("for programs are one JSON document", async () => {
    const screen = new FakeScreen({ isTTY: false, color: false });

    const { traceHash } = await run(jsonReporter(screen));

    const report = JSON.parse(screen.text);
    assert.deepEqual([report.version, report.net, report.seed, report.traceHash], [1, "sim", 7, traceHash]);
    assert.deepEqual([report.counts.passed, report.counts.failed], [1, 1]);
    assert.deepEqual([report.scenarios[1].line, report.scenarios[1].failures[0].place.line], [9, 8]);
    assert.match(report.scenarios[1].replay, /--net sim --seed 7 --grep/);
  });
});

class FakeScreen {
  readonly writes: string[] = [];
  readonly isTTY: boolean;
  readonly color: boolean;
  readonly columns: () => number;

  constructor({
    isTTY,
    color,
    columns = 60,
  }: {
    readonly isTTY: boolean;
    readonly color: boolean;
    readonly columns?: number;
  }) {
    this.columns = () => columns;
    this.isTTY = isTTY;
    this.color = color;
  }

  get text(): string {
    return this.writes.join("");
  }

  write(text: string): void {
    this.writes.push(text);
  }
}
