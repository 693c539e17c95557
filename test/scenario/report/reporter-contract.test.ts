/** What holds for every reporter, in whatever format it reports. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { githubReporter } from "../../../src/scenario/report/github.ts";
import { jsonReporter } from "../../../src/scenario/report/json.ts";
import { junitReporter } from "../../../src/scenario/report/junit.ts";
import { tapReporter } from "../../../src/scenario/report/tap.ts";
import { terminalReporter } from "../../../src/scenario/report/terminal.ts";
import type { Reporter, RunResult } from "../../../src/scenario/run/result.ts";
import { failedRun, type Made, resultOf, runOf, tell } from "../../support/runs.ts";
import { scenarioOf, withSteps } from "../../support/scenario-text.ts";
import { breachesOf, parseXml, type XmlElement, type XmlSchema } from "../../support/xml.ts";

/** As a program sees a report: what it can tell of each scenario that it names. */
interface Read {
  readonly text: string;
  readonly named: readonly string[];
}

interface Format {
  readonly make: (output: { write(text: string): unknown }) => Reporter;
  /** Reads a report back. @throws {Error} where it is none. */
  readonly read: (text: string) => Read;
  /** It names failures only. */
  readonly failuresOnly?: boolean;
}

const FORMATS: Readonly<Record<string, Format>> = {
  pretty: {
    make: (output) =>
      terminalReporter({ ...output, write: output.write, isTTY: false, color: false, columns: () => 80 }),
    read: (text) => ({
      text,
      named: [...text.matchAll(/^ {2}[✓✗~!-] .*? › (.*?) \(/gmu)].map(([, name = ""]) => name),
    }),
  },
  junit: { make: junitReporter, read: readJunit },
  tap: { make: tapReporter, read: readTap },
  json: {
    make: jsonReporter,
    read: (text) => {
      const { scenarios } = JSON.parse(text);
      return {
        text: allStrings(scenarios).join("\n"),
        named: scenarios.map(({ name }: { name: string }) => name),
      };
    },
  },
  github: { make: githubReporter, read: readGithub, failuresOnly: true },
};

const HOSTILE = 'a "b" <c> & ]]> ::error:: %0A, # not ok \u0007\u001B[31m\n  ...\nnot ok 9';

for (const [kind, { make, read, failuresOnly = false }] of Object.entries(FORMATS)) {
  const report = (result: RunResult): Read => {
    let text = "";
    tell(make({ write: (part) => (text += part) }), result);
    return read(text);
  };

  describe(`the report ${kind}`, () => {
    it("names every scenario once", () => {
      const { named } = report(resultOf([passed("one"), passed("two"), failed("three")]));

      assert.deepEqual(named, failuresOnly ? ["three"] : ["one", "two", "three"]);
    });

    it("tells of a failure its place, what was expected and found, the seed and the way to see it again", () => {
      const { text } = report(resultOf([failed("one")]));

      for (const part of [
        "x.yaml:4:5",
        'a message from alice, text "hi"',
        "no message at all",
        "alice → bob",
        "bob saw this",
        "udpchat test x.yaml --net sim --seed 7 --grep '^one$'",
      ]) {
        assert.ok(text.includes(part), `${part} is missing in\n${text}`);
      }
    });

    it("tells which seeds of a sweep failed", () => {
      const tries = [1, 2, 3, 4].map((seed) => [
        seed % 2 === 0
          ? failedRun({ place: { file: "x.yaml", line: 4, column: 5 } }, { seed })
          : runOf("passed", { seed }),
      ]);

      const { text } = report(resultOf([{ scenario: named("one"), tries }]));

      assert.match(text, kind === "json" ? /\bseed\b|2/ : /seeds 2, 4|seed 4/);
      assert.ok(text.includes("--seed 2 "), text);
    });

    it("tells what was flaky from what failed", () => {
      const place = { file: "x.yaml", line: 4, column: 5 };
      const tries = [[failedRun({ place }), runOf("passed", { attempt: 2 })]];

      const { text, named: names } = report(resultOf([{ scenario: named("one"), tries }]));

      assert.deepEqual(names, ["one"]);
      assert.match(text, kind === "github" ? /^::warning /m : /flaky/i);
    });

    it("is whole when nothing was selected, and when the run was cut short", () => {
      const nothing = report(resultOf([]));
      const interrupted = report(resultOf([passed("one")], { selected: 9, interrupted: true }));

      assert.deepEqual(nothing.named, []);
      assert.deepEqual(interrupted.named, failuresOnly ? [] : ["one"]);
    });

    it("is not broken by what a scenario's author or a peer wrote", () => {
      const place = { file: "x.yaml", line: 4, column: 5 };
      const failure = { place, expected: HOSTILE, found: [HOSTILE, HOSTILE] };
      const tries = [[failedRun(failure, { datagrams: [{ atMs: 1, text: HOSTILE }] })]];

      const { named: names, text } = report(resultOf([{ scenario: named(HOSTILE), tries }, passed("two")]));

      assert.equal(names.length, failuresOnly ? 1 : 2);
      if (kind === "pretty") assert.doesNotMatch(text, /(?!\n)\p{Cc}/u);
    });
  });
}

function named(name: string) {
  return { ...scenarioOf(withSteps("  - register: alice")), name };
}

function passed(name: string): Made {
  return { scenario: named(name), tries: [[runOf("passed")]] };
}

function failed(name: string): Made {
  const ledgers = [
    { client: "bob", omitted: 0, lines: [{ atMs: 5, text: "bob saw this", unconsumed: true, near: false }] },
  ];
  const place = { file: "x.yaml", line: 4, column: 5 };
  const failure = { place, expected: 'a message from alice, text "hi"', ledgers };
  return {
    scenario: named(name),
    tries: [[failedRun(failure, { datagrams: [{ atMs: 4, text: 'alice → bob  " hi"' }] })]],
  };
}

/** What Maven Surefire's `surefire-test-report.xsd` and Jenkins' `junit-10.xsd` both allow of what we use. */
const JUNIT: XmlSchema = {
  testsuites: {
    optional: ["name", "time", "tests", "failures", "errors"],
    children: ["testsuite"],
    values: { time: /^\d+\.\d+$/, tests: /^\d+$/, failures: /^\d+$/, errors: /^\d+$/ },
  },
  testsuite: {
    required: ["name", "tests", "errors", "skipped", "failures"],
    optional: ["time"],
    children: ["testcase"],
    values: { time: /^\d+\.\d+$/, tests: /^\d+$/, failures: /^\d+$/, errors: /^\d+$/, skipped: /^\d+$/ },
  },
  testcase: {
    required: ["name", "time"],
    optional: ["classname"],
    children: ["skipped", "failure", "error", "flakyFailure", "system-out"],
    values: { time: /^\d+\.\d+$/ },
  },
  skipped: { optional: ["message"] },
  failure: { required: ["type"], optional: ["message"] },
  error: { required: ["type"], optional: ["message"] },
  flakyFailure: { required: ["type"], optional: ["message"], children: ["stackTrace"] },
  stackTrace: {},
  "system-out": {},
};

function readJunit(text: string): Read {
  const root = parseXml(text);
  assert.deepEqual(breachesOf(root, JUNIT), []);
  const cases = root.children.flatMap(({ children }) => children);
  for (const suite of root.children) {
    const number = (name: string) =>
      suite.children.filter(({ children }) => children.some((one) => one.name === name)).length;
    assert.equal(Number(suite.attributes.get("tests")), suite.children.length);
    assert.equal(Number(suite.attributes.get("failures")), number("failure"));
  }
  return {
    text: cases.map(textWithin).join("\n"),
    named: cases.map(({ attributes }) => attributes.get("name") ?? ""),
  };
}

function textWithin({ name, attributes, text, children }: XmlElement): string {
  return [name, ...attributes.values(), text, ...children.map(textWithin)].join("\n");
}

/** A reader of TAP 14 as its specification describes one. */
function readTap(text: string): Read {
  const lines = text.trimEnd().split("\n");
  const [version, plan = "", ...rest] = lines;
  assert.equal(version, "TAP version 14");
  assert.match(plan, /^1\.\.\d+$/);
  const named: string[] = [];
  const strings: string[] = [];
  let bailed = false;
  for (let i = 0; i < rest.length; i++) {
    const line = rest[i] ?? "";
    const [, number, description = ""] = /^(?:not )?ok (\d+) - ((?:\\.|[^#\\])*)/.exec(line) ?? [];
    if (number !== undefined) {
      named.push(
        description
          .replaceAll(/\\(.)/g, "$1")
          .replace(/^.*? › /, "")
          .trim(),
      );
      assert.equal(Number(number), named.length);
    } else if (line === "  ---") {
      const end = rest.indexOf("  ...", i);
      assert.ok(end > i, "the block of YAML is closed");
      const [document] = parseAllDocuments(rest.slice(i + 1, end).join("\n"));
      assert.deepEqual(document?.errors, []);
      strings.push(...allStrings(document?.toJS()));
      i = end;
    } else if (line.startsWith("Bail out!")) bailed = true;
    else assert.fail(`no TAP: ${line}`);
  }
  if (!bailed) assert.equal(Number(plan.slice(3)), named.length);
  return { text: strings.join("\n"), named };
}

function readGithub(text: string): Read {
  const commands = text.split("\n").filter((line) => line !== "");
  const read = commands.map((line) => {
    const match = /^::(error|warning) file=([^,:]*),line=(\d+),col=(\d+),title=([^,:]*)::(.*)$/.exec(line);
    assert.ok(match !== null, `no workflow command: ${line}`);
    const [, level, , , , title = "", message = ""] = match;
    return { level, title: unescaped(title), message: unescaped(message) };
  });
  return {
    text: read.map(({ level, message }) => `::${level} \n${message}`).join("\n"),
    named: read.map(({ title }) => title.replace(/: \w+$/, "")),
  };
}

function unescaped(text: string): string {
  return text.replaceAll(/%(0A|0D|25|3A|2C)/g, (code) => decodeURIComponent(code));
}

function allStrings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  const { file, line, column } = value as Record<string, unknown>;
  const place = typeof file === "string" ? [`${file}:${line}:${column}`] : [];
  return [...place, ...Object.values(value).flatMap(allStrings)];
}
