import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Architecture, findBreaches } from "./support/architecture.ts";
import { parseSource, readSourceTree } from "./support/source-tree.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** The table of `.github/ARCHITECTURE.md`. */
const ARCHITECTURE: Architecture = {
  layers: [
    ["protocol"],
    ["net"],
    ["store"],
    ["client", "server"],
    ["bot"],
    ["host"],
    ["testing", "scenario"],
    ["cli"],
  ],
  forbidden: [
    {
      from: ["src/server/", "src/client/", "src/host/"],
      to: "src/net/sim/",
      why: "it must not know whether the network is real",
    },
    {
      from: ["src/"],
      to: "src/host/sandbox/",
      why: "it runs in a bot's process, and the host knows its path only",
    },
  ],
  owners: {
    "node:dgram": "src/net/udp.ts",
    "node:sqlite": "src/store/database.ts",
    // The second has vm2 read what it will run in a bot's process.
    vm2: ["src/host/sandbox/runner.ts", "src/host/vm2-reading.ts"],
    croner: "src/host/sandbox/runner.ts",
    esbuild: "src/host/",
    "node:child_process": ["src/host/", "src/scenario/foreign/program.ts"],
    "@lydell/node-pty": "src/scenario/foreign/program.ts",
    yaml: "src/scenario/language/yaml-source.ts",
    "prom-client": ["src/server/metrics.ts", "src/host/metrics.ts"],
    pino: "src/cli/",
    zod: ["src/scenario/language/", "src/scenario/host-file/"],
    commander: "src/cli/",
    "node:readline": "src/cli/",
    "node:vm": "src/scenario/timed-match.ts",
  },
  globals: [
    { names: ["console"], onlyIn: ["src/cli/"] },
    {
      names: ["process.exit", "process.exitCode", "process.stdin", "process.stdout", "process.stderr"],
      // The second is a program of its own, and these streams are its pipe to the host.
      onlyIn: ["src/cli/", "src/host/sandbox/runner.ts"],
    },
  ],
  pure: ["src/protocol/"],
  linesMax: 400,
};

describe("the source", () => {
  it("is built as the table of layers says", () => {
    const tree = readSourceTree(ROOT, "src");

    assert.deepEqual(findBreaches(tree, ARCHITECTURE), []);
    // Whoever moves the source must move this test along.
    assert.ok(tree.length > 50, `only ${tree.length} files were found`);
  });

  it("has no file in a folder that the table does not name", () => {
    const folders = new Set(readSourceTree(ROOT, "src").map(({ path }) => path.split("/")[1]));

    assert.deepEqual([...folders].sort(), ARCHITECTURE.layers.flat().sort());
  });
});

describe("the documents about the source", () => {
  for (const name of ["ARCHITECTURE.md", "CONTRIBUTING.md"]) {
    it(`name files that there are (${name})`, () => {
      const text = readFileSync(path.join(ROOT, ".github", name), "utf8");
      const named = [...text.matchAll(/`((?:src|test|scenarios|bots|\.ci)\/[\w./-]*)`/g)].map(
        ([, file = ""]) => file,
      );

      assert.ok(named.length > 0);
      assert.deepEqual(
        named.filter((file) => !existsSync(path.join(ROOT, file))),
        [],
      );
    });
  }

  it("name what each folder owns", () => {
    const text = readFileSync(path.join(ROOT, ".github/ARCHITECTURE.md"), "utf8");

    const owned = Object.entries(ARCHITECTURE.owners).flatMap(([module, owners]) =>
      [owners].flat().map((owner) => [module, owner] as const),
    );
    for (const [module, owner] of owned) {
      const folder = /^src\/\w+\//.exec(owner)?.[0];
      const row = text.split("\n").find((line) => line.startsWith(`| \`${folder}\` |`));
      assert.ok(row?.includes(`\`${module}\``), `the row of ${folder} does not name ${module}`);
      if (owner.endsWith(".ts")) assert.ok(row?.includes(`\`${owner}\``), `it does not name ${owner}`);
    }
  });
});

