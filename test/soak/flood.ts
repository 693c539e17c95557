/** `npm run flood -- [datagrams] [seed]`: floods a server with hostile datagrams, and says how it is afterwards. */
import { flood } from "./hostile-datagrams.ts";

const [datagrams = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
const report = await flood({ datagrams, seed });
console.log(
  `seed ${seed}: ${report.datagrams} datagrams sent, ${report.received} seen, ${report.known} nicknames known, ` +
    `heap ${(report.heapGrowthBytes / 1e6).toFixed(1)} MB more, ${report.faults.length} faults, ` +
    `${report.answers.length > 0 ? "still serving" : "silent"}`,
);
process.exitCode = report.faults.length === 0 && report.answers.length > 0 ? 0 : 1;
