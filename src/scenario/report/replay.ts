import type { ScenarioResult } from "../run/result.ts";

/** The command that runs this one scenario again, for a POSIX shell. In simulation it gives the same run. */
export function replayCommand({
  scenario,
  net,
  seed,
}: Pick<ScenarioResult, "scenario" | "net" | "seed">): string {
  const pattern = `^${scenario.name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\p{Cc}/gu, ".")}$`;
  return `udpchat test ${quoted(scenario.place.file)} --net ${net} --seed ${seed} --grep ${quoted(pattern)}`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