describe("the architecture test", () => {
  const small: Architecture = {
    layers: [["protocol"], ["net"], ["client", "server"], ["cli"]],
    forbidden: [{ from: ["src/client/"], to: "src/net/sim/", why: "not real" }],
    owners: { "node:dgram": "src/net/udp.ts" },
    globals: [{ names: ["console", "process.exit"], onlyIn: ["src/cli/"] }],
    pure: ["src/protocol/"],
    linesMax: 5,
  };
  const udp = { "src/net/udp.ts": 'import "node:dgram";' };
  const breaches = (files: Readonly<Record<string, string>>) => {
    const tree = Object.entries({ ...udp, ...files }).map(([path, text]) => parseSource(path, text));
    return findBreaches(tree, small);
  };

  it("is content with a tree that keeps the rules", () => {
    const found = breaches({
      "src/protocol/packet.ts": "export const at = { Date: 1, process: 2 }.Date; // Date.now(), console",
      "src/client/client.ts": 'import { at } from "../protocol/packet.ts"; export type T = typeof at;',
      "src/cli/main.ts": 'export { type T } from "../client/client.ts"; console.log(process.exit);',
    });

    assert.deepEqual(found, []);
  });

  const wrongImports: Readonly<Record<string, string>> = {
    "a plain import": 'import { x } from "../cli/main.ts"; x();',
    "an import for its effect": 'import "../cli/main.ts";',
    "a type import": 'import type { X } from "../cli/main.ts"; export type Y = X;',
    "an import of a type among values": 'import { type X } from "../cli/main.ts"; export type Y = X;',
    "an export from": 'export { x } from "../cli/main.ts";',
    "an export of everything": 'export * from "../cli/main.ts";',
    "a dynamic import": 'await import("../cli/main.ts");',
    "an import within a type": 'export type X = import("../cli/main.ts").X;',
  };
  for (const [how, text] of Object.entries(wrongImports)) {
    it(`sees ${how} that goes to the right`, () => {
      const found = breaches({ "src/net/bad.ts": text, "src/cli/main.ts": "export const x = 1;" });

      assert.deepEqual(found, ["src/net/bad.ts imports src/cli/main.ts: cli is not left of net"]);
    });
  }

  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly RegExp[]])[] = [
    [
      "a client that imports the server",
      { "src/client/a.ts": 'import "../server/b.ts";', "src/server/b.ts": "" },
      [/^src\/client\/a\.ts imports src\/server\/b\.ts: server is not left of client$/],
    ],
    [
      "a client that knows of simulation",
      { "src/client/a.ts": 'import "../net/sim/b.ts";', "src/net/sim/b.ts": "" },
      [/imports src\/net\/sim\/b\.ts: not real$/],
    ],
    [
      "a folder that is in no layer",
      { "src/client/a.ts": 'import "../misc/b.ts";', "src/misc/b.ts": "" },
      [/misc is not left of client$/],
    ],
    [
      "a second owner of a socket",
      { "src/net/b.ts": 'import { createSocket } from "node:dgram"; createSocket("udp4");' },
      [/^src\/net\/b\.ts imports node:dgram, which belongs to src\/net\/udp\.ts$/],
    ],
    [
      "an owner that lost what it owns",
      { "src/net/udp.ts": "" },
      [/^src\/net\/udp\.ts owns node:dgram and does not import it$/],
    ],
    [
      "a protocol with a clock, dice, timers and the system",
      {
        "src/protocol/a.ts":
          'import "node:fs"; export default [Date.now(), Math.random(), setTimeout, Buffer];',
      },
      [
        /imports node:fs: it must be pure/,
        /uses Date:/,
        /uses Math\.random:/,
        /uses setTimeout:/,
        /uses Buffer:/,
      ],
    ],
    [
      "output where it does not belong",
      { "src/net/a.ts": "console.log(1); process.exit(1);" },
      [/uses console, which belongs to src\/cli\//, /uses process\.exit, which belongs to src\/cli\//],
    ],
    [
      "an import that is computed",
      { "src/net/a.ts": "\nawait import(String(1));" },
      [/a\.ts:2 imports what is computed/],
    ],
    ["a file that is too long", { "src/net/a.ts": "\n\n\n\n\n\n" }, [/has 6 lines, more than 5$/]],
    [
      "a circle of files",
      {
        "src/net/a.ts": 'import "./b.ts";',
        "src/net/b.ts": 'import type {} from "./c.ts";',
        "src/net/c.ts": 'export * from "./a.ts";',
      },
      [/^src\/net\/a\.ts → src\/net\/b\.ts → src\/net\/c\.ts → src\/net\/a\.ts: /],
    ],
  ];
  for (const [what, files, expected] of cases) {
    it(`sees ${what}`, () => {
      const found = breaches(files);

      assert.equal(found.length, expected.length, found.join("\n"));
      for (const [i, pattern] of expected.entries()) assert.match(found[i] ?? "", pattern);
    });
  }
});
