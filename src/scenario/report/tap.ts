import { formatPlace } from "../../host/source-place.ts";
import type { Failure, Reporter, ScenarioResult } from "../run/result.ts";
import { replayCommand } from "./replay.ts";
import { describeRuns, failedRuns, shortList } from "./runs.ts";

/** Reports as TAP version 14 (https://testanything.org/tap-version-14-specification.html), a line as soon as it is known. */
export function tapReporter(output: { write(text: string): unknown }): Reporter {
  let number = 0;
  const print = (...lines: readonly string[]) => output.write(`${lines.join("\n")}\n`);
  return (progress) => {
    if (progress.kind === "run-started") print("TAP version 14", `1..${progress.selected}`);
    if (progress.kind === "scenario-ended") {
      number += 1;
      print(...pointOf(number, progress.result));
    }
    if (progress.kind !== "run-ended") return;
    const { interrupted, bailed, scenarios, selected } = progress.result;
    if (interrupted) print("Bail out! interrupted");
    else if (bailed) print("Bail out! ended at the first failure, as asked");
    else if (scenarios.length < selected) print("Bail out! not all was run");
  };
}

function pointOf(number: number, result: ScenarioResult): string[] {
  const { scenario, outcome, failures, note } = result;
  const good = outcome === "passed" || outcome === "flaky" || outcome === "skipped";
  const directive = outcome === "skipped" ? ` # SKIP${note === undefined ? "" : ` ${escaped(note)}`}` : "";
  const description = `${scenario.place.file} › ${scenario.name}`;
  const line = `${good ? "ok" : "not ok"} ${number} - ${escaped(description)}${directive}`;
  const [failure] = failures;
  return [line, ...(failure === undefined ? [] : diagnosticsOf(result, failure))];
}

/** YAML within TAP. JSON's strings are YAML's, so nothing that a scenario says can end the block. */
function diagnosticsOf(result: ScenarioResult, failure: Failure): string[] {
  const { seed, net, outcome, failures, datagrams, traceFile } = result;
  const fields: Record<string, unknown> = {
    outcome,
    at: formatPlace(failure.place),
    step: failure.step,
    expected: failure.expected,
    found: failure.found,
    net,
    seed,
    ...(describeRuns(result) === "" ? {} : { failed: shortList(failedRuns(result)) }),
    ...(traceFile === undefined ? {} : { trace: traceFile }),
    replay: replayCommand(result),
    ...(failures.length > 1 && {
      more: failures.slice(1).map(({ place, expected }) => `${formatPlace(place)} ${expected}`),
    }),
    ledgers: failure.ledgers.map(({ client, lines }) => ({
      client,
      lines: lines.map(
        ({ atMs, text, unconsumed }) => `${unconsumed ? "● " : ""}${atMs.toFixed(0)}ms ${text}`,
      ),
    })),
    datagrams: datagrams.map(({ atMs, text }) => `${atMs.toFixed(0)}ms ${text}`),
  };
  return [
    "  ---",
    ...Object.entries(fields).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`),
    "  ...",
  ];
}

/** A `#` would begin a directive, and a line break a line of its own. */
function escaped(text: string): string {
  return text.replaceAll(/[\\#]/g, "\\$&").replaceAll(/[\p{Cc}\u2028\u2029]/gu, " ");
}
