/** What a scenario says of its own run: that it is to be skipped, or that it is expected to fail. */
import { findInPath, isProgram } from "../../host/find-in-path.ts";
import { hasPrograms } from "../foreign/under-test.ts";
import type { Exemption, Scenario } from "../language/model.ts";
import { disagreeing, factsOf } from "./facts.ts";
import type { Failure, NetKind } from "./result.ts";
import { describeComparison } from "./wording.ts";

/** Why a scenario is not run on this network and machine; `undefined` when it is. */
export function reasonToSkip(scenario: Scenario, net: NetKind): string | undefined {
  const { skip, requires, server } = scenario;
  if (skip !== undefined && holds(skip, scenario, net)) return skip.reason ?? "it says `skip`";
  const [unmet] = disagreeing(requires.facts, new Map(), factsOf(net, scenario));
  if (unmet !== undefined) {
    const asked = requires.facts.get(unmet.name);
    return `it requires ${unmet.name} ${asked === undefined ? "" : describeComparison(asked)}, and this is ${unmet.is}`;
  }
  const command = requires.commands.find((name) => !isThere(name));
  if (command !== undefined) return `it requires the program ${command}, which is not in PATH`;
  const variable = requires.env.find((name) => !process.env[name]);
  if (variable !== undefined) return `it requires the environment variable ${variable}, which is not set`;
  if (net === "sim" && hasPrograms(scenario)) {
    return "programs of somebody else's run in real time, and this is a simulation";
  }
  if (server?.kind === "external" && net === "sim") {
    return "its server is on the real network, and this is a simulation";
  }
  return undefined;
}

/** What its failures amount to, if it was expected to fail. */
export interface Verdict {
  readonly failures: readonly Failure[];
  /** What a report says beside the outcome. */
  readonly note: string | undefined;
}

/**
 * Of a scenario that is expected to fail the failures are what was expected, and none is a failure. What the machine or a
 * defect of ours did is never expected.
 */
export function judge(scenario: Scenario, net: NetKind, failures: readonly Failure[]): Verdict {
  const { expectFail } = scenario;
  if (expectFail === undefined || !holds(expectFail, scenario, net)) return { failures, note: undefined };
  const why = [expectFail.reason, expectFail.issue].filter((part) => part !== undefined).join(", ");
  if (failures.length > 0) {
    const isOther = failures.some(({ kind }) => kind === "environment" || kind === "internal");
    return isOther
      ? { failures, note: undefined }
      : { failures: [], note: `failed as expected${why && `: ${why}`}` };
  }
  const failure: Failure = {
    kind: "unexpected-pass",
    place: expectFail.place,
    step: "expectFail",
    expected: `the scenario fails${why && `: ${why}`}`,
    found: ["it passed", "if that is mended, remove `expectFail`"],
    ledgers: [],
  };
  return { failures: [failure], note: undefined };
}

function holds({ when }: Exemption, scenario: Scenario, net: NetKind): boolean {
  return disagreeing(when, scenario.values, factsOf(net, scenario)).length === 0;
}

function isThere(command: string): boolean {
  return command.includes("/") ? isProgram(command) : findInPath(command) !== undefined;
}
