/** `import { defineBot } from "udpchat/bot"` */
export type { FailureReason, Receipt } from "../client/api.ts";
export type {
  Bot,
  BotDefinition,
  BotOptions,
  CommandHandler,
  CommandOptions,
  Contact,
  Handler,
  HearsContext,
  Next,
  Presence,
  RouteOptions,
} from "./api.ts";
export type { CommandArguments } from "./command/typed.ts";
export type { AskOptions, HandlerSignal, IncomingMessage, MessageContext } from "./context.ts";
export { defineBot } from "./define-bot.ts";
export type { Dialog, DialogContext, DialogDefinition, DialogEnd, DialogMove, DialogStep } from "./dialog.ts";
export { type Duration, type Limit, parseDuration } from "./duration.ts";
export { type Http, HttpError, type HttpErrorCode, type HttpOptions, type HttpResponse } from "./http.ts";
export type { Log, LogLevel } from "./log.ts";
export type { StandardSchema } from "./standard-schema.ts";
export type { Store, TypedStore } from "./store.ts";
export type { CronOptions, DurableTimerHandle, PendingTimer, Tick, TimerCall } from "./timer.ts";
export { StoreQuotaError } from "./unit-of-work.ts";
