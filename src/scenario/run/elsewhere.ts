import type { Address } from "../../protocol/address.ts";
import type { Scenario } from "../language/model.ts";
import { everyStepOf } from "../language/walk-steps.ts";

/**
 * The scenario on a server that runs elsewhere, in the place of its own. What needs a server of its own (to
 * start, end or replace it) is skipped, with the reason.
 */
export function onServer(scenario: Scenario, { host, port }: Address): Scenario {
  const { server, place } = scenario;
  const reason = whyNot(scenario);
  if (reason !== undefined) {
    return { ...scenario, skip: { place, when: new Map(), reason, issue: undefined } };
  }
  return {
    ...scenario,
    server: { kind: "external", place: server?.place ?? place, host, port, fromCaller: true },
  };
}

function whyNot(scenario: Scenario): string | undefined {
  const told = everyStepOf(scenario).find(({ verb }) => verb === "server");
  if (told !== undefined)
    return `it does something to its server (line ${told.place.line}), and this one is not ours`;
  if (scenario.server?.kind === "silent") return "it needs a server that does not answer";
  return undefined;
}
