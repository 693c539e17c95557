import { isNick } from "../../protocol/limits.ts";

export interface Completion {
  /** The end of the line that the candidates would replace. */
  readonly typed: string;
  /** In the order in which they should be shown. */
  readonly candidates: readonly string[];
}

export interface KnownNicks {
  readonly own: string;
  /** Of others. What others call themselves is completed only when it is a nickname. */
  readonly others: Iterable<string>;
  /** Who wrote or was written to last. */
  readonly latest?: string | undefined;
}

/**
 * What may follow what is typed up to the cursor: a command, or a nickname after a command that takes one. On an
 * empty line it is the next message to whoever was talked with last. Case does not count.
 */
export function complete(line: string, { own, others, latest }: KnownNicks): Completion {
  if (line.trim() === "" && latest !== undefined && isNick(latest)) {
    return { typed: line, candidates: [`send ${latest} `] };
  }
  const words = /^\s*(\/?)(\S*)(?:\s+(\S*))?$/u.exec(line);
  if (words === null) return { typed: "", candidates: [] };
  const [, slash = "", command = "", typed] = words;
  if (typed === undefined) {
    return {
      typed: `${slash}${command}`,
      candidates: startingWith(`${slash}${command}`, slash === "" ? COMMANDS : SLASH_COMMANDS),
    };
  }
  switch (command) {
    case "send":
      return { typed, candidates: startingWith(typed, [...others].filter(isNick).sort()) };
    case "reg":
    case "dereg":
      return { typed, candidates: startingWith(typed, [own]) };
    default:
      return { typed, candidates: [] };
  }
}

const COMMANDS = ["send", "table", "dereg", "reg", "help", "quit"];
const SLASH_COMMANDS = COMMANDS.map((command) => `/${command}`);

function startingWith(typed: string, words: readonly string[]): string[] {
  const exact = words.filter((word) => word.startsWith(typed));
  if (exact.length > 0) return exact;
  return words.filter((word) => word.toLowerCase().startsWith(typed.toLowerCase()));
}
