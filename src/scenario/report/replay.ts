import { formatAddress } from "../../protocol/address.ts";
import { shellWord } from "../foreign/implementation.ts";
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
  return `udpchat test ${shellWord(scenario.place.file)} --net ${net} --seed ${seed}${where} --grep ${shellWord(pattern)}`;
}
