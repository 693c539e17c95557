/** `import { defineBot } from "udpchat/bot"` */
export type { FailureReason, Receipt } from "../client/api.ts";
export type {
  Bot,
  BotDefinition,
  BotOptions,
  BotSetup,
  CommandHandler,
  CommandOptions,
  Handler,
  HearsContext,
  IncomingMessage,
  Log,
  LogLevel,
  MessageContext,
  Next,
  Presence,
} from "./api.ts";
export type { CommandArguments } from "./command/typed.ts";
export { defineBot } from "./define-bot.ts";
