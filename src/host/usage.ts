/** What a process takes of the machine, read from Linux's `/proc` (proc_pid_stat(5), proc_pid_statm(5)). */
import { readFileSync } from "node:fs";

export interface Usage {
  /** Resident memory. */
  readonly memoryBytes: number;
  /** Processor time since its start, of all its threads. */
  readonly cpuMs: number;
}

/** `USER_HZ`, which Linux fixes for what it tells programs. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

/** `undefined` when there is no such process, or no `/proc`. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const fields = statOf(pid);
    const [utime, stime, rssPages] = [fields[11], fields[12], fields[21]].map(Number);
    if (utime === undefined || stime === undefined || rssPages === undefined) return undefined;
    return { memoryBytes: rssPages * PAGE_BYTES, cpuMs: (utime + stime) * TICK_MS };
  } catch {
    return undefined;
  }
}

/** Whether somebody has stopped it with a signal (SIGSTOP). */
export function isSuspended(pid: number): boolean {
  try {
    return statOf(pid)[0] === "T";
  } catch {
    return false;
  }
}

/** The fields of `/proc/<pid>/stat` from the state on. @throws {Error} when there is no such process */
function statOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before it may hold blanks and parentheses.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
