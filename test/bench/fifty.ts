import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { formatAddress } from "../../src/protocol/address.ts";
import { descendantsOf } from "../support/processes.ts";
import { OtherEnd } from "./remote.ts";

/** What a host with many bots was seen to take. */
export interface FiftyFigures {
  readonly bots: number;
  /** From the command until all were online. */
  readonly upS: number;
  /** Of the host and its bots' processes together; what several share counts once (`Pss` of proc_pid_smaps(5)). */
  readonly memoryMb: number;
}

const BOTS = 50;
const ECHO = fileURLToPath(new URL("../../bots/echo.ts", import.meta.url));
/** As it is installed: `npm run build` makes it. */
const UDPCHAT = fileURLToPath(new URL("../../dist/cli/bin.js", import.meta.url));

/** `udpchat host up` with fifty echo bots, to the last one online. */
export async function fifty(): Promise<FiftyFigures> {
  await using other = OtherEnd.start();
  await using cleanUp = new AsyncDisposableStack();
  const server = await other.open({ kind: "server", store: "memory" });
  const folder = await mkdtemp(path.join(tmpdir(), "udpchat-"));
  cleanUp.defer(() => rm(folder, { recursive: true }));
  const nicks = Array.from({ length: BOTS }, (_, i) => `echo${i}`);
  const bots = nicks.map((nick) => `  ${nick}: {script: ${JSON.stringify(ECHO)}}`);
  const file = path.join(folder, "host.yaml");
  await writeFile(file, [`server: ${formatAddress(server)}`, "data: data", "bots:", ...bots, ""].join("\n"));

  const beganMs = performance.now();
  const host = spawn(process.execPath, [UDPCHAT, "host", "up", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(host, "exit");
  cleanUp.defer(async () => {
    host.kill();
    await ended;
  });
  const waited = new Set(nicks);
  for await (const line of createInterface({ input: host.stderr })) {
    const { kind, bot } = JSON.parse(line) as { readonly kind?: string; readonly bot?: string };
    if (kind === "online" && bot !== undefined) waited.delete(bot);
    if (waited.size === 0) break;
  }
  if (waited.size > 0) throw new Error(`the host ended before ${[...waited].join(", ")} were online`);
  const upS = (performance.now() - beganMs) / 1_000;
  return { bots: BOTS, upS, memoryMb: await memoryMb(host.pid ?? 0) };
}

async function memoryMb(host: number): Promise<number> {
  let kib = 0;
  for (const pid of [host, ...descendantsOf(host)]) {
    try {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
      kib += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    } catch {
      // It has ended since.
    }
  }
  return kib / 1_024;
}
