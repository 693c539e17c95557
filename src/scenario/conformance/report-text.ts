import { printable } from "../../client/interactive/printable.ts";
import { cells, padCells, wrapCells } from "../language/cells.ts";
import type { KnownProfile } from "../language/driver/model.ts";
import type { Paint } from "../paint.ts";
import type { LedgerView } from "../run/result.ts";
import { formatMs } from "../run/wording.ts";
import { levels } from "./clauses.ts";
import {
  type ConformanceResult,
  percent,
  type Score,
  STATUS_WORDS,
  type Status,
  scores,
  type Verdict,
} from "./verdict.ts";

const MARKS: Readonly<Record<Status, readonly [Parameters<Paint>[0], string]>> = {
  passed: ["green", "✓"],
  failed: ["red", "✗"],
  "by-profile": ["cyan", "~"],
  "not-applicable": ["dim", "-"],
};

const LEVEL_TITLES = { exercise: "The exercise", robustness: "Robustness" } as const;

/** Longer lines are hard to read. */
const WORDS_COLUMNS = 100;

/** Columns up to which the verdicts of a table are moved to the right. */
const TITLE_COLUMNS_MAX = 60;

/** The table of clauses, every failure with what was typed, what came and what was expected, and the score. */
export function conformanceText(result: ConformanceResult, paint: Paint): string {
  const { verdicts, elapsedMs, interrupted } = result;
  const failed = verdicts.filter(({ status }) => status === "failed");
  return [
    ...aboutCandidates(result).map((line) => paint("dim", line)),
    ...levels.flatMap((level) => {
      const own = verdicts.filter(({ clause }) => clause.level === level);
      return own.length === 0
        ? []
        : ["", paint("bold", LEVEL_TITLES[level]), ...own.map((verdict) => row(verdict, verdicts, paint))];
    }),
    ...failed.flatMap((verdict, index) => ["", ...failureLines(verdict, index + 1, paint)]),
    "",
    ...scoreLines(verdicts, paint),
    paint("dim", `in ${formatMs(elapsedMs)}${interrupted ? ", interrupted" : ""}`),
    "",
  ].join("\n");
}

function aboutCandidates({ candidates }: ConformanceResult): readonly string[] {
  const roles = candidates.length === 1 ? [""] : ["server and clients: ", "clients: "];
  return candidates.flatMap(({ name, command, profile }, index) => [
    `${roles[index] ?? ""}${printable(name)}: ${printable(command)}`,
    `  ${profileWords(profile)}`,
  ]);
}

/** A profile in words. */
export function profileWords(profile: KnownProfile): string {
  const second = {
    refused: "a second client is refused",
    takesOver: "a second client takes over",
    ignored: "a second client is ignored",
  };
  return [
    profile.registersAtStart ? "registers by itself at start" : "registers with reg",
    second[profile.secondClient],
    `who crashed ${profile.vanishedReturns ? "may" : "may not"} return`,
    ...(profile.exitsWhenSilent ? [] : ["does not end without a server"]),
    ...(profile.encoding === "utf-8" ? [] : [profile.encoding]),
  ].join(", ");
}

function row({ clause, status, note }: Verdict, all: readonly Verdict[], paint: Paint): string {
  const [style, mark] = MARKS[status];
  const width = Math.min(TITLE_COLUMNS_MAX, Math.max(...all.map((verdict) => cells(verdict.clause.title))));
  const words = STATUS_WORDS[status] + (note === undefined ? "" : `: ${note}`);
  return `  ${paint(style, mark)} ${padCells(clause.title, width)}  ${paint(style, printable(words))}`;
}

function failureLines({ clause, failures }: Verdict, number: number, paint: Paint): readonly string[] {
  const [failure] = failures;
  const head = `${number}) ${clause.title} (${clause.id})`;
  if (failure === undefined) return [paint("red", head)];
  return [
    paint("red", head),
    ...wrapCells(clause.words, WORDS_COLUMNS).map((line) => `   ${paint("dim", line)}`),
    "",
    `   step      ${printable(failure.step)}`,
    `   expected  ${printable(failure.expected)}`,
    ...failure.found.map((line, index) => `   ${index === 0 ? "came    " : "        "}  ${printable(line)}`),
    ...failure.ledgers.flatMap((view) => ["", ...transcript(view, paint)]),
  ];
}

/** What was typed into a program and what it showed. */
function transcript({ client, lines, omitted }: LedgerView, paint: Paint): readonly string[] {
  return [
    `   ${paint("bold", client)}`,
    ...(omitted > 0 ? [`     ${paint("dim", `… ${omitted} before that`)}`] : []),
    ...lines.map(({ atMs, text, near }) => {
      const time = `${(atMs / 1_000).toFixed(2)}s`.padStart(8);
      return `   ${paint("dim", time)}  ${near ? paint("yellow", printable(text)) : printable(text)}`;
    }),
  ];
}

function scoreLines(verdicts: readonly Verdict[], paint: Paint): readonly string[] {
  const { all, ...byLevel } = scores(verdicts);
  const words = (score: Score) => `${score.good} of ${score.of}`;
  const left = verdicts.filter(({ status }) => status === "not-applicable").length;
  const parts = levels
    .filter((level) => byLevel[level].of > 0)
    .map((level) => `${level} ${words(byLevel[level])}`);
  const style = all.good === all.of && all.of > 0 ? "green" : "red";
  return [
    `${paint(style, `score ${words(all)} clauses, ${percent(all)} %`)} (${parts.join(", ")}${left === 0 ? "" : `; ${left} not applicable`})`,
  ];
}
