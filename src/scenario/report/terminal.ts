import { performance } from "node:perf_hooks";
import { printable } from "../../client/interactive/printable.ts";
import type { NetKind, Outcome, Progress, Reporter, RunResult, ScenarioResult } from "../run/result.ts";
import { DEFAULT_SEED } from "../run/run-scenarios.ts";
import { count, formatMs } from "../run/wording.ts";
import { failureText } from "./failure-text.ts";
import { clip, type Paint, paintWith } from "./paint.ts";

/** Where the report goes. */
export interface Screen {
  write(text: string): unknown;
  /** A terminal, whose last line can be drawn over; else plain lines. */
  readonly isTTY: boolean;
  readonly color: boolean;
  /** Asked at each drawing, for a terminal may be resized. */
  readonly columns: () => number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** Fast enough to look alive, slow enough not to cost a simulation its speed. */
const REDRAW_MS = 80;

const CLEAR_LINE = "\r\u001B[2K";

/** Reports for people: a line for each scenario, what is under way below it on a terminal, failures and a summary at the end. */
export function terminalReporter(screen: Screen): Reporter {
  const paint = paintWith(screen.color);
  const live = screen.isTTY ? new LiveLine(screen, paint) : undefined;
  let done = 0;
  let selected = 0;

  const print = (text: string) => {
    live?.clear();
    screen.write(`${text}\n`);
  };

  return (progress: Progress) => {
    switch (progress.kind) {
      case "run-started":
        selected = progress.selected;
        print(`Running ${count(selected, "scenario")} ${placeOf(progress.net, progress.seed)}\n`);
        live?.start();
        return;
      case "scenario-started":
        live?.show({ title: `[${done + 1}/${selected}] ${printable(progress.scenario.name)}`, step: "" });
        return;
      case "step-started":
        live?.step(`${progress.number}/${progress.of} ${printable(progress.label)}`);
        return;
      case "scenario-ended":
        done += 1;
        print(resultLine(progress.result, paint));
        return;
      case "run-ended":
        live?.stop();
        print(summary(progress.result, paint));
    }
  };
}

/** The line at the bottom of a terminal that tells what is under way. */
class LiveLine {
  readonly #screen: Screen;
  readonly #paint: Paint;
  #timer: NodeJS.Timeout | undefined;
  #now: { readonly title: string; step: string; readonly sinceMs: number } | undefined;
  #frame = 0;
  #drawn = false;
  #drawnAtMs = Number.NEGATIVE_INFINITY;

  constructor(screen: Screen, paint: Paint) {
    this.#screen = screen;
    this.#paint = paint;
  }

  start(): void {
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
  }

  show({ title, step }: { readonly title: string; readonly step: string }): void {
    this.#now = { title, step, sinceMs: performance.now() };
    this.#drawIfDue();
  }

  step(step: string): void {
    if (this.#now !== undefined) this.#now.step = step;
    this.#drawIfDue();
  }

  clear(): void {
    if (this.#drawn) this.#screen.write(CLEAR_LINE);
    this.#drawn = false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#now = undefined;
    this.clear();
  }

  #drawIfDue(): void {
    if (performance.now() - this.#drawnAtMs >= REDRAW_MS) this.#draw();
  }

  #draw(): void {
    if (this.#now === undefined) return;
    const { title, step, sinceMs } = this.#now;
    this.#drawnAtMs = performance.now();
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const lasted = formatMs(Math.floor((this.#drawnAtMs - sinceMs) / 100) * 100);
    const text = clip(`${title} › ${step}`, this.#screen.columns() - 14);
    const line = `  ${this.#paint("cyan", FRAMES[this.#frame] ?? "")} ${text} ${this.#paint("dim", lasted)}`;
    this.#screen.write(CLEAR_LINE + line);
    this.#drawn = true;
  }
}

const MARKS: Readonly<Record<Outcome, readonly [Parameters<Paint>[0], string, string]>> = {
  passed: ["green", "✓", ""],
  failed: ["red", "✗", ""],
  environment: ["yellow", "!", " the environment did not let it run"],
  internal: ["magenta", "!", " internal error"],
  interrupted: ["yellow", "-", " interrupted"],
};

function resultLine({ scenario, outcome, net, elapsedMs, virtualMs }: ScenarioResult, paint: Paint): string {
  const [style, mark, note] = MARKS[outcome];
  const lasted =
    net === "sim" ? `${formatMs(virtualMs)} virtual, ${formatMs(elapsedMs)}` : formatMs(elapsedMs);
  const file = paint("dim", `${printable(scenario.place.file)} ›`);
  return `  ${paint(style, mark)} ${file} ${printable(scenario.name)} ${paint("dim", `(${lasted})`)}${paint(style, note)}`;
}

function summary(run: RunResult, paint: Paint): string {
  const blocks: string[] = [];
  const failed = run.scenarios.filter(({ failures }) => failures.length > 0);
  failed.forEach((result, index) => {
    blocks.push(failureText(result, index + 1, paint));
  });
  blocks.push([...tally(run, paint), ...provenance(run, paint)].join("\n"));
  return `\n${blocks.join("\n\n")}`;
}

function tally(run: RunResult, paint: Paint): string[] {
  if (run.selected === 0) return [`  ${paint("yellow", "no scenario was selected")}`];
  const number = (outcome: Outcome) => run.scenarios.filter((result) => result.outcome === outcome).length;
  const parts: [Parameters<Paint>[0], number, string][] = [
    ["green", number("passed"), "passed"],
    ["red", number("failed"), "failed"],
    ["yellow", number("environment"), "could not run"],
    ["magenta", number("internal"), number("internal") === 1 ? "internal error" : "internal errors"],
    ["yellow", number("interrupted"), "interrupted"],
    ["dim", run.selected - run.scenarios.length, "not run"],
  ];
  const counts = parts.filter(([, n]) => n > 0).map(([style, n, word]) => paint(style, `${n} ${word}`));
  const virtualMs = run.scenarios.reduce((sum, result) => sum + result.virtualMs, 0);
  const lasted =
    run.net === "sim"
      ? `${formatMs(virtualMs)} of virtual time in ${formatMs(run.elapsedMs)}`
      : formatMs(run.elapsedMs);
  return [`  ${counts.join(", ")} ${paint("dim", `(${lasted})`)}`];
}

/** What another run needs to be the same. */
function provenance({ net, seed, traceHash }: RunResult, paint: Paint): string[] {
  return traceHash === undefined ? [] : [`  ${paint("dim", `${placeOf(net, seed)}, trace`)} ${traceHash}`];
}

function placeOf(net: NetKind, seed: number | undefined): string {
  if (net === "real") return "on real UDP, 127.0.0.1";
  return `in simulation, seed ${seed ?? `${DEFAULT_SEED} unless a file has its own`}`;
}
