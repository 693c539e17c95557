/** A Markdown document as the things it asks its reader to do, in their order. */

export type Doing =
  /** The reader saves this. */
  | { readonly kind: "file"; readonly name: string; readonly text: string }
  /** The reader types this in a terminal, and sees that. */
  | Terminal
  /** Commands alone, without what they print. */
  | { readonly kind: "commands"; readonly lines: readonly string[] };

export interface Terminal {
  readonly kind: "terminal";
  /** Its last command does not end before the reader is through. */
  readonly keepsRunning: boolean;
  readonly commands: readonly TypedCommand[];
}

export interface TypedCommand {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

/** @throws {Error} at a block of code of a kind that nobody would check. */
export function readDoings(markdown: string): Doing[] {
  const blocks = markdown.matchAll(/^```(\S*) ?(\S*)\n(.*?)^```$/gms);
  return [...blocks].map(({ 1: language = "", 2: word = "", 3: text = "", index }) => {
    const line = markdown.slice(0, index).split("\n").length + 1;
    if (language === "console") return readTerminal(text, line, word === "keeps-running");
    if (language === "sh") return { kind: "commands", lines: text.trimEnd().split("\n") };
    if (word !== "") return { kind: "file", name: word, text };
    throw new Error(`the block of code at line ${line - 1} is neither run nor saved`);
  });
}

function readTerminal(text: string, firstLine: number, keepsRunning: boolean): Terminal {
  const commands: { line: number; command: string; output: string[] }[] = [];
  for (const [i, line] of text.trimEnd().split("\n").entries()) {
    const command = /^\$ (.*)$/.exec(line)?.[1];
    if (command !== undefined) commands.push({ line: firstLine + i, command, output: [] });
    else commands.at(-1)?.output.push(line);
  }
  return { kind: "terminal", keepsRunning, commands };
}

/** What differs from run to run is made equal: times, dates, hashes. */
export function withoutChance(line: string): string {
  return line
    .replaceAll(/\b(?:\d+m )?\d+(?:\.\d+)?(?:ms|s)\b/g, "<time>")
    .replaceAll(/\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, "<date>")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "<hash>");
}

/** Whether lines are as printed, where a line of three dots stands for any number of lines. */
export function looksLike(lines: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = printed;
  if (first === undefined) return lines.length === 0;
  if (first !== "...") {
    const [line] = lines;
    return (
      line !== undefined && withoutChance(line) === withoutChance(first) && looksLike(lines.slice(1), rest)
    );
  }
  return lines.some((_, i) => looksLike(lines.slice(i), rest)) || rest.length === 0;
}

/** What is typed at a command's prompt, as opposed to what it prints: the chat begins its own lines so, too. */
export function typedAtPrompt(line: string, command: string): string | undefined {
  const typed = / bot dev /.test(command) ? /^>>> (.+)$/ : /^>>> ((?:send|dereg|reg|table|\/\w+)\b.*)$/;
  return typed.exec(line)?.[1];
}
