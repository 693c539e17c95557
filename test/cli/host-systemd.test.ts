import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { ROOT, RunningCli, runCli, startCli } from "../support/cli.ts";
import { folderOf } from "../support/folder.ts";
import { serverHere } from "../support/server-here.ts";

/** systemd's end of the socket: prints what comes, and `silence` after a second without anything. */
const RECEIVER = `
import json, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
receiver.settimeout(1)
print("bound", flush=True)
while True:
    try: print(json.dumps(receiver.recv(65536).decode()), flush=True)
    except TimeoutError: print("silence", flush=True)
`;

/** Where there is no systemd, this carries the messages as its own tool does. */
const STAND_IN = `#!/usr/bin/env python3
import os, socket, sys
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
states = [each.replace("--pid=", "MAINPID=") for each in sys.argv[1:]]
sender.sendto("\\n".join(states).encode(), os.environ["NOTIFY_SOCKET"])
`;

const BLOCK_AT_A_SIGNAL = `--import=data:text/javascript,process.on("SIGUSR2",()=>{for(;;);})`;

describe("udpchat host under systemd", { concurrency: 2 }, () => {
  it("says when it is ready, that it is alive, and when it stops", async () => {
    await using server = await serverHere();
    using folder = stage(server.server, `  echo: {script: ${ROOT}bots/echo.ts}\n  none: {script: none.ts}\n`);
    await using systemd = await listen(folder.path);
    const env = { ...environment(folder.path), WATCHDOG_USEC: "600000" };

    await using host = startCli(["host", "up"], { cwd: folder.path, env });
    const [ready = ""] = await systemd.line(/^.*READY=1.*$/m);
    await systemd.line(/(WATCHDOG=1.*){3}/s);
    await host.kill("SIGTERM");
    await systemd.line(/STOPPING=1/);

    const status = `STATUS=runs 1 bot at ${server.server}; 1 did not start`;
    assert.deepEqual(JSON.parse(ready).split("\n"), [`MAINPID=${host.pid}`, "READY=1", status]);
    assert.ok(systemd.stdout.indexOf("READY=1") < systemd.stdout.indexOf("WATCHDOG=1"));
  });

  it("gives no sign of life while it is blocked", async () => {
    using folder = stage("127.0.0.1:9", "");
    await using systemd = await listen(folder.path);
    const env = { ...environment(folder.path), WATCHDOG_USEC: "300000" };
    const nodeOptions = [BLOCK_AT_A_SIGNAL];

    await using host = startCli(["host", "up"], { cwd: folder.path, env, nodeOptions });
    await systemd.line(/WATCHDOG=1/);
    process.kill(host.pid, "SIGUSR2");

    // A watchdog that asks for a sign each 300 ms has made an end of it twice by then.
    await systemd.line(/silence\n+silence/);
  });

  it("runs the same where systemd cannot be reached, and says so once", async () => {
    using folder = stage("127.0.0.1:9", "");
    const env = {
      ...environment(folder.path),
      NOTIFY_SOCKET: "no/such socket",
      WATCHDOG_USEC: "many",
    };

    await using host = startCli(["host", "up"], { cwd: folder.path, env });
    await host.line(/"kind":"host"/, "stderr");
    const logs = await runCli(["host", "logs"], { cwd: folder.path });
    const { exitCode, stdout, stderr } = await host.kill("SIGTERM");

    assert.match(logs.stdout, /^[\d:.]+ warn {2}host: systemd cannot be told how the host is: \S/m);
    assert.match(stderr, /^\{"level":40,[^\n]*"kind":"host","msg":"systemd cannot be told [^\n]*\}\n$/);
    assert.deepEqual([stdout, exitCode], ["udpchat host runs 0 bots at 127.0.0.1:9\n", 0]);
  });

  it("has nobody to tell where systemd did not start it", async () => {
    using folder = stage("127.0.0.1:9", "");
    const env = { ...environment(folder.path), NOTIFY_SOCKET: "", WATCHDOG_USEC: "30000" };

    await using host = startCli(["host", "up"], { cwd: folder.path, env });
    await host.line(/runs 0 bots/);
    const { exitCode, stderr } = await host.kill("SIGTERM");

    assert.deepEqual([stderr, exitCode], ["", 0]);
  });
});

describe("the unit that the operators' guide shows", () => {
  const guide = readFileSync(path.join(ROOT, "src/host/OPERATING.md"), "utf8");
  const unit = readUnit(/```ini\n(.*?)```/s.exec(guide)?.[1] ?? "");

  it("has no key that systemd does not know", () => {
    const unknown = Object.entries(unit).flatMap(([section, settings]) =>
      Object.keys(settings).filter((key) => !KNOWN_KEYS[section]?.includes(key)),
    );

    assert.deepEqual(unknown, []);
    assert.deepEqual(Object.keys(unit), Object.keys(KNOWN_KEYS));
  });

  it("gives commands that the program takes, with what the host needs of systemd", async () => {
    const settings = unit["Service"] ?? {};
    const bin = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")).bin.udpchat;

    for (const key of ["ExecStart", "ExecReload"]) {
      const [node, program, ...args] = (settings[key] ?? "").split(" ");
      assert.deepEqual([node, program], ["/opt/udpchat/node_modules/.bin/node", `/opt/udpchat/${bin}`]);
      // It reads the whole command line before it finds neither file nor host.
      const { exitCode, stderr } = await runCli(args);
      const missing = key === "ExecStart" ? "there is no file /etc/udpchat/host.yaml" : "no host runs in";
      assert.ok(stderr.startsWith(`error: ${missing}`), stderr);
      assert.equal(exitCode, key === "ExecStart" ? 3 : 4);
    }
    assert.deepEqual(
      [settings["Type"], settings["NotifyAccess"], settings["KillMode"]],
      ["notify", "all", "mixed"],
    );
  });
});

/** Of systemd.unit(5), systemd.service(5), systemd.kill(5) and systemd.exec(5), what the guide has use for. */
const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "Documentation", "After", "Wants", "Requires"],
  Service: [
    ..."Type NotifyAccess WatchdogSec ExecStart ExecReload Restart RestartSec RestartPreventExitStatus".split(
      " ",
    ),
    ..."TimeoutStartSec TimeoutStopSec KillMode User Group WorkingDirectory Environment".split(" "),
    ..."StateDirectory StateDirectoryMode CapabilityBoundingSet NoNewPrivileges".split(" "),
    ..."ProtectSystem ProtectHome PrivateTmp PrivateDevices LimitNOFILE".split(" "),
  ],
  Install: ["WantedBy"],
};

