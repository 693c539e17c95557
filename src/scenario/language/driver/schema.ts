/** What stands in a driver file. */
import { z } from "zod";
import { complain } from "../grammar/annotations.ts";
import { duration } from "../grammar/quantities.ts";
import { anyText, flag } from "../grammar/scalars.ts";
import { suggestion } from "../suggest.ts";
import { commandVariables, lineVariables, patternVariables, type Showing, showings } from "./model.ts";
import { compilePattern } from "./patterns.ts";

/** The version of driver files that this program reads. */
const DRIVER_VERSION = 1;

/** How a driver file begins. */
export const DRIVER_BEGINNING = `driver: ${DRIVER_VERSION}`;

const text = z.string().min(1).describe("a text");
const REFERENCE = /\$\{([^{}]*)\}/g;

function template(variables: readonly string[], what: string) {
  return z
    .string()
    .min(1)
    .describe(what)
    .superRefine((given, context) => {
      for (const [, name = ""] of given.matchAll(REFERENCE)) {
        if (variables.includes(name)) continue;
        const hint = suggestion(name, variables);
        complain(context, {
          code: "UNKNOWN_VARIABLE",
          message: `there is no variable \`${name}\` here`,
          ...(hint === undefined ? {} : { hint }),
        });
      }
    });
}

const argument = template(commandVariables, "a text");
const command = z.array(argument).min(1).describe("a list such as `[python3, UdpChat.py]`");
const commandArguments = z.array(argument).describe('a list such as `[-s, "${port}"]`');

function pattern(showing: Showing) {
  return template(patternVariables, "a regular expression").superRefine((given, context) => {
    const groups = GROUPS[showing];
    const missing = groups.filter((group) => !given.includes(`(?<${group}>`));
    if (missing.length > 0) {
      const message = `\`${showing}\` needs the group ${missing.map((group) => `\`(?<${group}>…)\``).join(" and ")}`;
      complain(context, { code: "BAD_PATTERN", message });
    }
    const reason = compilePattern(given, { nicks: ["x"], match: "loose" });
    if (reason instanceof RegExp) return;
    complain(context, {
      code: "BAD_PATTERN",
      message: `this regular expression does not compile: ${reason}`,
    });
  });
}

const GROUPS: Readonly<Record<Showing, readonly string[]>> = {
  savedMessage: ["from", "text"],
  message: ["from", "text"],
  refused: [],
  registered: [],
  mail: [],
  table: [],
  unacknowledged: [],
  saved: [],
  delivered: [],
  exists: [],
  deregistered: [],
  silent: [],
  exiting: [],
};

function patterns(showing: Showing) {
  const one = pattern(showing);
  return z
    .union([one, z.array(one)])
    .describe("a regular expression, or a list of them")
    .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
    .exactOptional();
}

const shows = z
  .strictObject(
    Object.fromEntries(showings.map((showing) => [showing, patterns(showing)])) as Record<
      Showing,
      ReturnType<typeof patterns>
    >,
  )
  .describe("a map such as `{table: client table updated}`");

const line = template(lineVariables, "a line such as `reg ${nick}`").exactOptional();

const profile = z
  .strictObject({
    registersAtStart: z
      .union([flag, z.enum(["detect"])])
      .describe("`true`, `false` or `detect`")
      .exactOptional(),
    secondClient: z
      .enum(["refused", "takesOver", "ignored", "detect"])
      .describe("`refused`, `takesOver`, `ignored` or `detect`")
      .exactOptional(),
    vanishedReturns: z
      .union([flag, z.enum(["detect"])])
      .describe("`true`, `false` or `detect`")
      .exactOptional(),
    exitsWhenSilent: flag.exactOptional(),
    encoding: z.enum(["utf-8", "latin1", "ascii"]).describe("`utf-8`, `latin1` or `ascii`").exactOptional(),
  })
  .describe("a map such as `{secondClient: refused}`");

export const driverSchema = z
  .strictObject({
    driver: z
      .number()
      .describe(`the version of driver files, \`${DRIVER_VERSION}\``)
      .superRefine((version, context) => {
        if (version === DRIVER_VERSION) return;
        complain(context, {
          code: "UNKNOWN_VERSION",
          message: `version ${version} of driver files is not known here`,
          hint: `write \`${DRIVER_BEGINNING}\``,
        });
      }),
    /** Default: the file's. */
    name: text.exactOptional(),
    /** What it does not say is said there. Default: the generic driver. */
    extends: text.describe("the path of a driver file").exactOptional(),
    command: command.exactOptional(),
    cwd: text.describe("a folder's path").exactOptional(),
    env: z.record(z.string(), anyText).describe("a map such as `{LANG: C}`").exactOptional(),
    terminal: flag.exactOptional(),
    server: z
      .strictObject({
        command: command.exactOptional(),
        arguments: commandArguments.exactOptional(),
        ready: pattern("table").exactOptional(),
      })
      .describe('a map such as `{arguments: [-s, "${port}"]}`')
      .exactOptional(),
    client: z
      .strictObject({
        command: command.exactOptional(),
        arguments: commandArguments.exactOptional(),
        startup: duration.exactOptional(),
      })
      .describe('a map such as `{arguments: [-c, "${nick}", "${host}", "${serverPort}", "${port}"]}`')
      .exactOptional(),
    prompt: text.exactOptional(),
    match: z.enum(["loose", "exact"]).describe("`loose` or `exact`").exactOptional(),
    type: z
      .strictObject({ register: line, deregister: line, send: line, leave: line })
      .describe("a map such as `{register: 'reg ${nick}'}`")
      .exactOptional(),
    shows: shows.exactOptional(),
    profile: profile.exactOptional(),
  })
  .describe(`a map that begins with \`${DRIVER_BEGINNING}\``);

export type DriverFile = z.output<typeof driverSchema>;
