import type { BotOptions, MessageContext } from "./api.ts";
import { readCall } from "./command/read-call.ts";
import { type CommandSyntax, readCommandSyntax } from "./command/syntax.ts";

export interface DocumentedCommand {
  readonly syntax: CommandSyntax;
  readonly help: string | undefined;
}

const HELP = readCommandSyntax("help [command...]");

/** A message holds 1,000 bytes and a UTF-16 unit takes up to three, so a part this long always fits. */
const PART_CHARS_MAX = 330;

/** The texts that answer `help` or `help <command>`; `undefined` when the message is neither. */
export function helpFor(
  { message }: MessageContext,
  commands: readonly DocumentedCommand[],
  options: BotOptions,
): string[] | undefined {
  const call = readCall(HELP, message.text);
  if (call.kind !== "call" || commands.length === 0) return undefined;
  const wanted = String(call.args["command"] ?? "").toLowerCase();
  if (wanted === "")
    return parts([...(options.description ? [options.description] : []), ...commands.map(line)]);
  const named = commands.filter(({ syntax }) => `${syntax.name.join(" ")} `.startsWith(`${wanted} `));
  return named.length > 0
    ? parts(named.map(line))
    : [`There is no command "${wanted.slice(0, 50)}"; try: help`];
}

/** Whether the author has a command of this name himself. */
export function isHelp(syntax: CommandSyntax): boolean {
  return syntax.name[0] === "help";
}

function line({ syntax, help }: DocumentedCommand): string {
  return help === undefined ? syntax.usage : `${syntax.usage} - ${help}`;
}

/** Whole lines, as many to a part as fit. */
function parts(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (const line of lines) {
    const last = result.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= PART_CHARS_MAX) {
      result[result.length - 1] = `${last}\n${line}`;
    } else {
      result.push(line);
    }
  }
  return result;
}
