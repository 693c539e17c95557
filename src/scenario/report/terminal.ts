import path from "node:path";
import { printable } from "../../client/interactive/printable.ts";
import { formatAddress } from "../../protocol/address.ts";
import { counted } from "../counted.ts";
import { type Paint, paintWith } from "../paint.ts";
import type { Outcome, Progress, Reporter, RunResult, ScenarioResult } from "../run/result.ts";
import { DEFAULT_SEED } from "../run/run-scenarios.ts";
import { formatMs } from "../run/wording.ts";
import { failureText } from "./failure-text.ts";
import { LiveArea, type Screen } from "./live-area.ts";
import { describeRuns, failedRuns, finalRuns, shortList } from "./runs.ts";

/** A few are enough to see where the time goes, where there are enough to compare them with. */
const SLOWEST_SHOWN = 3;
const SLOWEST_OF_MIN = 5;
const SLOWEST_MS_MIN = 500;

/** Reports for people: a line for each scenario, what is under way below it on a terminal, failures and a summary at the end. */
export function terminalReporter(screen: Screen): Reporter {
  const paint = paintWith(screen.color);
  const live = screen.isTTY ? new LiveArea(screen, paint) : undefined;

  const print = (text: string) => {
    live?.clear();
    screen.write(`${text}\n`);
  };

  return (progress: Progress) => {
    live?.follow(progress);
    if (progress.kind === "run-started") print(`${headline(progress)}\n`);
    else if (progress.kind === "scenario-ended") print(resultLine(progress.result, paint));
    else if (progress.kind === "run-ended")
      print(summary(progress.result, paint, screen.isTTY ? screen.columns() : 0));
  };
}

function headline(run: Extract<Progress, { kind: "run-started" }>): string {
  const { selected, runs } = run;
  const times = runs > selected ? `, ${counted(runs, "run")},` : "";
  return `Running ${counted(selected, "scenario")}${times} ${placeOf(run)}`;
}

const MARKS: Readonly<Record<Outcome, readonly [Parameters<Paint>[0], string, string]>> = {
  passed: ["green", "✓", ""],
  failed: ["red", "✗", ""],
  flaky: ["yellow", "~", " flaky: it failed, and passed when it was run again"],
  environment: ["yellow", "!", " the environment did not let it run"],
  internal: ["magenta", "!", " internal error"],
  interrupted: ["yellow", "-", " interrupted"],
  skipped: ["dim", "-", " skipped"],
};

function resultLine(result: ScenarioResult, paint: Paint): string {
  const { scenario, outcome, net, elapsedMs, virtualMs } = result;
  const [style, mark, label] = MARKS[outcome];
  const note = result.note === undefined ? label : `${label}${label && ":"} ${printable(result.note)}`;
  const runs = describeRuns(result);
  const lasted =
    net === "sim" ? `${formatMs(virtualMs)} virtual, ${formatMs(elapsedMs)}` : formatMs(elapsedMs);
  const file = paint("dim", `${printable(scenario.place.file)} ›`);
  const figures = paint("dim", `(${runs}${runs && ", "}${lasted})`);
  const failed = runs === "" || outcome === "passed" ? "" : ` ${whichFailed(result)}`;
  return `  ${paint(style, mark)} ${file} ${printable(scenario.name)} ${figures}${note + failed && paint(style, note + failed)}`;
}

/** `3 of 1000 failed: seeds 17, 203, 877`. */
function whichFailed(result: ScenarioResult): string {
  const failed = failedRuns(result);
  return `${failed.length} of ${finalRuns(result).length} failed: ${shortList(failed)}`;
}

function summary(run: RunResult, paint: Paint, columns: number): string {
  const blocks: string[] = [];
  const failed = run.scenarios.filter(({ failures }) => failures.length > 0);
  failed.forEach((result, index) => {
    blocks.push(failureText(result, index + 1, paint, columns));
  });
  blocks.push(...slowest(run, paint));
  blocks.push([...tally(run, paint), ...provenance(run, paint), ...traces(run, paint)].join("\n"));
  return `\n${blocks.join("\n\n")}`;
}

function slowest({ scenarios }: RunResult, paint: Paint): string[] {
  const slow = scenarios
    .filter(({ elapsedMs }) => elapsedMs >= SLOWEST_MS_MIN)
    .sort((a, b) => b.elapsedMs - a.elapsedMs)
    .slice(0, SLOWEST_SHOWN);
  if (scenarios.length < SLOWEST_OF_MIN || slow.length === 0) return [];
  const lines = slow.map(({ scenario, elapsedMs }) => {
    const name = `${printable(scenario.place.file)} › ${printable(scenario.name)}`;
    return `  ${paint("dim", `${formatMs(elapsedMs).padStart(8)}  ${name}`)}`;
  });
  return [[`  ${paint("dim", "slowest")}`, ...lines].join("\n")];
}

function tally(run: RunResult, paint: Paint): string[] {
  if (run.selected === 0) return [`  ${paint("yellow", "no scenario was selected")}`];
  const number = (outcome: Outcome) => run.scenarios.filter((result) => result.outcome === outcome).length;
  const parts: [Parameters<Paint>[0], number, string][] = [
    ["green", number("passed"), "passed"],
    ["red", number("failed"), "failed"],
    ["yellow", number("flaky"), "flaky"],
    ["yellow", number("environment"), "could not run"],
    ["magenta", number("internal"), number("internal") === 1 ? "internal error" : "internal errors"],
    ["yellow", number("interrupted"), "interrupted"],
    ["dim", number("skipped"), "skipped"],
    ["dim", run.selected - run.scenarios.length, "not run"],
  ];
  const counts = parts.filter(([, n]) => n > 0).map(([style, n, word]) => paint(style, `${n} ${word}`));
  const virtualMs = run.scenarios.reduce((sum, result) => sum + result.virtualMs, 0);
  const lasted =
    run.net === "sim"
      ? `${formatMs(virtualMs)} of virtual time in ${formatMs(run.elapsedMs)}`
      : formatMs(run.elapsedMs);
  return [
    `  ${counts.join(", ")} ${paint("dim", `(${lasted})`)}`,
    ...(run.bailed ? [`  ${paint("yellow", "ended at the first failure, as asked")}`] : []),
  ];
}

/** What another run needs to be the same. */
function provenance(run: RunResult, paint: Paint): string[] {
  const { traceHash } = run;
  return traceHash === undefined ? [] : [`  ${paint("dim", `${placeOf(run)}, trace`)} ${traceHash}`];
}

function traces({ scenarios }: RunResult, paint: Paint): string[] {
  const files = scenarios.flatMap(({ runs }) => runs.flatMap(({ traceFile }) => traceFile ?? []));
  const [first] = files;
  if (first === undefined) return [];
  return [`  ${paint("dim", `${counted(files.length, "trace")} in`)} ${printable(path.dirname(first))}`];
}

function placeOf({ net, seed, seeds, server }: Pick<RunResult, "net" | "seed" | "seeds" | "server">): string {
  if (server !== undefined) return `on real UDP, server ${formatAddress(server)}`;
  if (net === "real") return "on real UDP, 127.0.0.1";
  if (seeds !== undefined) return `in simulation, seeds ${seeds.first} to ${seeds.last}`;
  return `in simulation, seed ${seed ?? `${DEFAULT_SEED} unless a file has its own`}`;
}
