/**
 * A program that runs where a bot's sandbox would, as if vm2 had fallen: it has all of Node.js and tries what it can. What each attempt
 * came to goes to standard output as JSON.
 */
import { createRequire } from "node:module";
import { dropPrivileges } from "../../src/host/sandbox/privileges.ts";

/** What the test prepared for it to reach. */
interface Targets {
  /** It tries nothing, and is there to be reached. */
  readonly isIdle?: boolean;
  readonly file: string;
  readonly folder: string;
  readonly tcpPort: number;
  readonly udpPort: number;
  readonly hostPid: number;
  readonly neighbourPid: number;
}

dropPrivileges();
const targets = JSON.parse(process.argv[3] ?? "{}") as Targets;
const require = createRequire("/");

const attempts: Readonly<Record<string, () => unknown>> = {
  "read a file": () => require("node:fs").readFileSync(targets.file, "utf8"),
  "read the host's memory": () => require("node:fs").readFileSync(`/proc/${targets.hostPid}/mem`),
  "read the host's environment": () =>
    require("node:fs").readFileSync(`/proc/${targets.hostPid}/environ`, "utf8"),
  "list a folder": () => require("node:fs").readdirSync(targets.folder),
  "write a file": () => require("node:fs").writeFileSync(`${targets.folder}/written`, "x"),
  "make a link": () => require("node:fs").symlinkSync("/etc/passwd", `${targets.folder}/link`),
  "open a database": () => new (require("node:sqlite").DatabaseSync)(`${targets.folder}/host.sqlite`),
  "start a program": () => require("node:child_process").execFileSync("/bin/true"),
  "start a shell": () =>
    require("node:child_process").spawnSync("/bin/sh", ["-c", "true"]).error ?? "started",
  "fork itself": () => require("node:child_process").fork(process.argv[1]),
  "start a worker": () => new (require("node:worker_threads").Worker)("1", { eval: true }),
  "start a cluster": () => require("node:cluster").fork(),
  "load an addon": () => process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6"),
  "open its inspector": () => require("node:inspector").open(0),
  "load WASI": () => new (require("node:wasi").WASI)({ version: "preview1", preopens: { "/": "/" } }),
  "load foreign functions": () => require("node:ffi"),
  "bind to the file system": () =>
    (process as unknown as { binding(name: string): { open(...args: unknown[]): unknown } })
      .binding("fs")
      .open(targets.file, 0, 0),
  "signal the host": () => signalled(targets.hostPid),
  "signal a neighbour": () => signalled(targets.neighbourPid),
  "become root again": () => process.setuid?.(0),
  "see its environment": () => Object.keys(process.env).find((name) => name !== "TZ") ?? fail("it is empty"),
  "connect by TCP": () =>
    connecting((done) => require("node:net").connect(targets.tcpPort, "127.0.0.1", () => done("connected"))),
  "ask by HTTP": () => fetch(`http://127.0.0.1:${targets.tcpPort}/`).then(() => "answered"),
  "listen by TCP": () =>
    connecting((done) =>
      require("node:net")
        .createServer()
        .listen(0, () => done("listening")),
    ),
  "send by UDP": () =>
    connecting((done) =>
      require("node:dgram")
        .createSocket("udp4")
        .send("x", targets.udpPort, "127.0.0.1", (error: unknown) => done(error ?? "sent")),
    ),
  "resolve a name": () =>
    require("node:dns")
      .promises.lookup("localhost")
      .then(() => "resolved"),
};

function signalled(pid: number): string {
  process.kill(pid, 0);
  return "signalled";
}

function fail(why: string): never {
  throw new Error(why);
}

/** What it calls back with, or how it failed; `error` events would end the process. */
function connecting(
  start: (
    done: (result: unknown) => void,
  ) => { on(event: "error", listener: (error: Error) => void): unknown } | undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const done = (result: unknown) => (result instanceof Error ? reject(result) : resolve(result));
    start(done)?.on?.("error", reject);
    setTimeout(() => reject(new Error("nothing came of it")), 1_000);
  });
}

process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
if (targets.isIdle === true) setInterval(() => {}, 1_000);
else void tryAll();

async function tryAll(): Promise<void> {
  const results: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      results[name] = `OUT: ${String(await attempt()).slice(0, 60)}`;
    } catch (error) {
      results[name] = String((error as { code?: unknown }).code ?? error);
    }
  }
  process.stdout.write(`${JSON.stringify(results)}\n`, () => process.exit(0));
}
