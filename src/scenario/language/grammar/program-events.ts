/** Events of programs that are played by their command line and their screen. */
import { z } from "zod";
import { showings } from "../driver/model.ts";
import type { ProgramPattern } from "../patterns.ts";
import { fieldsOf } from "./annotations.ts";
import { comparisonWith } from "./comparisons.ts";
import { anyText } from "./scalars.ts";

const text = comparisonWith(anyText, "a text, or one operator such as `{contains: Usage}`", "text");

const line = fieldsOf({ text: text.exactOptional() }, { text: "What it says, without prompt and colours." });

const what = z.enum(showings).describe(`one of ${showings.map((name) => `\`${name}\``).join(", ")}`);

const whatDocs = {
  what: "What the line means: what its driver takes it for.",
  to: "Whom it concerns, where it says that: the recipient of a message.",
};

const shown = z
  .union([what, fieldsOf({ what, to: text.exactOptional() }, whatDocs)])
  .describe("what a line means, such as `registered`, or a map such as `{what: delivered, to: bob}`")
  .transform((given) => (typeof given === "string" ? { what: given } : given));

const exit = fieldsOf(
  {
    code: comparisonWith(
      z.number().describe("a number"),
      "a number, or one operator such as `{not: 0}`",
      "number",
    ).exactOptional(),
    signal: text.exactOptional(),
  },
  {
    code: "Its exit code; there is none when a signal ended it.",
    signal: "The signal that ended it, such as `SIGSEGV`.",
  },
);

export const programEventShape = {
  line: line.describe("a map such as `{text: {contains: Usage}}`").exactOptional(),
  shown: shown.exactOptional(),
  exit: exit.describe("a map such as `{code: 0}`").exactOptional(),
  datagram: fieldsOf({}, {}).describe("`{}`").exactOptional(),
};

export const programEventDocs = {
  line: "A line on the screen of a client that is a program (`process`). `{}` is any.",
  shown: "A line on the screen of a program that means this, as its driver takes it.",
  exit: "The end of a program. `{}` is any.",
  datagram: "A datagram of a program's that reached a server that is silent.",
};

export const programEventNames = ["line", "shown", "exit", "datagram"] as const;

export interface ProgramEventFields {
  readonly line?: z.output<typeof line>;
  readonly shown?: z.output<typeof shown>;
  readonly exit?: z.output<typeof exit>;
  readonly datagram?: object;
}

/** `undefined` when no such event stands among the fields. */
export function toProgramPattern({
  line,
  shown,
  exit,
  datagram,
}: ProgramEventFields): ProgramPattern | undefined {
  if (line !== undefined) return { kind: "line", ...line };
  if (shown !== undefined) return { kind: "shown", ...shown };
  if (exit !== undefined) return { kind: "exit", ...exit };
  return datagram === undefined ? undefined : { kind: "datagram" };
}
