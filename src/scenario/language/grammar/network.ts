/** The network of a scenario: what it does to datagrams from the start, and what `net` changes on the way. */
import { z } from "zod";
import type { LinkFaults, NetChange } from "../../../net/faults.ts";
import type { NetSpec } from "../model.ts";
import { alternatives, checkOneOf, complain, fieldsOf } from "./annotations.ts";
import { endName, linkText, parseLink } from "./names.ts";
import { durationRange, percentage } from "./quantities.ts";

const faultsShape = {
  loss: percentage.exactOptional(),
  delay: durationRange.exactOptional(),
  duplicate: percentage.exactOptional(),
  reorder: percentage.exactOptional(),
  corrupt: percentage.exactOptional(),
};

const faultDocs = {
  loss: "The share of datagrams that vanish.",
  delay: "How long a datagram is under way, from one direction to the other; it alone never reorders.",
  duplicate: "The share of datagrams that arrive twice.",
  reorder: "The share of datagrams that are held back for 10 to 100 ms, so that later ones go past them.",
  corrupt:
    "The share of datagrams in which one byte is changed. Speakers of v2 take such a datagram for lost; v1 takes it as it comes.",
};

const faultNames = ["loss", "delay", "duplicate", "reorder", "corrupt"] as const;

const faults = fieldsOf(faultsShape, faultDocs).describe("a map such as `{loss: 20%, delay: 5ms..40ms}`");

/** Seeds are what the simulated network's generator takes: 32 bits. */
const SEED_MAX = 0xffff_ffff;

export const network = fieldsOf(
  {
    seed: z.int().min(0).max(SEED_MAX).describe(`a whole number from 0 to ${SEED_MAX}`).exactOptional(),
    links: z.record(linkText, faults).describe('a map such as `{"*": {loss: 20%}}`').exactOptional(),
  },
  {
    seed: "For all dice of the network, unless `--seed` gives another.",
    links:
      'What befalls datagrams, by link: `"alice->bob"`, `"alice--bob"` for both directions, `"*->server"`, `"*"` for all. ' +
      "Where several fit, the last one decides, field by field.",
  },
)
  .describe("a map such as `{seed: 7}`")
  .transform(({ seed, links = {} }): NetSpec => {
    const entries = Object.entries(links);
    return { seed, links: entries.flatMap(([link, fields]) => toLinkFaults(link, fields)) };
  });

const CHANGES = ["link", "partition", "heal"] as const;

export const netChange = fieldsOf(
  {
    link: linkText.exactOptional(),
    ...faultsShape,
    partition: z
      .array(z.array(endName).min(1).describe("a list of names"))
      .min(1)
      .describe("a list of groups such as `[[alice], [bob, server]]`")
      .exactOptional(),
    heal: z.literal(true).describe("`true`").exactOptional(),
  },
  {
    link: "The link that changes from now on; `loss`, `delay` and so on say how. What is not named stays as it is.",
    ...faultDocs,
    partition:
      "Only members of one group reach each other. Whoever is not named is in one more group with the others like him.",
    heal: "Ends the partition. Faults of links stay as they are.",
  },
)
  .superRefine(checkFaultsHaveLink)
  .register(alternatives, { keys: CHANGES })
  .transform(({ link, partition, heal: _, ...fields }): NetChange => {
    if (partition !== undefined) return { kind: "partition", groups: partition };
    return link === undefined ? { kind: "heal" } : { kind: "faults", faults: toLinkFaults(link, fields) };
  })
  .describe(
    'a map such as `{link: "*", loss: 20%}`, `{partition: [[alice], [bob, server]]}` or `{heal: true}`',
  );

const checkChange = checkOneOf("a change", CHANGES);

function checkFaultsHaveLink(fields: object, context: z.core.$RefinementCtx): void {
  const fault = faultNames.find((name) => name in fields);
  if (fault !== undefined && !("link" in fields)) {
    const hint = 'write `link: "*"` for every link';
    const message = `\`${fault}\` on which link?`;
    complain(context, { code: "MISSING", message, hint, path: [fault], atKey: true });
    return;
  }
  if (fault === undefined && "link" in fields) {
    const hint = `add one of ${faultNames.join(", ")}; \`loss: 0%\` ends a loss`;
    complain(context, {
      code: "MISSING",
      message: "what shall happen on this link?",
      hint,
      path: ["link"],
      atKey: true,
    });
    return;
  }
  checkChange(fields, context);
}

function toLinkFaults(link: string, { delay, ...rest }: z.output<typeof faults>): LinkFaults[] {
  return parseLink(link).map((one) => ({ link: one, ...rest, ...(delay && { delayMs: delay }) }));
}
