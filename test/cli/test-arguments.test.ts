import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSeeds, readShard, wholeNumber } from "../../src/cli/arguments.ts";
import { runTestCommand, type TestCommandOptions } from "../../src/cli/commands/test.ts";
import { readReporters } from "../../src/cli/report-targets.ts";

const PLAIN: TestCommandOptions = {
  paths: ["scenarios/greet.yaml"],
  net: "real",
  seed: undefined,
  seeds: undefined,
  checkDeterminism: false,
  server: undefined,
  selection: {},
  workers: undefined,
  cores: 1,
  repeat: 1,
  retries: 0,
  failOnFlaky: false,
  bail: false,
  watch: false,
  reports: [],
  trace: "off",
};

describe("the arguments of udpchat test", () => {
  it("are read", () => {
    assert.deepEqual(readSeeds("1..1000"), { first: 1, last: 1_000 });
    assert.deepEqual(readSeeds("7..7"), { first: 7, last: 7 });
    assert.deepEqual(["1", "64"].map(wholeNumber(1, 64)), [1, 64]);
    assert.deepEqual(readShard("2/3"), { index: 2, of: 3 });
    assert.deepEqual(readReporters("pretty,junit=a=b.xml,github"), [
      { kind: "pretty", file: undefined },
      { kind: "junit", file: "a=b.xml" },
      { kind: "github", file: undefined },
    ]);
  });

  const mistakes: readonly (readonly [read: (text: string) => unknown, text: string, says: RegExp])[] = [
    [readSeeds, "2..1", /1 is less than 2/],
    [readSeeds, "1-2", /Write A\.\.B/],
    [wholeNumber(1, 64), "65", /Write a whole number from 1 to 64\./],
    [wholeNumber(1), "0", /Write a whole number, 1 or more\./],
    [wholeNumber(1), "9007199254740993", /Write a whole number/],
    [wholeNumber(0, 9_999), "1e3", /from 0 to 9999/],
    [readShard, "3/2", /Write i\/n/],
    [readShard, "0/2", /i counts from 1/],
    [readReporters, "pretty,tap", /pretty and tap would both go to stdout: give one a file, such as tap=/],
    [readReporters, "html=x", /There is no HTML report yet/],
    [readReporters, "xml", /Reporters are pretty, junit, tap, json, github; "xml" is none/],
    [readReporters, "json=", /names no file/],
  ];
  for (const [read, text, says] of mistakes) {
    it(`may not be ${text}`, () => {
      assert.throws(() => read(text), says);
    });
  }

  const contradictions: readonly (readonly [Partial<TestCommandOptions>, RegExp])[] = [
    [{ seeds: { first: 1, last: 2 } }, /^--seeds is for simulation: add --net sim/],
    [{ checkDeterminism: true }, /^--check-determinism is for simulation/],
    [{ net: "sim", server: { host: "127.0.0.1", port: 9 } }, /^--server is on the real network/],
    [
      { net: "sim", seeds: { first: 1, last: 1_000 }, repeat: 1_001 },
      /^that would be 1,001,000 runs, more than a million/,
    ],
    [{ selection: { tags: ["none"], lastFailed: true } }, /^--tag and --last-failed select none of/],
  ];
  for (const [options, says] of contradictions) {
    it(`may not contradict each other: ${Object.keys(options).join(", ")}`, async () => {
      await assert.rejects(runTestCommand({ ...PLAIN, ...options }), {
        name: "Complaint",
        message: says,
        exitCode: 3,
      });
    });
  }
});
