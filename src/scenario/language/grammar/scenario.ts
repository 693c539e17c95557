/** The top-level keys of a scenario file. Steps are read one by one, see `verbs.ts`. */
import { z } from "zod";
import type { INVARIANTS } from "../model.ts";
import type { Facts } from "../patterns.ts";
import { complain, fieldsOf, planned } from "./annotations.ts";
import { facts } from "./checks.ts";
import { comparisonWith } from "./comparisons.ts";
import { newVariable } from "./names.ts";
import { network } from "./network.ts";
import { bots, clients, server } from "./participants.ts";
import { duration } from "./quantities.ts";
import { anyText, flag, scalar } from "./scalars.ts";
import { steps } from "./step-lists.ts";

/** The version of the language that this program reads. */
const LANGUAGE_VERSION = 1;

/** How a scenario file begins. */
export const SCENARIO_BEGINNING = `scenario: ${LANGUAGE_VERSION}`;

const TIMEOUT_MS = 60_000;

const text = z.string().min(1).describe("a text");
const textOrTexts = z
  .union([text, z.array(text)])
  .describe("a text, or a list of texts")
  .transform((given) => (typeof given === "string" ? [given] : given));

const exemptionShape = {
  when: facts.exactOptional(),
  reason: text.exactOptional(),
  issue: text.exactOptional(),
};

const exemptionDocs = {
  when: "Only where these facts agree, such as `{net: real}`; variables of the scenario are facts too. Default: always.",
  reason: "Why.",
  issue: "Where that is discussed.",
};

/** `true`, the reason, or a map. */
function exemption(example: string) {
  return z
    .union([flag, text, fieldsOf(exemptionShape, exemptionDocs)])
    .describe(`\`true\`, a reason, or a map such as \`${example}\``)
    .transform((given): ExemptionFields | undefined => {
      if (given === false) return undefined;
      if (given === true) return { when: new Map(), reason: undefined, issue: undefined };
      if (typeof given === "string") return { when: new Map(), reason: given, issue: undefined };
      return { when: given.when ?? new Map(), reason: given.reason, issue: given.issue };
    });
}

export interface ExemptionFields {
  readonly when: Facts;
  readonly reason: string | undefined;
  readonly issue: string | undefined;
}

const off = fieldsOf({ off: text }, { off: "Why it is not held against this scenario." }).describe(
  "a map such as `{off: why it does not hold here}`",
);

const invariants = fieldsOf(
  {
    arrival: off.exactOptional(),
    once: off.exactOptional(),
    order: off.exactOptional(),
    silence: off.exactOptional(),
  } satisfies Record<(typeof INVARIANTS)[number], unknown>,
  {
    arrival: "What was reported delivered or saved reaches its recipient, at the latest when he is back.",
    once: "A message reaches its recipient once for each time it is sent.",
    order: "The messages of one sender come in the order in which they were sent.",
    silence: "Nothing reaches a client that has deregistered.",
  },
).describe("a map such as `{order: {off: why}}`");

const requires = fieldsOf(
  {
    net: z.enum(["real", "sim"]).describe("`real` or `sim`").exactOptional(),
    platform: comparisonWith(anyText, "a platform such as `linux`", "text").exactOptional(),
    command: textOrTexts.exactOptional(),
    env: textOrTexts.exactOptional(),
  },
  {
    net: "The network that it needs: `real` or `sim`.",
    platform: "The operating system that it needs, as Node.js calls it: `linux`, `darwin`.",
    command: "Programs that must be found in `PATH`.",
    env: "Environment variables that must be set.",
  },
).describe("a map such as `{net: sim}`");

export const scenarioSchema = fieldsOf(
  {
    scenario: z
      .number()
      .describe(`the version of the language, \`${LANGUAGE_VERSION}\``)
      .superRefine((version, context) => {
        if (version === LANGUAGE_VERSION) return;
        const message = `version ${version} of the language is not known here`;
        complain(context, {
          code: "UNKNOWN_VERSION",
          message,
          hint: `write \`${SCENARIO_BEGINNING}\``,
        });
      }),
    name: text.exactOptional(),
    spec: textOrTexts.default([]),
    tags: z.array(text).describe("a list such as `[offline, chaos]`").default([]),
    timeout: duration.default(TIMEOUT_MS),
    vars: z.record(newVariable, scalar).describe("a map such as `{text: hello}`").exactOptional(),
    matrix: z
      .record(newVariable, z.array(scalar).min(1).describe("a list of values"))
      .describe("a map such as `{text: [hello, hi]}`")
      .exactOptional(),
    net: network.exactOptional(),
    server: server.default({ persist: false }),
    clients: clients.default({}),
    bots: bots.default({}),
    requires: requires.exactOptional(),
    skip: exemption("{when: {net: real}, reason: why}").exactOptional(),
    expectFail: exemption("{when: {net: real}, reason: why, issue: where}").exactOptional(),
    setup: steps.exactOptional(),
    steps,
    finally: steps.exactOptional(),
    leftovers: z.enum(["fail", "allow"]).describe("`fail` or `allow`").default("fail"),
    invariants: invariants.exactOptional(),
  },
  {
    scenario: "The version of the language: 1.",
    name: "What the scenario is called, in which variables of `vars` and `matrix` can stand. Default: the file's name.",
    spec: "What it checks: sections of a specification, addresses of documents.",
    tags: "Words by which scenarios are selected, with `--tag`.",
    timeout: "How long `setup` and `steps` may take together. Default 60s.",
    vars: "Variables: `${name}` stands for their values, here and in steps. When the file is called, they are its parameters; one without a value must be given then.",
    matrix: "Variables with several values each: the scenario runs once for each combination.",
    net: "What the network is like from the start.",
    server:
      "The server. Default: one of ours is started on a free port. `none`: there is none, and nobody has its port; `silent`: " +
      "something has its port, and hears, and answers nothing.",
    clients: "Who takes part, by nickname: `{alice: {}, bob: {}}`.",
    bots: "Bots that take part, by name. They are started after the server, each in its sandbox.",
    requires: "What must be there, or else the scenario is skipped.",
    skip: "The scenario is not run, and the report says why.",
    expectFail: "The scenario is expected to fail: it passes when it does, and fails when it does not.",
    setup: "Steps before the steps.",
    steps: "What happens, step by step.",
    finally:
      "Steps after the steps, performed whatever happened: a failure, the end of time, Ctrl+C. All of them are, even when one fails.",
    leftovers: "Whether messages that no step expects fail the scenario. Default `fail`.",
    invariants: "What holds in every run, unless it is switched off here with a reason.",
  },
)
  .register(planned, { words: ["load", "thresholds"] })
  .describe(`a map that begins with \`${SCENARIO_BEGINNING}\``);
