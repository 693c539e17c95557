import { performance } from "node:perf_hooks";
import { printable } from "../../client/interactive/printable.ts";
import { cells } from "../language/cells.ts";
import type { Paint } from "../paint.ts";
import type { Progress } from "../run/result.ts";
import { formatMs } from "../run/wording.ts";

/** Where the report goes. */
export interface Screen {
  write(text: string): unknown;
  /** A terminal, whose last lines can be drawn over; else plain lines. */
  readonly isTTY: boolean;
  readonly color: boolean;
  /** Asked at each drawing, for a terminal may be resized. */
  readonly columns: () => number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** Fast enough to look alive, slow enough not to cost a simulation its speed. */
const REDRAW_MS = 80;

/** Scenarios under way that are shown; more would scroll on a small terminal, and then nothing can be drawn over. */
const SHOWN_MAX = 8;

const BAR_COLUMNS = 24;

interface UnderWay {
  readonly file: string;
  readonly name: string;
  readonly sinceMs: number;
  step: string;
  runs: number;
  failed: number;
}

/**
 * The last lines of a terminal: the tree of what is under way, file by file, and how far the whole has come. Whoever
 * prints something else clears it first.
 */
export class LiveArea {
  readonly #screen: Screen;
  readonly #paint: Paint;
  readonly #underWay = new Map<string, UnderWay>();
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;
  #linesDrawn = 0;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #beganMs = 0;
  #runs = 0;
  #done = 0;
  #failed = 0;

  constructor(screen: Screen, paint: Paint) {
    this.#screen = screen;
    this.#paint = paint;
  }

  follow(progress: Progress): void {
    switch (progress.kind) {
      case "run-started":
        this.#runs = progress.runs;
        this.#beganMs = performance.now();
        this.#timer = setInterval(() => this.#draw(), REDRAW_MS).unref();
        return;
      case "scenario-started": {
        const { name, place } = progress.scenario;
        const file = printable(place.file);
        const begun = {
          file,
          name: printable(name),
          sinceMs: performance.now(),
          step: "",
          runs: 0,
          failed: 0,
        };
        this.#underWay.set(keyOf(progress), begun);
        break;
      }
      case "step-started": {
        const one = this.#underWay.get(keyOf(progress));
        if (one !== undefined) one.step = `${progress.number}/${progress.of} ${printable(progress.label)}`;
        break;
      }
      case "attempt-ended": {
        const one = this.#underWay.get(keyOf(progress));
        if (progress.retried) break;
        const failed = progress.run.failures.length > 0 ? 1 : 0;
        this.#done += 1;
        this.#failed += failed;
        if (one === undefined) break;
        one.runs += 1;
        one.failed += failed;
        break;
      }
      case "scenario-ended":
        this.#underWay.delete(keyOf(progress.result));
        return;
      case "run-ended":
        clearInterval(this.#timer);
        this.#underWay.clear();
        this.clear();
        return;
    }
    if (performance.now() - this.#drawnAtMs >= REDRAW_MS) this.#draw();
  }

  clear(): void {
    if (this.#linesDrawn > 1) this.#screen.write(`\u001B[${this.#linesDrawn - 1}A`);
    if (this.#linesDrawn > 0) this.#screen.write(CLEAR_TO_END);
    this.#linesDrawn = 0;
  }

  #draw(): void {
    if (this.#underWay.size === 0) return;
    this.#drawnAtMs = performance.now();
    this.#frame = (this.#frame + 1) % FRAMES.length;
    const lines = [...this.#tree(), this.#progress()];
    this.clear();
    this.#screen.write(lines.join("\n"));
    this.#linesDrawn = lines.length;
  }

  #tree(): string[] {
    const spinner = this.#paint("cyan", FRAMES[this.#frame] ?? "");
    const columns = this.#screen.columns();
    const all = [...this.#underWay.values()];
    const shown = all.slice(0, SHOWN_MAX);
    const lines: string[] = [];
    let file: string | undefined;
    for (const one of shown) {
      if (one.file !== file) lines.push(this.#paint("dim", clip(`  ${one.file}`, columns)));
      file = one.file;
      const runs = one.runs > 0 ? ` (${one.runs} done${one.failed > 0 ? `, ${one.failed} failed` : ""})` : "";
      const step = one.step === "" ? "" : ` › ${one.step}`;
      const text = clip(`${one.name}${runs}${step}`, columns - 16);
      lines.push(`    ${spinner} ${text} ${this.#paint("dim", lasted(one.sinceMs))}`);
    }
    if (all.length > shown.length) {
      lines.push(this.#paint("dim", `      … and ${all.length - shown.length} more`));
    }
    return lines;
  }

  #progress(): string {
    const filled = Math.round((BAR_COLUMNS * this.#done) / Math.max(1, this.#runs));
    const bar =
      this.#paint("green", "━".repeat(filled)) + this.#paint("dim", "━".repeat(BAR_COLUMNS - filled));
    const failed = this.#failed > 0 ? ` ${this.#paint("red", `${this.#failed} failed`)}` : "";
    const figures = `${this.#done}/${this.#runs}`;
    const line = `  ${bar} ${figures}${failed} ${this.#paint("dim", lasted(this.#beganMs))}`;
    return this.#screen.columns() > BAR_COLUMNS + 32 ? line : `  ${figures}${failed}`;
  }
}

/** From the beginning of the line on. */
const CLEAR_TO_END = "\r\u001B[J";

function keyOf({ scenario }: Pick<Extract<Progress, { kind: "scenario-started" }>, "scenario">): string {
  return `${scenario.place.file}\u0000${scenario.name}`;
}

/** In tenths of a second: more would only flicker. */
function lasted(sinceMs: number): string {
  return formatMs(Math.floor((performance.now() - sinceMs) / 100) * 100);
}

/** Cut to fit a line of so many columns, so that it can be drawn over. */
function clip(text: string, columns: number): string {
  if (cells(text) < columns) return text;
  let kept = "";
  for (const character of text) {
    if (cells(kept + character) > columns - 2) break;
    kept += character;
  }
  return `${kept}…`;
}
