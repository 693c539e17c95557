import { cpus } from "node:os";
import type { Row } from "./measure.ts";

/** A row's figure, and its ratio to the raw echo's figure of the same unit and as many in flight. */
export interface Result {
  readonly name: string;
  readonly unit: Row["unit"];
  readonly inFlight: number;
  readonly figure: number;
  readonly ratio: number;
}

export function asJson(results: readonly Result[]): string {
  return JSON.stringify({ node: process.version, cores: cpus().length, rows: results }, undefined, 2);
}

export function asTable(results: readonly Result[]): string {
  const head = ["", "in flight", "figure", "unit", "ratio to raw echo"];
  const lines = results.map(({ name, inFlight, figure, unit, ratio }) => [
    name,
    `${inFlight}`,
    Math.round(figure).toLocaleString("en"),
    unit,
    ratio.toFixed(2),
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
