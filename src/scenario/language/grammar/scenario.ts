/** The top-level keys of a scenario file. `steps` are read one by one, see `verbs.ts`. */
import { z } from "zod";
import { complain, planned } from "./annotations.ts";
import { castName, newNick } from "./names.ts";
import { network } from "./network.ts";
import { duration } from "./quantities.ts";

/** The version of the language that this program reads. */
const LANGUAGE_VERSION = 1;

const TIMEOUT_MS = 60_000;

/** A value of a variable. */
const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .describe("a text, a number, true or false");

const variableName = z.string().describe("a variable's name");

export const scenarioSchema = z
  .strictObject({
    scenario: z
      .number()
      .describe(`the version of the language, \`${LANGUAGE_VERSION}\``)
      .superRefine((version, context) => {
        if (version === LANGUAGE_VERSION) return;
        const message = `version ${version} of the language is not known here`;
        complain(context, {
          code: "UNKNOWN_VERSION",
          message,
          hint: `write \`scenario: ${LANGUAGE_VERSION}\``,
        });
      }),
    /** Default: the file's. */
    name: z.string().min(1).describe("a text").exactOptional(),
    tags: z
      .array(z.string().min(1).describe("a text"))
      .describe("a list such as `[offline, chaos]`")
      .default([]),
    timeout: duration.default(TIMEOUT_MS),
    vars: z.record(variableName, scalar).describe("a map such as `{text: hello}`").exactOptional(),
    matrix: z
      .record(variableName, z.array(scalar).min(1).describe("a list of values"))
      .describe("a map such as `{text: [hello, hi]}`")
      .exactOptional(),
    net: network.exactOptional(),
    server: z
      .union([
        z.enum(["none"]).describe("`none`"),
        z
          .strictObject({ persist: z.boolean().describe("`true` or `false`").default(false) })
          .register(planned, { words: ["address", "process"] }),
      ])
      .describe("a map such as `{persist: true}`, or `none`")
      .default({ persist: false }),
    clients: z
      .record(
        castName,
        z
          .strictObject({})
          .register(planned, { words: ["process"] })
          .describe("a map such as `{}`"),
      )
      .describe("a map such as `{alice: {}, bob: {}}`")
      .default({}),
    bots: z
      .record(
        castName,
        z
          .strictObject({
            script: z.string().min(1).describe("a file's path"),
            nick: newNick.exactOptional(),
          })
          .describe("a map such as `{script: ../bots/echo.ts}`"),
      )
      .describe("a map such as `{echo: {script: ../bots/echo.ts}}`")
      .default({}),
    steps: z.array(z.unknown()).min(1).describe("a list of steps"),
    leftovers: z.enum(["fail", "allow"]).describe("`fail` or `allow`").default("fail"),
  })
  .register(planned, {
    words: ["spec", "requires", "skip", "expectFail", "setup", "finally", "invariants", "load", "thresholds"],
  })
  .describe("a map that begins with `scenario: 1`");
