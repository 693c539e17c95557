import type { Manner } from "./manner.ts";

/** What a typed line asks for. */
export type Action =
  | { readonly kind: "nothing" }
  | { readonly kind: "register" }
  | { readonly kind: "deregister" }
  | { readonly kind: "send"; readonly to: string; readonly text: string }
  | { readonly kind: "table" }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  /** The line cannot be acted on; the lines say why and how to write it. */
  | { readonly kind: "mistake"; readonly lines: readonly string[] };

export interface Situation {
  readonly nick: string;
  readonly registered: boolean;
  readonly manner: Manner;
}

/** Reads one line. Commands may begin with a slash; case counts, as it did in the original. */
export function readAction(line: string, situation: Situation): Action {
  const [, word = "", rest = ""] = /^\s*\/?(\S*)\s*(.*)$/su.exec(line) ?? [];
  const { nick, registered } = situation;
  switch (word) {
    case "":
      return rest === "" && line.trim() === "" ? { kind: "nothing" } : unknown(line.trim());
    case "help":
      return { kind: "help" };
    case "quit":
    case "exit":
      return { kind: "quit" };
    case "table":
      return { kind: "table" };
    case "reg":
      return readReg(rest, situation);
  }
  if (!registered) return mistake(`You are not online, please register first. Usage: reg ${nick} `);
  switch (word) {
    case "dereg":
      return readDereg(rest, situation);
    case "send":
      return readSend(line, nick);
    default:
      return unknown(word);
  }
}

/** What one can type, for `/help`. */
export const HELP_LINES: readonly string[] = [
  "send <nick> <text>   write to somebody; saved if they are away",
  "table                who is here and who is away",
  "dereg                go offline; messages are saved for you",
  "reg                  come back and read them",
  "/help                this list",
  "/quit                go offline and leave (also Ctrl+D, Ctrl+C)",
  "Tab completes commands and nicknames, and on an empty line begins an answer.",
];

function readReg(rest: string, { nick, registered, manner }: Situation): Action {
  const [name] = words(rest);
  if (name === nick || (name === undefined && manner === "modern")) return { kind: "register" };
  if (name === undefined && !registered) {
    return mistake(`You are not online, please register first. Usage: reg ${nick} `);
  }
  return mistake(`You can only register using your username: ${nick} `, `Usage: reg ${nick} `);
}

function readDereg(rest: string, { nick, manner }: Situation): Action {
  const [name] = words(rest);
  if (name === nick || (name === undefined && manner === "modern")) return { kind: "deregister" };
  if (name === undefined) return mistake("Invalid dereg command.", `Usage: dereg ${nick} `);
  return mistake("You need to dereg using your own username.", `Usage: dereg ${nick} `);
}

/** The text is all that follows the one blank after the nickname: its own blanks are the writer's. */
function readSend(line: string, nick: string): Action {
  const match = /^\s*\/?send\s+(\S+)(?:\s(.*))?$/su.exec(line);
  const [, to, text = ""] = match ?? [];
  if (to === undefined || text.trim() === "") {
    return mistake("Invalid send command.", "Usage: send <nick> <text>");
  }
  if (to === nick) return mistake("You cannot send a message to yourself.");
  return { kind: "send", to, text };
}

function unknown(word: string): Action {
  return mistake(`Unknown command: ${word}. Known are send, table, dereg, reg, /help and /quit.`);
}

function mistake(...texts: string[]): Action {
  return { kind: "mistake", lines: texts.map((text) => `[${text}]`) };
}

function words(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}
