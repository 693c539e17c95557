import { readCall } from "./command/read-call.ts";
import { type CommandSyntax, readCommandSyntax } from "./command/syntax.ts";
import type { MessageContext } from "./context.ts";

export interface DocumentedCommand {
  readonly syntax: CommandSyntax;
  readonly help: string | undefined;
  /** Whether somebody may call it; to others it is not shown. */
  admits(nick: string): boolean;
}

const HELP = readCommandSyntax("help [command...]");

/** The text that answers `help` or `help <command>`; `undefined` when the message is neither. */
export function helpFor(
  { message }: MessageContext,
  commands: readonly DocumentedCommand[],
  description: string | undefined,
): string | undefined {
  const call = readCall(HELP, message.text);
  const shown = commands.filter((command) => command.admits(message.from));
  if (call.kind !== "call" || commands.length === 0) return undefined;
  const wanted = String(call.args["command"] ?? "").toLowerCase();
  if (wanted === "") return [...(description ? [description] : []), ...shown.map(line)].join("\n");
  const named = shown.filter(({ syntax }) => `${syntax.name.join(" ")} `.startsWith(`${wanted} `));
  if (named.length > 0) return named.map(line).join("\n");
  return `There is no command "${wanted.slice(0, 50)}"; try: help`;
}

/** Whether the author has a command of this name himself. */
export function isHelp(syntax: CommandSyntax): boolean {
  return syntax.name[0] === "help";
}

function line({ syntax, help }: DocumentedCommand): string {
  return help === undefined ? syntax.usage : `${syntax.usage} - ${help}`;
}
