import { formatAddress } from "../../protocol/address.ts";
import type { ScenarioResult } from "../run/result.ts";

/** The command that runs this one scenario again, for a POSIX shell. In simulation it gives the same run. */
export function replayCommand({
  scenario,
  net,
  seed,
}: Pick<ScenarioResult, "scenario" | "net" | "seed">): string {
  const pattern = `^${scenario.name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\p{Cc}/gu, ".")}$`;
  const { server } = scenario;
  const isElsewhere = server?.kind === "external" && server.fromCaller === true;
  const where = isElsewhere ? ` --server ${formatAddress(server)}` : "";
  return `udpchat test ${quoted(scenario.place.file)} --net ${net} --seed ${seed}${where} --grep ${quoted(pattern)}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
