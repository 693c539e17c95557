/** What the host and a bot's process say to each other; one JSON object a frame. */

import type { LogLevel } from "../../bot/api.ts";
import type { BotInput } from "../../bot/runtime.ts";
import type { Receipt } from "../../client/api.ts";

/** To the bot. Each but `ping` moves the bot's clock to `dateMs` and is answered by `drained`. */
export type ToBot = { readonly type: "ping" } | Handed;

export type Handed = { readonly dateMs: number } & (
  | {
      readonly type: "start";
      readonly nick: string;
      /** Of the bot's `Math.random`. */
      readonly seed: string;
      readonly source: string;
      readonly sourceMap: string;
    }
  | { readonly type: "input"; readonly input: BotInput }
  | { readonly type: "timer"; readonly id: number }
  | { readonly type: "receipt"; readonly id: number; readonly receipt: Receipt }
);

/** From the bot, which may be lying. */
export type FromBot =
  | { readonly type: "ready" }
  | { readonly type: "start-failed"; readonly fault: Fault }
  | {
      readonly type: "send";
      readonly id: number;
      readonly to: string;
      readonly text: string;
      readonly event?: string;
    }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "timer-set"; readonly id: number; readonly delayMs: number; readonly place?: string }
  | { readonly type: "timer-clear"; readonly id: number }
  /** A handler of this event is about to run. */
  | { readonly type: "handling"; readonly event: string; readonly handler: string }
  | { readonly type: "handled"; readonly event: string }
  | { readonly type: "fault"; readonly fault: Fault; readonly handler: string; readonly event?: string }
  /** So many handed frames have been acted on to the end: nothing more comes of them by itself. */
  | { readonly type: "drained"; readonly count: number }
  | { readonly type: "pong" };

/** Something that the bot's code threw. */
export interface Fault {
  readonly name: string;
  readonly message: string;
  /** In the author's files. */
  readonly stack: string;
  /** The author's line on top of the stack: `file:line:column`. */
  readonly place?: string;
}

/** What a timer is called in reports. */
export function timerLabel(place: string | undefined): string {
  return place === undefined ? "a timer" : `a timer (${place})`;
}

/** Reads what came out of a bot's process. `undefined` when it is not a message. */
export function readFromBot(value: unknown): FromBot | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id, event } = value;
  switch (type) {
    case "ready":
    case "pong":
      return { type };
    case "start-failed":
      return isFault(value["fault"]) ? { type, fault: value["fault"] } : undefined;
    case "send": {
      const { to, text } = value;
      if (!isId(id) || !isText(to) || !isText(text) || !isOptionalText(event)) return undefined;
      return { type, id, to, text, ...(event !== undefined && { event }) };
    }
    case "log": {
      const { level, message, fields } = value;
      return isLevel(level) && isText(message) && isRecord(fields)
        ? { type, level, message, fields }
        : undefined;
    }
    case "timer-set": {
      const { delayMs, place } = value;
      if (!isId(id) || !isDelay(delayMs) || !isOptionalText(place)) return undefined;
      return { type, id, delayMs, ...(place !== undefined && { place }) };
    }
    case "timer-clear":
      return isId(id) ? { type, id } : undefined;
    case "handling":
      return isText(event) && isText(value["handler"])
        ? { type, event, handler: value["handler"] }
        : undefined;
    case "handled":
      return isText(event) ? { type, event } : undefined;
    case "fault": {
      const { fault, handler } = value;
      if (!isFault(fault) || !isText(handler) || !isOptionalText(event)) return undefined;
      return { type, fault, handler, ...(event !== undefined && { event }) };
    }
    case "drained":
      return isId(value["count"]) ? { type, count: value["count"] } : undefined;
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isDelay(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 2 ** 31 - 1;
}

function isLevel(value: unknown): value is LogLevel {
  return value === "debug" || value === "info" || value === "warn" || value === "error";
}

function isFault(value: unknown): value is Fault {
  if (!isRecord(value)) return false;
  return (
    isText(value["name"]) &&
    isText(value["message"]) &&
    isText(value["stack"]) &&
    isOptionalText(value["place"])
  );
}
