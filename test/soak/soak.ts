/**
 * `npm run soak -- --seeds A..B`: random worlds in simulation, with v1 and v2 clients, under loss, delay, copies, reordering,
 * damage, partitions, crashes of clients and server, and clocks that jump. At the end of each the standing invariants must hold.
 *
 * Exit codes: 0 none was broken, 1 some were, 3 wrong usage, 130 interrupted.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { generate } from "./worlds/generate.ts";
import { isBroken, Progress, violationText } from "./worlds/progress.ts";
import { onlyActions, reportOn, type SeedReport } from "./worlds/report.ts";
import { sweep } from "./worlds/sweep.ts";
import { totalsOf, totalsText } from "./worlds/totals.ts";

const USAGE = `usage: npm run soak -- [--seeds A..B] [--threads N] [--only IDS] [--datagrams] [--json]
  --seeds A..B   which worlds; one number for one world (default 1..200)
  --only IDS     of one world only these actions, e.g. 0,3,7
  --datagrams    tell of every datagram in the story of a violation
  --threads N    default: as many as there are cores
  --json         one JSON document for programs`;

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly only: readonly number[] | undefined;
  readonly threads: number;
  readonly datagrams: boolean;
  readonly json: boolean;
}

try {
  process.exitCode = await main(wanted());
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`error: ${error.message}\n\n${USAGE}`);
  process.exitCode = 3;
}

async function main({ from, to, only, threads, datagrams, json }: Wanted): Promise<number> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const beganMs = performance.now();
  const reports: SeedReport[] = [];
  const progress = new Progress(to - from + 1, json);
  const onReport = (report: SeedReport): void => {
    reports.push(report);
    progress.update(reports, beganMs);
    if (report.breaches.length > 0 && !json) progress.say(violationText(report));
  };
  if (only === undefined) {
    await sweep({ from, to, threads, datagrams, signal: interrupted.signal, onReport });
  } else {
    onReport(await reportOn(onlyActions(generate(from), only), { explain: true, datagrams }));
  }
  progress.end();

  const totals = totalsOf(reports);
  const elapsedS = (performance.now() - beganMs) / 1_000;
  if (json)
    console.log(JSON.stringify({ ...totals, elapsedS, reports: reports.filter(isBroken) }, undefined, 2));
  else console.log(`${totalsText(totals)}\nin ${elapsedS.toFixed(1)} s`);
  if (interrupted.signal.aborted) return 130;
  return totals.violations.length === 0 ? 0 : 1;
}

/** @throws {TypeError} on wrong usage. */
function wanted(): Wanted {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1..200" },
      only: { type: "string" },
      threads: { type: "string", default: String(availableParallelism()) },
      datagrams: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const range = /^(\d+)(?:\.\.(\d+))?$/.exec(values.seeds);
  if (range === null) throw new TypeError(`--seeds takes A..B or one number, not "${values.seeds}"`);
  const from = Number(range[1]);
  const to = Number(range[2] ?? range[1]);
  if (to < from) throw new TypeError(`--seeds ${values.seeds} is empty: the first number is the smaller one`);
  const threads = Number(values.threads);
  if (!Number.isInteger(threads) || threads < 1)
    throw new TypeError(`--threads takes a number from 1, not "${values.threads}"`);
  const only = values.only?.split(",").map(Number);
  if (only?.some((id) => !Number.isInteger(id)) === true)
    throw new TypeError(`--only takes numbers like 0,3,7, not "${values.only}"`);
  if (only !== undefined && from !== to) throw new TypeError("--only goes with one seed: --seeds N");
  return { from, to, only, threads, datagrams: values.datagrams, json: values.json };
}
