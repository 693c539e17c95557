import path from "node:path";
import { messageOf } from "../../host/error-message.ts";
import type { Address } from "../../protocol/address.ts";
import { counted } from "../../scenario/counted.ts";
import {
  balanceOf,
  distinctProblems,
  EndlessMatch,
  loadScenarioFile,
  makeHiddenFolder,
  type NetKind,
  type Problem,
  type RunResult,
  readHistory,
  runScenarios,
  type Scenario,
  type SeedRange,
  type Selection,
  selectScenarios,
  type TraceMode,
  writeHistory,
} from "../../scenario/index.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { printProblems } from "../print-problems.ts";
import type { ReportTarget, TestReportKind } from "../report-targets.ts";
import { openReports } from "../reporters.ts";
import { scenarioFilesAt } from "../scenario-files.ts";
import { printNote } from "../terminal-output.ts";
import { testExitCode } from "../test-exit-code.ts";

export interface TestCommandOptions {
  /** Files and folders; none: the default folder. */
  readonly paths: readonly string[];
  readonly net: NetKind;
  readonly seed: number | undefined;
  readonly seeds: SeedRange | undefined;
  readonly checkDeterminism: boolean;
  /** A server that runs elsewhere. */
  readonly server: Address | undefined;
  readonly selection: Selection;
  /** `undefined`: as many as fit the machine. */
  readonly workers: number | undefined;
  /** Of the machine. */
  readonly cores: number;
  readonly repeat: number;
  readonly retries: number;
  readonly failOnFlaky: boolean;
  readonly bail: boolean;
  readonly watch: boolean;
  readonly reports: readonly ReportTarget<TestReportKind>[];
  readonly trace: TraceMode;
}

/** What earlier runs leave for later ones, and traces. Below the folder that runs are started in. */
const FOLDER = path.join(".udpchat", "test");

/** Real runs mostly wait for each other's datagrams. */
const REAL_RUNS_PER_CORE = 4;

/** What ends a run in order: Ctrl+C, `kill`, the terminal that was closed, and Ctrl+\. */
const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Runs scenarios. All files are checked first: nothing runs while one of them has a mistake. */
export async function runTestCommand(options: TestCommandOptions): Promise<ExitCode> {
  checkTogether(options);
  using interruption = catchInterruption(ENDING_SIGNALS);
  const { signal } = interruption;
  if (options.watch) {
    const { watchAndRun } = await import("./test-watch.ts");
    return await watchAndRun(options, interruption, (paths) => runOnce({ ...options, paths }, signal));
  }
  return await runOnce(options, signal);
}

async function runOnce(options: TestCommandOptions, signal: AbortSignal): Promise<ExitCode> {
  const loaded = load(options.paths);
  if (loaded.problems.length > 0) {
    showProblems(loaded.problems);
    return EXIT.invalidScenario;
  }
  const selected = select(loaded.scenarios, options);
  checkNumber(selected.length, options);
  using reports = openReports(options.reports);
  const { net, seed, seeds, checkDeterminism, repeat, retries, bail, trace, cores, server } = options;
  const run = await runScenarios(selected, {
    net,
    seed,
    seeds,
    server,
    checkDeterminism,
    repeat,
    retries,
    bail,
    trace,
    traceFolder: path.join(FOLDER, "traces"),
    threads: cores,
    workers: options.workers ?? workersFor(options),
    signal,
    onProgress: reports.reporter,
  });
  remember(run, options);
  return testExitCode(run, options);
}

/** Of each run it is kept how it ended: more would not fit into the memory of every machine. */
const RUNS_MAX = 1_000_000;

function checkNumber(scenarios: number, { seeds, repeat }: TestCommandOptions): void {
  const each = repeat * (seeds === undefined ? 1 : seeds.last - seeds.first + 1);
  if (scenarios * each <= RUNS_MAX) return;
  throw new Complaint(
    EXIT.usage,
    `that would be ${(scenarios * each).toLocaleString("en")} runs, more than a million`,
    {
      advice: ["Sweep part of the seeds at a time, or select fewer scenarios with --grep, --tag or --shard."],
    },
  );
}

