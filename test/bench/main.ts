/**
 * `npm run bench`: what a message, a registration and a saved message cost, each as a figure and in raw UDP echoes
 * measured in the same run. Figures vary from machine to machine; the ratios are what to compare. This process is the one
 * end of everything, another one (`other-end.ts`) the other. `--json` prints for programs;
 * `--crowd` measures a server with 100, 1,000 and 10,000 clients instead, `--fifty` a host with fifty bots.
 */
import { parseArgs } from "node:util";
import { botRows, botStartRow, oneOfFiftyRow } from "./bots.ts";
import { messageRow, messagesRow, registerRow, saveRow } from "./chat.ts";
import { type CrowdFigures, crowd } from "./crowd.ts";
import { endpointEchoRows, rawEchoRows } from "./echo.ts";
import { fifty } from "./fifty.ts";
import { median, type Row } from "./measure.ts";
import { OtherEnd } from "./remote.ts";
import {
  asJson,
  asTable,
  crowdAsJson,
  crowdAsTable,
  fiftyAsJson,
  fiftyAsText,
  type Result,
} from "./report.ts";
import { savesRow } from "./saves.ts";

/** Every round takes each row once, so that a change in the machine's mood meets them all alike. */
const ROUNDS = 9;

const CROWDS = [100, 1_000, 10_000] as const;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    crowd: { type: "boolean", default: false },
    fifty: { type: "boolean", default: false },
  },
});
if (values.crowd) {
  const figures: CrowdFigures[] = [];
  for (const clients of CROWDS) figures.push(await crowd(clients));
  console.log(values.json ? crowdAsJson(figures) : crowdAsTable(figures));
  process.exit();
}
if (values.fifty) {
  const figures = await fifty();
  console.log(values.json ? fiftyAsJson(figures) : fiftyAsText(figures));
  process.exit();
}

const results = [
  ...(await measured(async (other, cleanUp) => [
    ...(await endpointEchoRows(other, cleanUp)),
    await messageRow(other, cleanUp),
    await messagesRow(other, cleanUp),
    await registerRow(other, cleanUp),
    await saveRow(other, cleanUp, "memory"),
    await saveRow(other, cleanUp, "disk"),
    await savesRow(other, cleanUp),
  ])),
  // By itself, and fifty by themselves: so many processes beside it slow even the echo down.
  ...(await measured(async (other, cleanUp) => [
    ...(await botRows(other, cleanUp)),
    await botStartRow(cleanUp),
  ])),
  ...(await measured(async (other, cleanUp) => [await oneOfFiftyRow(other, cleanUp)])),
];
if (process.stderr.isTTY) process.stderr.write("\n");
console.log(values.json ? asJson(results) : asTable(results));
process.exit();

/** Rows against an echo of their own, measured beside them. */
async function measured(
  open: (other: OtherEnd, cleanUp: AsyncDisposableStack) => Promise<readonly Row[]>,
): Promise<readonly Result[]> {
  await using other = OtherEnd.start();
  await using cleanUp = new AsyncDisposableStack();
  const rawEcho = await rawEchoRows(other, cleanUp);
  const rows = [...rawEcho, ...(await open(other, cleanUp))];
  for (const row of rows) await row.measure();
  const figures = new Map<Row, number[]>(rows.map((row) => [row, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [row, taken] of figures) taken.push(await row.measure());
    if (process.stderr.isTTY) process.stderr.write(`\r${rows.length} rows, round ${round} of ${ROUNDS}  `);
  }
  return rows.map((row) => {
    const taken = figures.get(row) ?? [];
    const echo = rawEcho.find(({ unit }) => unit === row.unit);
    const echoes = (echo && figures.get(echo)) ?? [];
    return resultOf(row, taken, echoes);
  });
}

function resultOf(
  { name, tells, unit, inFlight, target }: Row,
  figures: readonly number[],
  echoes: readonly number[],
): Result {
  // Round by round: what slows the machine down for a while slows both.
  const pairs = figures.map((figure, round) => [figure, echoes[round] ?? Number.NaN] as const);
  const ratio = median(pairs.map(([figure, echo]) => figure / echo));
  const above = median(pairs.map(([figure, echo]) => figure - echo));
  return { name, tells, unit, inFlight, target, figure: median(figures), ratio, above };
}
