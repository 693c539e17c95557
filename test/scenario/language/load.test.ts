import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { loadScenarioFile, loadScenarios } from "../../../src/scenario/language/load.ts";
import { scenarioOf, scenariosOf, stepOf, withSteps } from "../../support/scenario-text.ts";
import { datagramText } from "../../support/v2-wire.ts";

describe("a scenario file", () => {
  it("needs little, and the rest has defaults", () => {
    const scenario = scenarioOf("scenario: 1\nsteps:\n  - settle:\n");

    assert.equal(scenario.name, "x");
    assert.equal(scenario.timeoutMs, 60_000);
    assert.equal(scenario.server?.kind === "native" && scenario.server.persist, false);
    assert.equal(scenario.leftovers, "fail");
    assert.deepEqual(scenario.tags, []);
    assert.deepEqual(scenario.net, { seed: undefined, links: [] });
    assert.deepEqual(scenario.clients, new Map());
    assert.deepEqual(scenario.steps, [
      {
        place: { file: "x.yaml", line: 3, column: 5 },
        name: undefined,
        condition: undefined,
        unbound: undefined,
        verb: "settle",
        quietMs: 500,
        maxMs: 10_000,
      },
    ]);
  });

  it("says who takes part and what the network is like", () => {
    const scenario = scenarioOf(`scenario: 1
name: all
tags: [slow, chaos]
timeout: 1.5m
leftovers: allow
server: {persist: true}
clients: {alice, bob: {}}
bots: {load: {script: ${import.meta.filename}, nick: echo, settings: {size: 2, deep: [{a: yes}]}, roles: {staff: [bob]}}}
net:
  seed: 7
  links:
    "*": {loss: 20%, delay: 5ms..40ms}
    alice--bob: {delay: 1s, duplicate: 0.5%}
    load->server: {reorder: 1%, corrupt: 100%}
steps: [settle: {}]
`);

    assert.equal(scenario.name, "all");
    assert.deepEqual(scenario.tags, ["slow", "chaos"]);
    assert.equal(scenario.timeoutMs, 90_000);
    assert.equal(scenario.leftovers, "allow");
    assert.deepEqual(scenario.server, {
      kind: "native",
      place: { file: "x.yaml", line: 6, column: 1 },
      persist: true,
    });
    assert.deepEqual([...scenario.clients.keys()], ["alice", "bob"]);
    assert.deepEqual(scenario.bots.get("load"), {
      place: { file: "x.yaml", line: 8, column: 8 },
      script: import.meta.filename,
      nick: "echo",
      settings: { size: 2, deep: [{ a: "yes" }] },
      grant: { http: [], secrets: {} },
      roles: { staff: ["bob"] },
    });
    assert.deepEqual(scenario.net, {
      seed: 7,
      links: [
        { link: { from: "*", to: "*" }, loss: 0.2, delayMs: { min: 5, max: 40 } },
        { link: { from: "alice", to: "bob" }, duplicate: 0.005, delayMs: { min: 1_000, max: 1_000 } },
        { link: { from: "bob", to: "alice" }, duplicate: 0.005, delayMs: { min: 1_000, max: 1_000 } },
        { link: { from: "load", to: "server" }, reorder: 0.01, corrupt: 1 },
      ],
    });
  });

  it("can do without a server", () => {
    const scenario = scenarioOf("scenario: 1\nserver: none\nsteps: [server: start]\n");

    assert.equal(scenario.server, undefined);
  });

  it("counts the paths of scripts from its own folder", () => {
    const text = "scenario: 1\nbots: {me: {script: load.test.ts}}\nsteps: [settle: {}]\n";

    const { scenarios } = loadScenarios(text, resolve(import.meta.dirname, "x.yaml"));

    assert.equal(scenarios[0]?.bots.get("me")?.script, import.meta.filename);
  });

  it("may begin with a byte order mark and end its lines as Windows does", () => {
    const text = `\uFEFF${withSteps("  - register: bob").replaceAll("\n", "\r\n")}`;

    const [step] = scenarioOf(text).steps;

    assert.deepEqual(step?.place, { file: "x.yaml", line: 4, column: 5 });
  });

  it("takes words of JavaScript's as names like any other", () => {
    const text = "scenario: 1\nclients: {constructor, toString}\nsteps: [register: constructor]\n";

    assert.deepEqual([...scenarioOf(text).clients.keys()], ["constructor", "toString"]);
  });

  for (const { name: file } of readdirSync("scenarios", { withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )) {
    it(`in the examples: ${file}`, () => {
      const { scenarios, problems } = loadScenarioFile(resolve("scenarios", file));

      assert.deepEqual(problems, []);
      assert.ok(scenarios.length > 0);
    });
  }
});

const EXPECT = { order: "any", soft: false, captures: [], since: undefined };

describe("a step", () => {
  const cases: readonly [line: string, expected: object][] = [
    ["- register: alice", { verb: "register", client: "alice", as: undefined, result: "ok" }],
    [
      "- register: {client: alice, as: bob, result: refused}",
      { verb: "register", client: "alice", as: "bob", result: "refused" },
    ],
    ["- deregister: bob", { verb: "deregister", client: "bob" }],
    [
      "- send: {from: alice, to: nobody, text: hi, result: failed}",
      { verb: "send", from: "alice", to: "nobody", text: "hi", result: "failed", captures: [] },
    ],
    [
      "- expect: {at: bob, message: {from: alice, text: {contains: i}, saved: false}, within: 2s}",
      {
        verb: "expect",
        at: "bob",
        withinMs: 2_000,
        ...EXPECT,
        patterns: [
          {
            kind: "message",
            from: { operator: "equals", value: "alice" },
            text: { operator: "contains", value: "i" },
            saved: false,
          },
        ],
      },
    ],
    [
      "- expect: {at: bob, error: {text: {matches: 'a\\d'}}}",
      {
        verb: "expect",
        at: "bob",
        withinMs: 5_000,
        ...EXPECT,
        patterns: [{ kind: "error", text: { operator: "matches", value: /a\d/u } }],
      },
    ],
    [
      "- never: {at: bob, table: {alice: online, mallory: absent}, for: 1s}",
      {
        verb: "never",
        at: "bob",
        forMs: 1_000,
        since: undefined,
        pattern: {
          kind: "table",
          rows: new Map([
            ["alice", { operator: "equals", value: "online" }],
            ["mallory", { operator: "equals", value: "absent" }],
          ]),
        },
      },
    ],
    [
      "- never: {at: bob, message: {from: {oneOf: [alice, bob]}}}",
      {
        verb: "never",
        at: "bob",
        forMs: undefined,
        since: undefined,
        pattern: { kind: "message", from: { operator: "oneOf", value: ["alice", "bob"] } },
      },
    ],
    [
      "- assert: {at: bob, count: {message: {}}, gte: 2}",
      {
        verb: "assert",
        at: "bob",
        since: undefined,
        check: { kind: "count", pattern: { kind: "message" }, is: { operator: "gte", value: 2 } },
      },
    ],
    [
      "- assert: {at: bob, table: {alice: offline}}",
      {
        verb: "assert",
        at: "bob",
        since: undefined,
        check: { kind: "table", rows: new Map([["alice", { operator: "equals", value: "offline" }]]) },
      },
    ],
    ["- settle: {quiet: 250ms, max: 1h}", { verb: "settle", quietMs: 250, maxMs: 3_600_000 }],
    ["- server: kill", { verb: "server", do: "kill" }],
    ["- net: {heal: true}", { verb: "net", change: { kind: "heal" } }],
    [
      "- net: {partition: [[alice], [bob, server]]}",
      { verb: "net", change: { kind: "partition", groups: [["alice"], ["bob", "server"]] } },
    ],
    [
      "- net: {link: alice -> *, loss: 5%}",
      {
        verb: "net",
        change: { kind: "faults", faults: [{ link: { from: "alice", to: "*" }, loss: 0.05 }] },
      },
    ],
  ];

  for (const [line, expected] of cases) {
    it(line, () => {
      const { place, name, condition: _, unbound: __, ...action } = stepOf(`  ${line}`);

      assert.deepEqual(action, expected);
      assert.deepEqual([place.line, place.column, name], [4, 5, undefined]);
    });
  }

  it("can have a name", () => {
    assert.equal(stepOf("  - {name: all is quiet, settle: {}}").name, "all is quiet");
  });

  it("can send a datagram of v2, whose checksum nobody has to work out by hand", () => {
    const step = stepOf(
      String.raw`  - raw: {from: alice, to: bob, text: "\u001e[\"ping\",7]\n", checksum: true}`,
    );

    assert.equal(step.verb === "raw" && Buffer.from(step.bytes).toString(), datagramText(["ping", 7]));
  });

  it("holds others when it is `parallel`; one alone is a branch too", () => {
    const step = stepOf("  - parallel: [[{register: alice}, {deregister: alice}], {register: bob}]");

    assert.equal(step.verb, "parallel");
    const branches = step.verb === "parallel" ? step.branches : [];
    assert.deepEqual(
      branches.map((branch) => branch.map(({ verb }) => verb)),
      [["register", "deregister"], ["register"]],
    );
  });
});

describe("a text", () => {
  for (const text of [
    "1.0",
    "0x10",
    "null",
    "~",
    "no",
    "yes",
    "true",
    "1e3",
    ".inf",
    "2024-01-01",
    "1_000",
  ]) {
    it(`arrives as it is written: ${text}`, () => {
      const step = stepOf(`  - send: {from: alice, to: bob, text: ${text}}`);

      assert.equal(step.verb === "send" && step.text, text);
    });
  }

  it("arrives as written through a variable, and inside another text", () => {
    const text = `scenario: 1
vars: {version: 1.0}
clients: {alice, bob}
steps:
  - send: {from: alice, to: bob, text: "\${version}"}
  - send: {from: alice, to: bob, text: "v\${version}, $\${version}"}
`;

    const texts = scenarioOf(text).steps.map((step) => step.verb === "send" && step.text);

    assert.deepEqual(texts, ["1.0", `v1.0, \${version}`]);
  });

  it("is compared as text even where it looks like a number", () => {
    const step = stepOf("  - expect: {at: bob, message: {text: 0x10}}");

    assert.deepEqual(step.verb === "expect" && step.patterns[0], {
      kind: "message",
      text: { operator: "equals", value: "0x10" },
    });
  });
});

describe("variables", () => {
  it("keep their type where they stand alone, and may use those above them", () => {
    const text = `scenario: 1
vars: {seed: 7, wait: 2s, longer: "1\${wait}", lax: true}
net: {seed: "\${seed}"}
server: {persist: "\${lax}"}
timeout: \${longer}
steps: [settle: {max: "\${wait}"}]
`;

    const scenario = scenarioOf(text);

    assert.equal(scenario.net.seed, 7);
    assert.equal(scenario.server?.kind === "native" && scenario.server.persist, true);
    assert.equal(scenario.timeoutMs, 12_000);
  });

  it("of a matrix multiply, and the names tell the cases apart", () => {
    const text = `scenario: 1
name: "\${who} says it"
matrix: {who: [alice, bob], loss: [1%, 2%]}
net: {links: {"*": {loss: "\${loss}"}}}
clients: {alice, bob}
steps: [register: "\${who}"]
`;

    const scenarios = scenariosOf(text);

    assert.deepEqual(
      scenarios.map(({ name, net }) => [name, net.links[0]?.loss]),
      [
        ["alice says it [loss=1%]", 0.01],
        ["alice says it [loss=2%]", 0.02],
        ["bob says it [loss=1%]", 0.01],
        ["bob says it [loss=2%]", 0.02],
      ],
    );
  });

  it("of a matrix with the same value twice still give two names", () => {
    const text = "scenario: 1\nname: n\nmatrix: {a: [1, 1]}\nsteps: [settle: {}]\n";

    assert.deepEqual(
      scenariosOf(text).map(({ name }) => name),
      ["n [a=1]", "n [a=1] #2"],
    );
  });
});
