import type { CommandSyntax } from "./syntax.ts";

/** What a message is to a command. A mistake is the user's, in words for him. */
export type Call =
  | { readonly kind: "other" }
  | { readonly kind: "call"; readonly args: Readonly<Record<string, string | boolean | undefined>> }
  | { readonly kind: "mistake"; readonly reason: string };

/**
 * Reads a message as a call of the command.
 *
 * The name is matched whatever its case. Quotes hold words together (`"a b"`, `'a b'`, `“a b”`; `\"` inside) where they
 * surround a whole word, so an apostrophe is just a letter. `--` ends the options. A `<rest...>` keeps the text as
 * it was typed, blanks and quotes and all, except that one quoted word loses its quotes.
 */
export function readCall(syntax: CommandSyntax, text: string): Call {
  const hasOptions = syntax.options.size > 0;
  // Without options, what is behind the last word that is looked at is as it was typed.
  const wordsMax = hasOptions ? Number.MAX_SAFE_INTEGER : syntax.name.length + syntax.positionals.length + 1;
  const words = splitWords(text, wordsMax);
  if (!syntax.name.every((part, i) => words[i]?.raw.toLowerCase() === part)) return { kind: "other" };

  const args: Record<string, string | boolean | undefined> = {};
  for (const { key } of syntax.positionals) args[key] = undefined;
  for (const { key, value } of syntax.options.values()) args[key] = value === undefined ? false : undefined;

  const plain: Word[] = [];
  let optionsEnded = !hasOptions;
  for (let i = syntax.name.length; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    if (optionsEnded || word.quoted || !word.raw.startsWith("--")) {
      plain.push(word);
      continue;
    }
    if (word.raw === "--") {
      optionsEnded = true;
      continue;
    }
    const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/su.exec(word.raw) ?? [];
    const option = syntax.options.get(name);
    if (option === undefined) return mistake(`there is no option --${name}`);
    if (option.value === undefined) {
      if (inline !== undefined) return mistake(`--${name} takes no value`);
      args[option.key] = true;
      continue;
    }
    const next = words[i + 1];
    const value =
      inline ?? (next !== undefined && (next.quoted || !next.raw.startsWith("--")) ? next.text : undefined);
    if (value === undefined) return mistake(`--${name} needs <${option.value}>`);
    if (inline === undefined) i++;
    args[option.key] = value;
  }

  for (const [i, { key, label, required, rest }] of syntax.positionals.entries()) {
    const first = plain[i];
    if (first === undefined && required) return mistake(`<${label}> is missing`);
    args[key] = rest && first !== undefined ? joined(text, plain.slice(i), hasOptions) : first?.text;
  }
  const surplus = plain[syntax.positionals.length];
  if (surplus !== undefined && !syntax.positionals.at(-1)?.rest) {
    return mistake(`"${surplus.text}" is one word too many`);
  }
  return { kind: "call", args };
}

interface Word {
  /** Without its quotes. */
  readonly text: string;
  readonly raw: string;
  readonly quoted: boolean;
  readonly start: number;
  /** Among all words, so that neighbours are known. */
  readonly index: number;
}

const WORD = /"((?:[^"\\]|\\.)*)"(?=\s|$)|'([^']*)'(?=\s|$)|“([^”]*)”(?=\s|$)|\S+/gsu;

/** The first so many. */
function splitWords(text: string, max: number): Word[] {
  const words: Word[] = [];
  WORD.lastIndex = 0;
  while (words.length < max) {
    const match = WORD.exec(text);
    if (match === null) break;
    const [raw, double, single, curly] = match;
    const inner = double?.replace(/\\(["\\])/g, "$1") ?? single ?? curly;
    words.push({
      text: inner ?? raw,
      raw,
      quoted: inner !== undefined,
      start: match.index,
      index: words.length,
    });
  }
  return words;
}

/** The words as they were typed; where an option stood between them, one blank. */
function joined(text: string, words: readonly Word[], hasOptions: boolean): string {
  const [first] = words;
  if (first === undefined) return "";
  if (words.length === 1) return first.text;
  if (!hasOptions) return text.slice(first.start).trimEnd();
  let result = "";
  let before: Word | undefined;
  for (const word of words) {
    if (before !== undefined) {
      const isNeighbour = word.index === before.index + 1;
      result += isNeighbour ? text.slice(before.start + before.raw.length, word.start) : " ";
    }
    result += word.raw;
    before = word;
  }
  return result;
}

function mistake(reason: string): Call {
  return { kind: "mistake", reason };
}
