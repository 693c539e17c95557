/** What a row on the screen of somebody's program means, by a driver. */
import type { Driver, Showing } from "../language/driver/model.ts";
import { showings } from "../language/driver/model.ts";
import { compilePattern, withoutFrontTime } from "../language/driver/patterns.ts";
import { EndlessMatch, timed } from "../timed-match.ts";

/** One thing that a row shows. */
export interface Shown {
  readonly what: Showing;
  /** The row, or the part of it that says so; what was typed is no longer in it. */
  readonly line: string;
  /** Of messages: from whom. */
  readonly from: string | undefined;
  /** Of what concerns a message of one's own: to whom. */
  readonly to: string | undefined;
  readonly text: string | undefined;
  /** Of saved messages: when they were sent, as it stands there. */
  readonly time: string | undefined;
}

/** A row in parts: a prompt ends one, and so does a bracket before another. */
export interface Part {
  readonly line: string;
  readonly shown: Shown | undefined;
}

export interface Interpreter {
  /** Parts without anything in them are left out. */
  interpret(row: string): readonly Part[];
}

/**
 * @param nicks Whose messages the screen can show: everybody's but its owner's.
 * @param onEndless Told when one of the driver's regular expressions has no end on a line, which then means nothing.
 */
export function interpreterFor(
  { prompt, match, shows }: Pick<Driver, "prompt" | "match" | "shows">,
  nicks: readonly string[],
  onEndless: (reason: EndlessMatch) => void = () => {},
): Interpreter {
  const patterns = showings.flatMap((what) =>
    shows[what].flatMap((source) => {
      const pattern = compilePattern(source, { nicks, match });
      return pattern instanceof RegExp ? [{ what, pattern }] : [];
    }),
  );
  const understand = (line: string): Shown | undefined => {
    try {
      return timed((exec) => search(line, exec));
    } catch (error) {
      if (!(error instanceof EndlessMatch)) throw error;
      onEndless(error);
      return undefined;
    }
  };
  const search = (line: string, exec: Exec): Shown | undefined => {
    const timeless = match === "loose" ? withoutFrontTime(line) : line;
    const loose = match === "loose" ? loosen(timeless) : line;
    for (const { what, pattern } of patterns) {
      const isMessage = what === "message" || what === "savedMessage";
      // The time in front of a saved message is its own.
      const [, groups] = firstMatch(pattern, isMessage ? [line, timeless] : [loose], exec) ?? [];
      if (groups === undefined) continue;
      const { from, to, text, time } = groups;
      const known = from === undefined ? undefined : (nicks.find((nick) => same(nick, from)) ?? from);
      return { what, line, from: known, to, text: text?.trim(), time };
    }
    return undefined;
  };
  return {
    interpret: (row) =>
      (match === "loose" ? row.replaceAll(UNSEEN, "") : row)
        .split(prompt)
        .flatMap((piece) => piece.split(/(?<=\D\])\s*(?=\[)/u))
        .map((piece) => piece.trim())
        .filter((piece) => piece !== "")
        .map((line) => ({ line, shown: understand(line) })),
  };
}

/** What has no width joins nothing and is seen by nobody: programs put it into texts that would else be words of their wire. */
const UNSEEN = /[\u{200B}\u{2060}\u{FEFF}]/gu;

type Exec = (pattern: RegExp, text: string) => RegExpExecArray | null;

function firstMatch(
  pattern: RegExp,
  lines: readonly string[],
  exec: Exec,
): readonly [string, Readonly<Record<string, string | undefined>>] | undefined {
  for (const line of lines) {
    const found = exec(pattern, line);
    if (found !== null) return [found[0], found.groups ?? {}];
  }
  return undefined;
}

/** `<x>`, 'x' and "x" are x; blanks are one; a full stop at the end, in a bracket or not, is left out. */
function loosen(line: string): string {
  return line
    .replaceAll(/<([^<>\s]+)>|'([^'\s]+)'|"([^"\s]+)"/gu, (_all, a = "", b = "", c = "") => `${a}${b}${c}`)
    .replaceAll(/\s+/gu, " ")
    .replace(/[.!]+(?=\W*$)/u, "");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
