import { cpus } from "node:os";
import type { Row } from "./measure.ts";

/** A row's figure, and what it is to the raw echo's of the same unit: how many times as long, or as few. */
export interface Result {
  readonly name: string;
  readonly unit: Row["unit"];
  readonly inFlight: number;
  readonly figure: number;
  readonly timesEcho: number;
}

export function asJson(results: readonly Result[]): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, rows: results }, undefined, 2);
}

export function asTable(results: readonly Result[]): string {
  const head = ["", "in flight", "figure", "unit", "× raw echo"];
  const lines = results.map(({ name, inFlight, figure, unit, timesEcho }) => [
    name,
    `${inFlight}`,
    Math.round(figure).toLocaleString("en"),
    unit,
    timesEcho.toFixed(2),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const isText = (column: number): boolean => column === 0 || head[column] === "unit";
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
