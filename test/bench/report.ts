import { cpus } from "node:os";
import type { CrowdFigures } from "./crowd.ts";
import type { Row } from "./measure.ts";

/** A row's figure, and its ratio to the raw echo's figure of the same unit and as many in flight. */
export interface Result {
  readonly name: string;
  readonly tells: string;
  readonly unit: Row["unit"];
  readonly inFlight: number;
  readonly figure: number;
  readonly ratio: number;
  readonly target: Row["target"];
}

export function asJson(results: readonly Result[]): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, rows: results }, undefined, 2);
}

export function asTable(results: readonly Result[]): string {
  const head = ["", "in flight", "figure", "unit", "ratio to raw echo", "target", "what it tells"];
  const lines = results.map(({ name, tells, inFlight, figure, unit, ratio, target }) => [
    name,
    `${inFlight}`,
    Math.round(figure).toLocaleString("en"),
    unit,
    ratio.toFixed(2),
    targetText(ratio, target),
    tells,
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

function targetText(ratio: number, target: Row["target"]): string {
  if (target?.atLeast !== undefined) return `${ratio >= target.atLeast ? "✓" : "✗"} ≥ ${target.atLeast}`;
  if (target?.atMost !== undefined) return `${ratio <= target.atMost ? "✓" : "✗"} ≤ ${target.atMost}`;
  return "";
}