/** On one server for all, scenarios at the same time would take each other's nicknames. */
function workersFor({ net, cores, server }: TestCommandOptions): number {
  if (server !== undefined) return 1;
  return net === "sim" ? cores : REAL_RUNS_PER_CORE * cores;
}

/** What each option alone cannot see. */
function checkTogether({ net, seeds, checkDeterminism, server }: TestCommandOptions): void {
  if (net === "sim" && server !== undefined) {
    throw new Complaint(EXIT.usage, "--server is on the real network: leave out --net sim");
  }
  if (net === "sim") return;
  const option = seeds !== undefined ? "--seeds" : checkDeterminism ? "--check-determinism" : undefined;
  if (option === undefined) return;
  throw new Complaint(EXIT.usage, `${option} is for simulation: add --net sim`, {
    advice: ["On the real network when things happen is up to the machine, so a run cannot be had again."],
  });
}

interface LoadedFiles {
  readonly scenarios: readonly Scenario[];
  readonly problems: readonly Problem[];
}

function load(paths: readonly string[]): LoadedFiles {
  const loaded = scenarioFilesAt(paths, "run").map(loadScenarioFile);
  const scenarios = loaded.flatMap((file) => file.scenarios);
  const problems = distinctProblems(loaded.flatMap((file) => file.problems));
  if (scenarios.length === 0 && problems.length === 0) {
    const parameters = [...new Set(loaded.flatMap((file) => file.parameters))].join(", ");
    throw new Complaint(EXIT.usage, `nothing here is a scenario by itself: ${parameters} has no value`, {
      advice: ["Such a file is run by others: - call: {file: …, with: {…}}"],
    });
  }
  return { scenarios, problems };
}

function select(scenarios: readonly Scenario[], { selection }: TestCommandOptions): readonly Scenario[] {
  const history = readHistory(FOLDER);
  const selected = matching(() => selectScenarios(scenarios, selection, history));
  const { shard } = selection;
  if (shard !== undefined) {
    const balance = balanceOf(scenarios, history);
    const by = balance === "none" ? "by number: no durations are known" : `by durations ${balance}`;
    printNote(`shard ${shard.index}/${shard.of}, balanced ${by} (must be the same for all shards)`);
  }
  if (selected.length === 0) throw nothingSelected(scenarios.length, selection);
  return selected;
}

function matching<T>(look: () => T): T {
  try {
    return look();
  } catch (cause) {
    if (!(cause instanceof EndlessMatch)) throw cause;
    throw new Complaint(EXIT.usage, `--grep: ${cause.message}`, { cause });
  }
}

function nothingSelected(scenarios: number, { grep, tags = [], lastFailed, shard }: Selection): Complaint {
  const options = [
    ...(grep === undefined ? [] : ["--grep"]),
    ...(tags.length === 0 ? [] : ["--tag"]),
    ...(lastFailed === true ? ["--last-failed"] : []),
    ...(shard === undefined ? [] : ["--shard"]),
  ];
  const verb = options.length === 1 ? "selects" : "select";
  return new Complaint(EXIT.usage, `${options.join(" and ")} ${verb} none of the ${scenarios} scenarios`, {
    advice: lastFailed === true ? ["Nothing is known to have failed when it was last run here."] : [],
  });
}

/** A folder that cannot be written to costs comfort, not the run. */
function remember(run: RunResult, { selection }: TestCommandOptions): void {
  try {
    makeHiddenFolder(FOLDER);
    writeHistory(FOLDER, run, { durations: selection.shard === undefined });
  } catch (error) {
    printNote(`note: nothing was kept for later runs: ${messageOf(error)}`);
  }
}

function showProblems(problems: readonly Problem[]): void {
  printProblems(problems);
  const files = new Set(problems.map(({ place }) => place.file)).size;
  printNote(`\n${counted(problems.length, "mistake")} in ${counted(files, "file")}; no scenario was run`);
}
