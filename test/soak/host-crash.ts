/** `npm run crash:host -- [rounds] [seed]`: kills a bot host again and again, and says what was lost or done twice. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hostCrashRounds } from "./host-crash-rounds.ts";
import { roundsAndSeed } from "./rounds-and-seed.ts";

const { rounds, seed } = roundsAndSeed("crash:host", 200);
const folder = mkdtempSync(join(tmpdir(), "udpchat-host-crash-"));
const report = await hostCrashRounds({
  rounds,
  seed,
  folder,
  onRound: (round, acknowledged) => {
    if (round % 10 === 0) console.log(`${round} rounds, ${acknowledged} messages acknowledged`);
  },
}).finally(() => rmSync(folder, { recursive: true }));
const { unanswered, shownTwice, counted, answered, sum, expectedSum, waiting, deadLetters } = report;
console.log(
  `seed ${seed}: ${rounds} rounds of kill -9, ${report.acknowledged} messages acknowledged, ${answered} answered, ` +
    `${unanswered.length} answers missing, ${shownTwice.length} shown twice; the bot counted ${counted}, its sum is ` +
    `${sum} of ${expectedSum}; ${waiting} still wait, ${deadLetters} given up`,
);
if (unanswered.length > 0) console.log("missing:", unanswered.slice(0, 20).join(", "));
if (shownTwice.length > 0) console.log("twice:", shownTwice.slice(0, 20).join(", "));
const isRight = counted === answered && sum === expectedSum && waiting + deadLetters === 0;
process.exitCode = isRight && unanswered.length + shownTwice.length === 0 ? 0 : 1;
