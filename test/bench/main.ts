/**
 * `npm run bench`: what a message, a registration and a saved message cost, each as a figure and in raw UDP echoes
 * measured in the same run. Figures vary from machine to machine; the ratios are what to compare. Both ends of everything
 * run in this one process. `--json` prints for programs.
 */
import { parseArgs } from "node:util";
import { messageRow, messagesRow, registerRow, saveRow } from "./chat.ts";
import { endpointEchoRows, rawEchoRows } from "./echo.ts";
import { median, type Row } from "./measure.ts";
import { asJson, asTable, type Result } from "./report.ts";
import { savesRow } from "./saves.ts";

/** Every round takes each row once, so that a change in the machine's mood meets them all alike. */
const ROUNDS = 5;

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

await using cleanUp = new AsyncDisposableStack();
const rawEcho = await rawEchoRows(cleanUp);
const rows: readonly Row[] = [
  ...rawEcho,
  ...(await endpointEchoRows(cleanUp)),
  await messageRow(cleanUp),
  await messagesRow(cleanUp),
  await registerRow(cleanUp),
  await saveRow(cleanUp, "memory"),
  await saveRow(cleanUp, "disk"),
  await savesRow(cleanUp),
];

for (const row of rows) await row.measure();
const figures = new Map<Row, number[]>(rows.map((row) => [row, []]));
for (let round = 1; round <= ROUNDS; round++) {
  for (const [row, taken] of figures) taken.push(await row.measure());
  if (process.stderr.isTTY)
    process.stderr.write(`\rround ${round} of ${ROUNDS}${round === ROUNDS ? "\n" : ""}`);
}

const results = rows.map(resultOf);
console.log(values.json ? asJson(results) : asTable(results));

function resultOf(row: Row): Result {
  const { name, unit, inFlight } = row;
  const echo = rawEcho.find((candidate) => candidate.unit === unit);
  const echoes = echo === undefined ? [] : figuresOf(echo);
  // Round by round: what slows the machine down for a while slows both.
  const ratios = figuresOf(row).map((figure, round) => figure / (echoes[round] ?? Number.NaN));
  return { name, unit, inFlight, figure: median(figuresOf(row)), ratio: median(ratios) };
}

function figuresOf(row: Row): readonly number[] {
  return figures.get(row) ?? [];
}
