import type { Finding, Interview } from "./interview.ts";

/** Lines of a program that stand beside what was not understood. */
const LINES_MAX = 8;

/** The text of a driver file: what was found out, and as comments what was not understood. */
export function driverText(
  {
    name,
    command,
    cwd,
  }: { readonly name: string; readonly command: readonly string[]; readonly cwd: string | undefined },
  { profile, findings }: Interview,
): string {
  const missing = findings.filter(({ understood }) => !understood);
  return [
    `# How to play ${comment(command.join(" "))}: a first driver, by \`udpchat driver new\`. What it leaves out is as the`,
    "# generic driver has it.",
    "driver: 1",
    `name: ${scalar(name)}`,
    `command: [${command.map(scalar).join(", ")}]`,
    ...(cwd === undefined ? [] : [`cwd: ${scalar(cwd)}`]),
    "",
    "# Found out by trying.",
    "profile:",
    `  registersAtStart: ${profile.registersAtStart}`,
    `  secondClient: ${profile.secondClient}`,
    `  vanishedReturns: ${profile.vanishedReturns}`,
    `  exitsWhenSilent: ${profile.exitsWhenSilent}`,
    `  encoding: ${profile.encoding}`,
    "",
    ...(missing.length === 0 ? [ALL_UNDERSTOOD] : [...NOT_UNDERSTOOD, ...missing.flatMap(hintAt)]),
    "",
  ].join("\n");
}

const ALL_UNDERSTOOD = "# Everything that it showed was understood.";

const NOT_UNDERSTOOD = [
  "# Not everything that it showed was understood. Is there a line that says it, write a regular expression for it;",
  "# else it does not show that at all, and the conformance suite will say so.",
  "# shows:",
];

function hintAt({ showing, after, lines }: Finding): readonly string[] {
  const shown = lines.slice(-LINES_MAX);
  return [
    `#   ${showing}: '...'`,
    `#     after ${comment(after)} it showed ${shown.length === 0 ? "nothing" : "only"}`,
    ...shown.map((line) => `#       ${comment(line)}`),
  ];
}

/** On one line, without what a terminal or YAML would obey. */
function comment(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}

/** Plain where YAML takes it as it is, else in double quotes, which are JSON's. */
function scalar(text: string): string {
  return /^[A-Za-z./][\w./+-]*$/.test(text) && !/^(?:true|false|null|yes|no)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
