/**
 * Breaks an implementation in one way at a time, and says which clauses of the conformance suite notice. Ends with 1 when
 * another clause fails than should. Takes half a minute for each; arguments are the ways to break it, none: all.
 */
import { loadClauses } from "../../src/scenario/conformance/clauses.ts";
import { runConformance } from "../../src/scenario/conformance/run-conformance.ts";
import { implementationFrom } from "../../src/scenario/foreign/implementation.ts";
import { loadDriverFile } from "../../src/scenario/language/driver/load.ts";
import { FOREIGN } from "../support/screened.ts";

/** The clause that must fail, and no other. `undefined`: its profile may say so. */
const MUTANTS: Readonly<Record<string, string | undefined>> = {
  none: undefined,
  "no-retry": "retries",
  "mail-twice": "saved-once",
  "mail-again": "saved-once",
  "no-table": "table",
  "ascii-only": "other-scripts",
  "believes-in-everybody": "vanished",
  "content-is-control": "texts-like-protocol",
  "cuts-texts": "long-text",
  "dereg-anyone": "own-nickname-only",
  "dereg-ends": "deregisters",
  "dies-of-garbage": "hostile-datagrams",
  "falls-over-words": "wrong-commands",
  "hears-offline": "offline",
  "mail-loses-first": "saved-arrives",
  "mail-reversed": "saved-order",
  "mail-without-time": "saved-time",
  "no-receipt": "acknowledged",
  "saves-nothing": "saved-arrives",
  "says-nothing-of-silence": "no-server",
  "stays-in-silence": "no-server",
  "trips-over-arguments": "wrong-arguments",
};

const { driver } = loadDriverFile(`${FOREIGN}udpchat.yaml`);
if (driver === undefined) throw new Error("the driver has mistakes");
const asked = process.argv.slice(2);
let wrong = 0;
for (const broken of asked.length > 0 ? asked : Object.keys(MUTANTS)) {
  const env = { UDPCHAT_BREAK: broken };
  const implementation = implementationFrom({ ...driver, env }, []);
  const verdicts = await runConformance({
    underTest: { server: implementation, clients: [implementation] },
    clauses: loadClauses().clauses,
    lanes: 6,
    deadlineMs: 105_000,
    signal: new AbortController().signal,
    onVerdict: () => {},
  });
  const failed = verdicts.filter(({ status }) => status === "failed").map(({ clause }) => clause.id);
  const expected = MUTANTS[broken];
  const isRight = failed.join() === (expected ?? "");
  if (!isRight) wrong += 1;
  console.log(
    `${isRight ? "right" : "WRONG"}  ${broken.padEnd(24)} ${failed.join(", ") || "nothing"} failed`,
  );
}
process.exitCode = wrong === 0 ? 0 : 1;
