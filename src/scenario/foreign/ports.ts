/** UDP ports for programs that have to be told theirs. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../../net/network.ts";

/**
 * Below the ports that systems hand out by themselves (Linux from 32768 on, others from 49152 on, as RFC 6335 §6 has it), so that no
 * socket of somebody else's takes a leased one.
 */
const FIRST = 10_240;
const LAST = 32_767;
const TRIES_MAX = 200;

/** Of this process: between leasing a port and the program's taking it nobody else gets it. */
const leased = new Set<number>();

export interface LeasedPort extends Disposable {
  readonly port: number;
}

/** A port that is free on all addresses. @throws {Error} when there is none, which no sane machine comes to. */
export async function leasePort({ network }: Pick<World, "network">): Promise<LeasedPort> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (leased.has(port) || isTaken(port)) continue;
    leased.add(port);
    try {
      const endpoint = await network.bind({ host: "0.0.0.0", port, onDatagrams: () => {} });
      await endpoint.close();
      return { port, [Symbol.dispose]: () => leased.delete(port) };
    } catch {
      leased.delete(port);
    }
  }
  throw new Error("there is no free UDP port");
}

const TABLES = ["/proc/net/udp", "/proc/net/udp6"] as const;

/** Whether somebody has the port, on any address: looked up, not tried, so that nobody is disturbed who wants it. */
function isTaken(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return TABLES.some((table) =>
    read(table)
      .split("\n")
      .some((row) => row.trim().split(/\s+/)[1]?.endsWith(wanted) === true),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

const LOOK_EVERY_MS = 20;

/** Resolves to true when the port is taken, to false when it is not by then or `over` says so. */
export async function untilTaken(port: number, withinMs: number, over: () => boolean): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (!isTaken(port)) {
    if (over() || performance.now() > deadlineMs) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}
