import { writeFileSync } from "node:fs";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { messageOf } from "../../../host/error-message.ts";
import { makeFolder } from "../../../store/folder.ts";
import { counted } from "../../counted.ts";
import type { Scenario } from "../../language/model.ts";
import type { Failure, NetKind, ScenarioRun, StepProgress } from "../result.ts";
import { type RecordedRun, runScenario } from "../run-scenario.ts";
import { formatMs } from "../wording.ts";

/** When to keep all that happened in a run. */
export type TraceMode = "on" | "off" | "on-failure";

/** One run that is to be made. Plain data: it may go to a worker thread. */
export interface Assignment {
  readonly scenario: Scenario;
  readonly net: NetKind;
  readonly seed: number;
  readonly round: number;
  readonly attempt: number;
  readonly trace: TraceMode;
  /** Where its trace goes. */
  readonly traceFile: string;
  /** Run twice, and compare. In simulation only. */
  readonly twice: boolean;
}

export interface Attendance {
  readonly signal: AbortSignal;
  readonly onStep: (progress: StepProgress) => void;
}

/**
 * Real time that a simulated run may take beyond what the scenario's own time-out says. Virtual time stands still while a
 * bot's process computes, so that time-out does not see one that never ends.
 */
const REAL_MS_MAX = 120_000;

/** What an aborted run gets to close what it had opened. */
const ENDING_MS_MAX = 15_000;

/** Makes one run, writes its trace if one is wished for, and never rejects for what the scenario does. */
export async function carryOut(assignment: Assignment, attendance: Attendance): Promise<ScenarioRun> {
  const { round, attempt, trace, traceFile, twice } = assignment;
  const whole = twice || trace !== "off";
  const first = await withinRealTime(assignment, attendance, whole);
  const second =
    twice && !attendance.signal.aborted ? await withinRealTime(assignment, attendance, true) : undefined;
  const differs = second === undefined ? undefined : difference(assignment, first.lines, second.lines);
  const failures = [...first.run.failures, ...(differs === undefined ? [] : [differs])];
  const outcome = differs !== undefined && first.run.outcome === "passed" ? "failed" : first.run.outcome;

  const wanted = trace === "on" || (trace === "on-failure" && failures.length > 0);
  const run = { ...first.run, round, attempt, outcome, failures, traceFile: undefined };
  if (!wanted || first.lines.length === 0) return run;
  try {
    makeFolder(path.dirname(path.resolve(traceFile)));
    writeFileSync(traceFile, `${first.lines.join("\n")}\n`);
    return { ...run, traceFile };
  } catch (error) {
    // A full disk is the system's error; anything else is a defect.
    if (!(error instanceof Error && "syscall" in error)) throw error;
    if (outcome === "interrupted") return run;
    const told = outcome === "passed" ? "environment" : outcome;
    return { ...run, outcome: told, failures: [...failures, notWritten(assignment, error)] };
  }
}

function notWritten({ scenario, traceFile }: Assignment, error: unknown): Failure {
  return {
    kind: "environment",
    place: scenario.place,
    step: "the end",
    expected: `its trace is written to ${traceFile}`,
    found: [messageOf(error), "Make room or give the folder to whoever runs it, or leave `--trace` out."],
    ledgers: [],
  };
}

async function withinRealTime(
  { scenario, net, seed }: Assignment,
  { signal, onStep }: Attendance,
  whole: boolean,
): Promise<RecordedRun> {
  const beganMs = performance.now();
  const timeUp = new AbortController();
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<undefined>();
  const limitMs = (net === "real" ? scenario.timeoutMs : 0) + REAL_MS_MAX;
  let ending: NodeJS.Timeout | undefined;
  const end = () => {
    ending ??= setTimeout(() => giveUp(undefined), ENDING_MS_MAX);
    timeUp.abort(new Error("real time is up"));
  };
  const limit = setTimeout(end, limitMs);
  signal.addEventListener("abort", end, { once: true });
  try {
    const running = runScenario(scenario, { net, seed, whole, signal: timeUp.signal, onStep });
    const ended = await Promise.race([running, givenUp]);
    if (ended !== undefined && (signal.aborted || !timeUp.signal.aborted)) return ended;
    // Nobody waits for it any more.
    running.catch(() => {});
    const elapsedMs = performance.now() - beganMs;
    const failure: Failure = {
      kind: "internal",
      place: scenario.place,
      step: scenario.name,
      expected: `the run ends within ${formatMs(limitMs)} of real time`,
      found: [ended === undefined ? "it does not end, not even when it is told to" : "it had to be ended"],
      ledgers: [],
    };
    const run = {
      seed,
      outcome: "internal",
      failures: [...(ended?.run.failures ?? []), failure],
      datagrams: ended?.run.datagrams ?? [],
      elapsedMs,
      virtualMs: ended?.run.virtualMs ?? 0,
      traceHash: undefined,
    } as const;
    return { run, lines: ended?.lines ?? [] };
  } finally {
    clearTimeout(limit);
    clearTimeout(ending);
    signal.removeEventListener("abort", end);
  }
}

/** The first thing in which two runs that should be equal are not. */
function difference(
  { scenario, seed }: Assignment,
  first: readonly string[],
  second: readonly string[],
): Failure | undefined {
  const at = first.findIndex((line, index) => line !== second[index]);
  if (at === -1 && first.length === second.length) return undefined;
  const index = at === -1 ? first.length : at;
  return {
    kind: "replay",
    place: scenario.place,
    step: "run twice with the same seed",
    expected: `both runs with seed ${seed} do the same`,
    found: [
      `they differ from entry ${index + 1} on (of ${counted(first.length, "entry", "entries")} and ${second.length})`,
      `first    ${first[index] ?? "has ended"}`,
      `second   ${second[index] ?? "has ended"}`,
    ],
    ledgers: [],
  };
}
