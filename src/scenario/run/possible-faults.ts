import type { ExactFault, LinkFaults } from "../../net/faults.ts";
import { REORDER_HOLD_MS } from "../../net/faults.ts";
import type { Step } from "../language/actions.ts";
import type { Scenario } from "../language/model.ts";
import { everyStepOf } from "../language/walk-steps.ts";

/**
 * What the network may do to datagrams in a scenario, at any time of it and on any link. The v1 wire has neither ids nor
 * checksums, so some of it can make our programs break what they promise otherwise; the invariants excuse exactly that.
 */
export interface PossibleFaults {
  /** Something of v1 may be damaged. What speaks v2 takes damaged datagrams for lost: they have a checksum. */
  readonly corrupt: boolean;
  readonly reorder: boolean;
  readonly duplicate: boolean;
  /** By how much, in milliseconds, one datagram can be later than another that was sent at the same time. */
  readonly latenessMs: number;
}

export const NO_FAULTS: PossibleFaults = { corrupt: false, reorder: false, duplicate: false, latenessMs: 0 };

/** By the rules at the top of the file and in all its steps. */
export function possibleFaults(
  scenario: Pick<Scenario, "net" | "server" | "clients" | "setup" | "steps" | "finally">,
): PossibleFaults {
  const all = everyStepOf(scenario);
  const links = [...scenario.net.links, ...all.flatMap(linksOf)];
  const exact = all.flatMap((step) => (step.verb === "fault" ? [step.fault] : []));
  const has = (kind: ExactFault["kind"]) => exact.some((fault) => fault.kind === kind);
  const delayMs = Math.max(
    0,
    ...links.map((link) => link.delayMs?.max ?? 0),
    ...exact.map(({ byMs }) => byMs),
  );
  const reorder = links.some((link) => (link.reorder ?? 0) > 0);
  return {
    corrupt: mayHoldV1(scenario) && (links.some((link) => (link.corrupt ?? 0) > 0) || has("corrupt")),
    reorder: reorder || has("delay"),
    duplicate: links.some((link) => (link.duplicate ?? 0) > 0) || has("duplicate"),
    latenessMs: delayMs + (reorder ? REORDER_HOLD_MS.max : 0),
  };
}

/** Our own programs speak v2 with each other, unless they are told not to. */
function mayHoldV1({ server, clients }: Pick<Scenario, "server" | "clients">): boolean {
  if (server?.kind !== "native") return true;
  return [...clients.values()].some((client) => client.kind !== "native" || client.protocol === 1);
}

function linksOf(step: Step): readonly LinkFaults[] {
  return step.verb === "net" && step.change.kind === "faults" ? step.change.faults : [];
}