function readUnit(text: string): Record<string, Record<string, string>> {
  const unit: Record<string, Record<string, string>> = {};
  let settings: Record<string, string> = {};
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section !== undefined) {
      settings = {};
      unit[section] = settings;
      continue;
    }
    const [, key = line, value = ""] = /^(\w+)=(.+)$/.exec(line) ?? [];
    settings[key] = value;
  }
  return unit;
}

function stage(server: string, bots: string) {
  const file = `server: ${server}\ndata: .udpchat\nbots:${bots === "" ? " {}" : `\n${bots}`}\n`;
  const folder = folderOf({ "host.yaml": file, "none.ts": "export {};", "receiver.py": RECEIVER });
  // Last in the search path: systemd's own is taken where there is one.
  writeFileSync(path.join(folder.path, "systemd-notify"), STAND_IN, { mode: 0o755 });
  return folder;
}

function environment(folder: string) {
  return { NOTIFY_SOCKET: path.join(folder, "notify"), PATH: `${process.env["PATH"]}:${folder}` };
}

async function listen(folder: string): Promise<RunningCli> {
  const child = spawn("python3", ["receiver.py", path.join(folder, "notify")], { cwd: folder });
  const receiver = new RunningCli(child, "receiver");
  await receiver.line(/^bound$/m);
  return receiver;
}
