import { systemWorld } from "../../net/system-world.ts";
import {
  type Candidate,
  type Clause,
  type ConformanceResult,
  conformanceHtml,
  conformanceJson,
  conformanceJunit,
  conformanceText,
  loadClauses,
  runConformance,
  STATUS_WORDS,
  scoreOf,
} from "../../scenario/conformance/index.ts";
import {
  canRegister,
  commandOf,
  detectProfile,
  type Implementation,
  implementationFrom,
  loadDriverByName,
  ownImplementation,
  ProgramError,
  wholeCommand,
} from "../../scenario/foreign/index.ts";
import { type Problem, paintWith } from "../../scenario/index.ts";
import { Complaint } from "../complaint.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { catchInterruption } from "../interruption.ts";
import { printProblems } from "../print-problems.ts";
import { openReportFile, type ReportOutput } from "../report-file.ts";
import type { ConformanceReportKind, ReportTarget } from "../report-targets.ts";
import { colorsOf, columnsOf } from "../terminal-output.ts";

export interface ConformanceCommandOptions {
  /** After `--`; empty: the driver's, or our own program. */
  readonly command: readonly string[];
  readonly driver: string | undefined;
  /** The driver of a second implementation, whose clients join the first one's. */
  readonly pair: string | undefined;
  /** Only these, and those that they need. */
  readonly clauses: readonly string[];
  readonly jobs: number;
  readonly list: boolean;
  readonly reports: readonly ReportTarget<ConformanceReportKind>[];
}

/** Nothing takes longer than two minutes, whatever is tested. */
const DEADLINE_MS = 105_000;

/** Judges an implementation clause by clause. */
export async function runConformanceCommand(options: ConformanceCommandOptions): Promise<ExitCode> {
  const clauses = select(options.clauses);
  if (options.list) {
    for (const { id, level, words } of clauses) process.stdout.write(`${id} (${level})\n  ${words}\n`);
    return EXIT.ok;
  }
  const beganMs = performance.now();
  const first = open(options.driver, options.command);
  const second = options.pair === undefined ? undefined : open(options.pair, []);
  using files = new DisposableStack();
  const reports = options.reports.map(({ kind, file }) => {
    const output: ReportOutput = file === undefined ? process.stdout : files.use(openReportFile(file));
    return { kind, output };
  });
  using interruption = catchInterruption();
  const { signal } = interruption;
  const progress = new ProgressLine(clauses.length);
  try {
    progress.say("finding out what the profile leaves open");
    const own = await known(first, signal);
    const other = second === undefined ? undefined : await known(second, signal);
    if (other !== undefined) await checkWire(own, other, signal);
    const verdicts = await runConformance({
      underTest: { server: own, clients: other === undefined ? [own] : [other, own] },
      clauses,
      lanes: options.jobs,
      deadlineMs: DEADLINE_MS - (performance.now() - beganMs),
      signal,
      onVerdict: ({ clause, status }) => progress.next(`${clause.title}: ${STATUS_WORDS[status]}`),
    });
    progress.clear();
    const result: ConformanceResult = {
      candidates: [own, ...(other === undefined ? [] : [other])].map(candidateOf),
      verdicts,
      elapsedMs: performance.now() - beganMs,
      interrupted: signal.aborted,
    };
    for (const { kind, output } of reports) output.write(textOf(kind, result, colorsOf(output)));
    const { good, of } = scoreOf(verdicts);
    return good === of && of > 0 && !signal.aborted ? EXIT.ok : EXIT.failed;
  } catch (error) {
    progress.clear();
    if (signal.aborted) throw new Complaint(EXIT.failed, "interrupted");
    if (error instanceof ProgramError) throw new Complaint(EXIT.environment, error.message, { cause: error });
    throw error;
  }
}

function select(ids: readonly string[]): readonly Clause[] {
  const { clauses, problems } = loadClauses();
  if (problems.length > 0) throw mistakes(problems);
  if (ids.length === 0) return clauses;
  const wanted = new Set(ids);
  const unknown = ids.find((id) => !clauses.some((clause) => clause.id === id));
  if (unknown !== undefined) {
    throw new Complaint(EXIT.usage, `there is no clause ${unknown}`, {
      advice: ["udpchat conformance --list shows them."],
    });
  }
  // From the last to the first: what one needs stands before it.
  for (const { id, needs, suspects } of clauses.toReversed()) {
    if (wanted.has(id)) for (const other of [...needs, ...suspects]) wanted.add(other);
  }
  return clauses.filter(({ id }) => wanted.has(id));
}

function open(driverName: string | undefined, command: readonly string[]): Implementation {
  if ((driverName === undefined && command.length === 0) || driverName === "own") return ownImplementation();
  const { driver, problems } = loadDriverByName(driverName);
  if (driver === undefined) throw mistakes(problems);
  if (commandOf(driver, command) === undefined) {
    throw new Complaint(EXIT.usage, "how is the implementation started?", {
      advice: [
        "Say it after --, such as: udpchat conformance -- python3 UdpChat.py",
        "Or in the driver: command: [python3, UdpChat.py]",
      ],
    });
  }
  return implementationFrom(driver, command);
}

function mistakes(problems: readonly Problem[]): Complaint {
  printProblems(problems);
  return new Complaint(EXIT.invalidScenario, "nothing was run");
}

/** With nothing left to find out. A server that is never ready is a verdict, not an obstacle. */
async function known(implementation: Implementation, signal: AbortSignal): Promise<Implementation> {
  try {
    return { ...implementation, profile: await detectProfile(implementation, systemWorld(), signal) };
  } catch (error) {
    if (error instanceof ProgramError && error.code === "NOT_READY") return implementation;
    throw error;
  }
}

async function checkWire(server: Implementation, client: Implementation, signal: AbortSignal): Promise<void> {
  if (await canRegister({ server, client }, systemWorld(), signal)) return;
  throw new Complaint(
    EXIT.failed,
    `a client of ${client.driver.name} cannot register at a server of ${server.driver.name}: they do not share a wire`,
  );
}

function candidateOf(implementation: Implementation): Candidate {
  const { driver, profile } = implementation;
  return { name: driver.name, command: wholeCommand(implementation), profile };
}

function textOf(kind: ConformanceReportKind, result: ConformanceResult, color: boolean): string {
  switch (kind) {
    case "pretty":
      return conformanceText(result, paintWith(color));
    case "json":
      return conformanceJson(result);
    case "junit":
      return conformanceJunit(result);
    case "html":
      return conformanceHtml(result);
  }
}

/** One line at the bottom of a terminal; nothing in a pipe. */
class ProgressLine {
  readonly #of: number;
  readonly #isTerminal = process.stderr.isTTY === true;
  #done = 0;

  constructor(of: number) {
    this.#of = of;
  }

  next(text: string): void {
    this.#done += 1;
    this.say(`[${this.#done}/${this.#of}] ${text}`);
  }

  say(text: string): void {
    if (!this.#isTerminal) return;
    process.stderr.write(`\r\u001b[2K${text.slice(0, columnsOf(process.stderr) - 1)}`);
  }

  clear(): void {
    if (this.#isTerminal) process.stderr.write("\r\u001b[2K");
  }
}
