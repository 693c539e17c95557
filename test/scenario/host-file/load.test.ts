import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEFAULT_LIMITS } from "../../../src/host/host-config.ts";
import { hostJsonSchema, loadHostFile } from "../../../src/scenario/host-file/load.ts";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "udpchat-host-file-"));
  writeFileSync(join(folder, "echo.ts"), "");
  writeFileSync(join(folder, "key"), "secret\n");
});
after(() => rmSync(folder, { recursive: true }));

function load(text: string, environment: Record<string, string> = {}) {
  const file = join(folder, "host.yaml");
  writeFileSync(file, text);
  return loadHostFile(file, environment);
}

function problemsOf(text: string): readonly string[] {
  return load(text).problems.map(({ place, message, hint }) => {
    return `${place.line}:${place.column} ${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

describe("a host's file", () => {
  it("bounds what a bot may store by what it can read when it starts", () => {
    const { problems } = load(
      "server: 127.0.0.1:1\nbots: {a: {script: echo.ts, grant: {store: 4MB}}, b: {script: echo.ts, grant: {store: 5MB}}}",
    );

    assert.deepEqual(
      problems.map(({ message, hint }) => [message, hint]),
      [["a store has at most 4MB", "a bot reads all of it whenever it starts"]],
    );
  });

  it("says all there is to say of a host and its bots", () => {
    const { config, problems } = load(
      `
server: chat.example.org:10000
data: state
metrics: 127.0.0.1:9101
stopTimeout: 2s
roles: {owner: [alice]}
defaults:
  memory: 32MB
  cpu: 25%
  flood: {burst: 4, refill: 6/min}
  restart: {backoff: 1s..60s, minUptime: 30s, maxUnstable: 3}
bots:
  helpdesk:
    script: echo.ts
    nick: desk
    settings: {greeting: 1.0, list: [a, 2, true]}
    grant: {http: [status.example.org], secrets: {A: {env: KEY}, B: {file: key}}, store: 2MB}
    roles: {staff: [bob]}
    handlerTimeout: 5s
    flood: {burst: 9}
    antiloop: {repeats: 3, window: 60s}
    standby: true
  echo: {script: echo.ts}
`,
      { KEY: "from the environment" },
    );

    assert.deepEqual(problems, []);
    const [desk, echo] = config?.bots ?? [];
    assert.deepEqual(config?.server, { host: "chat.example.org", port: 10_000 });
    assert.deepEqual([config?.data, config?.stopMs], [join(folder, "state"), 2_000]);
    assert.deepEqual(config?.metrics, { host: "127.0.0.1", port: 9_101 });
    assert.deepEqual(desk, {
      name: "helpdesk",
      nick: "desk",
      script: join(folder, "echo.ts"),
      settings: { greeting: 1, list: ["a", 2, true] },
      grant: {
        http: ["status.example.org"],
        secrets: { A: "from the environment", B: "secret" },
        storeBytes: 2_097_152,
      },
      roles: { owner: ["alice"], staff: ["bob"] },
      limits: {
        ...DEFAULT_LIMITS,
        memoryBytes: 33_554_432,
        cpu: 0.25,
        handlerMs: 5_000,
        flood: { burst: 9, perSecond: 0.1 },
        antiloop: { repeats: 3, windowMs: 60_000 },
      },
      restart: { backoffMs: 1_000, backoffMsMax: 60_000, minUptimeMs: 30_000, maxUnstable: 3 },
      standby: true,
    });
    assert.deepEqual([echo?.nick, echo?.standby, echo?.limits.flood.burst], ["echo", false, 4]);
  });

  it("shows each mistake at its place, with what was meant", () => {
    assert.deepEqual(
      problemsOf(`
server: 127.0.0.1
data: x
roles: {staff: alice}
defaults: {memory: 64, flood: {burts: 3}}
bots:
  a: {scirpt: echo.ts, restart: {backoff: 1s..60}}
  b: {script: gone.ts, nick: a, flood: {refill: 5}}
  c: {script: echo.ts, standby: yes}
  not a nick: {script: echo.ts}
`),
      [
        "2:9 `127.0.0.1` is not an address | write `127.0.0.1:10000`",
        "4:16 expected a list of nicknames such as `[alice, bob]`, got the text `alice`",
        "5:20 a size needs a unit | write a unit, such as `64MB` or `64KB`",
        "5:32 unknown key `burts` | did you mean `burst`?",
        "7:7 unknown key `scirpt` | did you mean `script`?",
        "7:43 a duration needs a unit | write a unit, such as `60ms` or `60s`",
        "8:15 there is no file `gone.ts` | paths count from the folder of this file",
        "8:30 `a` is the nickname of `a` already | give one of them another `nick`",
        "8:49 `5` is not a rate | write a number above 0 and `/s`, `/min` or `/h`, such as `5/min`",
        "9:33 expected `true` or `false`, got the text `yes` | write `true`: in YAML 1.2 `yes` is a text",
        "10:3 `not a nick` cannot be a nickname | a nickname has 1 to 32 letters, digits, `_`, `.` or `-`",
      ],
    );
  });

  it("shows what is missing of secrets, and of the file itself", () => {
    const secrets =
      "server: a:1\nbots: {a: {script: echo.ts, grant: {secrets: {K: {env: NOPE}, L: {file: nope}, M: {}}}}}";
    assert.match(problemsOf(secrets).join("\n"), /2:80 a secret comes from one place/);
    const [env, file] = problemsOf(secrets.replace(", M: {}", ""));
    assert.match(
      env ?? "",
      /^2:50 the environment has no variable `NOPE` \| the secret `K` comes from there$/,
    );
    assert.match(file ?? "", /^2:66 the file `nope` cannot be read/);
    assert.deepEqual(problemsOf("bots: {}"), [
      "1:1 the key `server` is missing | it takes an address such as `127.0.0.1:10000`",
    ]);
    const { problems } = loadHostFile(join(folder, "none.yaml"), {});
    assert.equal(problems[0]?.message, "there is no such file");
  });

  it("is described by a JSON Schema", () => {
    const schema = hostJsonSchema() as {
      $schema: string;
      properties: Record<string, unknown>;
      required: string[];
    };

    assert.match(schema.$schema, /2020-12/);
    assert.deepEqual(Object.keys(schema.properties), [
      ...["server", "data", "metrics", "stopTimeout", "roles", "defaults", "bots"],
    ]);
    assert.deepEqual(schema.required, ["server", "bots"]);
  });
});
