/**
 * The shape of a command, read from the line its author wrote:
 *
 *     ticket open <title> [detail...] [--prio <level>] [--urgent]
 *
 * Leading plain words are the command's name. `<required>`, `[optional]`; three dots take all the words that remain,
 * as one text. Options are always optional, with brackets or without, and may stand anywhere after the name.
 */
export interface CommandSyntax {
  /** The words that call it, in lower case. */
  readonly name: readonly string[];
  readonly positionals: readonly Positional[];
  /** By the name the user types, without the dashes. */
  readonly options: ReadonlyMap<string, CommandOption>;
  /** What a user is shown: the author's line with single blanks. */
  readonly usage: string;
}

export interface Positional {
  /** The key in the handler's arguments. */
  readonly key: string;
  readonly label: string;
  readonly required: boolean;
  /** Takes all the words that remain. */
  readonly rest: boolean;
}

export interface CommandOption {
  readonly key: string;
  /** What its value is called; `undefined` for a flag, which has none. */
  readonly value: string | undefined;
}

const NAME = "[\\p{L}_][\\p{L}\\p{N}_-]*";
const ITEM = new RegExp(
  [
    `\\[--(?<bracketed>${NAME})(?:\\s+<(?<bracketedValue>${NAME})>)?\\]`,
    `--(?<bare>${NAME})(?:\\s+<(?<bareValue>${NAME})>)?`,
    `<(?<required>${NAME})(?<requiredRest>\\.\\.\\.)?>`,
    `\\[(?<optional>${NAME})(?<optionalRest>\\.\\.\\.)?\\]`,
    "(?<literal>[^\\s<>[\\]-][^\\s<>[\\]]*)",
  ].join("|"),
  "uy",
);

/** @throws {TypeError} when the line is not a command's syntax; it says why and at which character. */
export function readCommandSyntax(line: string): CommandSyntax {
  const name: string[] = [];
  const positionals: Positional[] = [];
  const options = new Map<string, CommandOption>();
  const keys = new Set<string>();
  let at = 0;

  const refuse = (why: string): never => {
    throw new TypeError(`command ${JSON.stringify(line)}: ${why} at character ${at + 1}`);
  };
  const keyOf = (label: string): string => {
    const key = label.replace(/-(.)/gu, (_, letter: string) => letter.toUpperCase());
    if (keys.has(key)) refuse(`"${key}" is there twice`);
    keys.add(key);
    return key;
  };

  for (;;) {
    while (/\s/.test(line.charAt(at))) at++;
    if (at >= line.length) break;
    ITEM.lastIndex = at;
    const match = ITEM.exec(line);
    const groups = match?.groups ?? {};
    const option = groups["bracketed"] ?? groups["bare"];
    const label = groups["required"] ?? groups["optional"];
    const before = positionals.at(-1);
    const end = at + (match?.[0].length ?? 0);
    if (match === null || !/^(?:\s|$)/.test(line.slice(end))) {
      refuse("expected a word, <required>, [optional], <rest...>, --flag or --option <value>");
    } else if (groups["literal"] !== undefined) {
      if (positionals.length > 0 || options.size > 0) refuse("the command's own words come first");
      name.push(groups["literal"].toLowerCase());
    } else if (option !== undefined) {
      options.set(option, { key: keyOf(option), value: groups["bracketedValue"] ?? groups["bareValue"] });
    } else if (label !== undefined) {
      const required = groups["required"] !== undefined;
      if (before?.rest) refuse(`nothing can follow ${before.label}..., which takes all that remains,`);
      if (required && before?.required === false) refuse("a required argument cannot follow an optional one");
      const rest = (groups["requiredRest"] ?? groups["optionalRest"]) !== undefined;
      positionals.push({ key: keyOf(label), label, required, rest });
    }
    at = end;
  }
  if (name.length === 0) {
    at = 0;
    refuse("a command begins with the word that calls it");
  }
  return { name, positionals, options, usage: line.trim().replace(/\s+/g, " ") };
}
