import { cpus } from "node:os";
import type { CrowdFigures } from "./crowd.ts";
import type { FiftyFigures } from "./fifty.ts";
import type { Row, Target } from "./measure.ts";

/** A row's figure, and its ratio to the raw echo's figure of the same unit and as many in flight. */
export interface Result {
  readonly name: string;
  readonly tells: string;
  readonly unit: Row["unit"];
  readonly inFlight: number;
  readonly figure: number;
  readonly ratio: number;
  /** By how much the figure is above the echo's. */
  readonly above: number;
  readonly target: Target | undefined;
}

export function asJson(results: readonly Result[]): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, rows: results }, undefined, 2);
}

export function asTable(results: readonly Result[]): string {
  const head = ["", "in flight", "figure", "unit", "ratio to raw echo", "target", "what it tells"];
  const lines = results.map((result) => [
    result.name,
    `${result.inFlight}`,
    Math.round(result.figure).toLocaleString("en"),
    result.unit,
    result.ratio.toFixed(2),
    targetText(result),
    result.tells,
  ]);
  return columns(head, lines);
}

/** What a server with many clients is to do: 10,000 of them register within 10 s, a join reaches all within a second. */
export function crowdAsTable(figures: readonly CrowdFigures[]): string {
  const head = [
    "clients",
    "register all, s",
    "of it server CPU, s",
    "join reaches all, ms",
    "server CPU a client and join, µs",
    "server memory, MB",
  ];
  const lines = figures.map(({ clients, registerS, registerCpuS, joinMs, joinCpuUs, memoryMb }) => [
    clients.toLocaleString("en"),
    registerS.toFixed(2),
    registerCpuS.toFixed(2),
    joinMs.toFixed(0),
    joinCpuUs.toFixed(1),
    memoryMb.toFixed(0),
  ]);
  return `${columns(head, lines)}\ntargets at 10,000: registered within 10 s, a join reaches all within 1,000 ms, below 200 MB`;
}

export function crowdAsJson(figures: readonly CrowdFigures[]): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, crowds: figures }, undefined, 2);
}

/** What a host with fifty bots is to do. */
export function fiftyAsText({ bots, upS, memoryMb }: FiftyFigures): string {
  return [
    `${bots} bots are online after ${upS.toFixed(2)} s  ${mark(upS <= 5, "≤ 5 s")}`,
    `they and their host take ${memoryMb.toFixed(0)} MB  ${mark(memoryMb <= 1_500, "≤ 1,500 MB")}`,
  ].join("\n");
}

export function fiftyAsJson(figures: FiftyFigures): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, ...figures }, undefined, 2);
}

function columns(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const isText = (column: number): boolean => TEXTS.has(head[column] ?? "");
  return [head, ...lines]
    .map((cells) =>
      cells
        .map((cell, column) =>
          isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const TEXTS: ReadonlySet<string> = new Set(["", "unit", "target", "what it tells"]);

function targetText({ figure, ratio, above, target }: Result): string {
  if (target === undefined) return "";
  if ("atLeast" in target) return mark(ratio >= target.atLeast, `≥ ${target.atLeast}`);
  if ("atMost" in target) return mark(ratio <= target.atMost, `≤ ${target.atMost}`);
  if ("usMax" in target) return mark(figure <= target.usMax, `≤ ${target.usMax.toLocaleString("en")} µs`);
  return mark(above <= target.aboveUsMax, `≤ echo + ${target.aboveUsMax} µs`);
}

function mark(isMet: boolean, text: string): string {
  return `${isMet ? "✓" : "✗"} ${text}`;
}
