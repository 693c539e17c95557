/** `npm run crash -- [rounds] [seed]`: kills a server again and again, and says what was lost. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crashRounds } from "./crash-rounds.ts";
import { roundsAndSeed } from "./rounds-and-seed.ts";

const { rounds, seed } = roundsAndSeed("crash", 1_000);
const folder = mkdtempSync(join(tmpdir(), "udpchat-crash-"));
const report = await crashRounds({
  rounds,
  seed,
  folder,
  onRound: (round, acknowledged) => {
    if (round % 50 === 0) console.log(`${round} rounds, ${acknowledged} messages acknowledged`);
  },
}).finally(() => rmSync(folder, { recursive: true }));
console.log(
  `seed ${seed}: ${report.rounds} rounds of kill -9, ${report.acknowledged} messages acknowledged, ` +
    `${report.shown} shown, ${report.kept} still kept, ${report.lost.length} lost, ${report.shownTwice.length} shown twice`,
);
if (report.lost.length > 0) console.log("lost:", report.lost.slice(0, 20).join(" "));
if (report.shownTwice.length > 0) console.log("twice:", report.shownTwice.slice(0, 20).join(" "));
process.exitCode = report.lost.length + report.shownTwice.length > 0 ? 1 : 0;
