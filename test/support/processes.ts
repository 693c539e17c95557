/** Processes of this machine, as Linux shows them in /proc (proc(5)). */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 10;

/** A process that has ended and was not waited for yet is not alive. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.state;
  return state !== undefined && state !== "Z" && state !== "X";
}

/** All that it started, and what those started, and so on. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map(allPids().map((one) => [one, statOf(one)?.parent]));
  const found = [pid];
  for (const parent of found) for (const [child, of] of parents) if (of === parent) found.push(child);
  return found.slice(1);
}

/** Resolves when none of them is alive and the condition holds. @throws {Error} when that takes too long. */
export async function untilGone(pids: readonly number[], condition = () => true): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const left = pids.filter(isAlive);
    if (left.length === 0 && condition()) return;
    if (performance.now() > endMs)
      throw new Error(`left behind: ${left.map(commandOf).join(", ") || "something"}`);
    await sleep(LOOK_EVERY_MS);
  }
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200);
  } catch {
    return "";
  }
}

function allPids(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  try {
    // The name in parentheses may hold blanks and parentheses of its own.
    const [state = "", parent = ""] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
