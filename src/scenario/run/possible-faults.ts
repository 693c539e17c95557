import type { LinkFaults } from "../../net/faults.ts";
import { REORDER_HOLD_MS } from "../../net/faults.ts";
import type { Scenario, Step } from "../language/model.ts";

/**
 * What the network may do to datagrams in a scenario, at any time of it and on any link. The v1 wire has neither ids nor
 * checksums, so some of it can make our programs break what they promise otherwise; the invariants excuse exactly that.
 */
export interface PossibleFaults {
  readonly corrupt: boolean;
  readonly reorder: boolean;
  readonly duplicate: boolean;
  /** By how much, in milliseconds, one datagram can be later than another that was sent at the same time. */
  readonly latenessMs: number;
}

export const NO_FAULTS: PossibleFaults = { corrupt: false, reorder: false, duplicate: false, latenessMs: 0 };

/** By the rules at the top of the file and in all its steps. */
export function possibleFaults({ net, steps }: Pick<Scenario, "net" | "steps">): PossibleFaults {
  const links = [...net.links, ...steps.flatMap(linksOf)];
  const delayMs = Math.max(0, ...links.map((link) => link.delayMs?.max ?? 0));
  const reorder = links.some((link) => (link.reorder ?? 0) > 0);
  return {
    corrupt: links.some((link) => (link.corrupt ?? 0) > 0),
    reorder,
    duplicate: links.some((link) => (link.duplicate ?? 0) > 0),
    latenessMs: delayMs + (reorder ? REORDER_HOLD_MS.max : 0),
  };
}

function linksOf(step: Step): readonly LinkFaults[] {
  if (step.verb === "parallel") return step.branches.flat().flatMap(linksOf);
  return step.verb === "net" && step.change.kind === "faults" ? step.change.faults : [];
}
