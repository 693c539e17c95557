/** The process alone: no vm2, no pipe; Node.js's permission model, limits, an empty environment, a user of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { BotProcess, type ProcessEnd } from "../../src/host/bot-process.ts";
import { giveBackUid, takeUid } from "../../src/host/bot-uids.ts";
import { bundleRunner } from "../../src/host/runner-file.ts";
import { findPrlimit, walledCommand } from "../../src/host/walls.ts";

const BREAKOUT = fileURLToPath(new URL("./breakout.ts", import.meta.url));
const isRoot = process.getuid?.() === 0;

describe("the second wall, the process alone", { skip: process.platform !== "linux" }, () => {
  it("keeps a program that has all of Node.js from everything outside of it", async (t) => {
    const folder = temporary(t);
    writeFileSync(path.join(folder, "secret"), "s3cret");
    const tcp = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n")).listen(0, "127.0.0.1");
    const udp = createSocket("udp4").bind(0, "127.0.0.1");
    let datagrams = 0;
    udp.on("message", () => datagrams++);
    await Promise.all([once(tcp, "listening"), once(udp, "listening")]);
    const program = await bundleRunner(BREAKOUT, path.join(folder, "breakout.cjs"));
    const neighbour = walled(program, { isIdle: true });
    t.after(() => {
      neighbour.child.kill("SIGKILL");
      tcp.close();
      udp.close();
    });

    const { child, uid } = walled(program, {
      file: path.join(folder, "secret"),
      folder,
      tcpPort: (tcp.address() as { port: number }).port,
      udpPort: udp.address().port,
      hostPid: process.pid,
      neighbourPid: neighbour.child.pid,
    });
    let told = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      told += text;
    });
    await once(child, "close");
    giveBackUid(uid);
    const results = JSON.parse(told) as Record<string, string>;

    // Of processes of one user Linux lets each signal the others; so says the guide for operators.
    const allowed = isRoot ? [] : ["signal the host", "signal a neighbour"];
    const out = Object.entries(results).filter(
      ([name, result]) => result.startsWith("OUT") && !allowed.includes(name),
    );
    assert.deepEqual(out, []);
    assert.ok(Object.keys(results).length > 20);
    assert.equal(datagrams, 0);
    assert.deepEqual(readdirSync(folder).sort(), ["breakout.cjs", "secret"]);
  });

  for (const [name, code] of [
    ["the heap", "const a = []; for (;;) a.push(new Array(1e5).fill(0.5));"],
    ["ArrayBuffers", "const a = []; for (;;) a.push(Buffer.alloc(1 << 24, 1));"],
    [
      "texts",
      "let s = 'x'; const a = []; for (;;) { s = 'x'.repeat(1 << 24) + a.length; a.push(Buffer.from(s)); }",
    ],
  ] as const) {
    it(`ends a program that fills ${name}, before the machine feels it`, async (t) => {
      const file = path.join(temporary(t), "bomb.cjs");
      writeFileSync(file, code);

      const end = await new Promise<ProcessEnd>((onEnd) => {
        new BotProcess({ command: walledCommand(file, findPrlimit()), onMessage() {}, onEnd });
      });

      assert.equal(end.kind, "exited");
      assert.match(end.kind === "exited" ? end.detail : "", /memory|SIG|code/);
    });
  }

  it("gives each process a user of its own where the host is root", { skip: !isRoot }, () => {
    const uids = Array.from({ length: 50 }, () => takeUid());
    for (const uid of uids) giveBackUid(uid);

    assert.equal(new Set(uids).size, 50);
    assert.ok(uids.every((uid) => uid !== undefined && uid >= 61_184 && uid <= 65_519));
  });
});

function walled(program: string, targets: object) {
  const { file, args } = walledCommand(program, findPrlimit());
  const uid = takeUid();
  const child = spawn(file, [...args, String(uid ?? 65_534), JSON.stringify(targets)], {
    env: {},
    stdio: ["pipe", "pipe", "ignore"],
  });
  return { child, uid };
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "udpchat-wall-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
