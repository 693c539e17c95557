import type { BotInput } from "../bot/ports.ts";

/** What a bot is handed, in words, for reports of what it was at. */
export function labelOf(input: BotInput): string {
  switch (input.kind) {
    case "message":
      return `a message from ${input.message.from}`;
    case "timer":
      return `the timer ${input.id}`;
    case "table":
      return "the table";
    default:
      return `${input.nick} is ${input.kind}`;
  }
}
