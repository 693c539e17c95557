/** What the host and a bot's process say to each other; one JSON object a frame. */

import type { HttpOutcome, HttpRequest } from "../../bot/http.ts";
import type { LogLevel } from "../../bot/log.ts";
import type { BotInput, BotManifest, BotStart } from "../../bot/ports.ts";
import type { StateChange } from "../../bot/state.ts";
import type { Receipt } from "../../client/api.ts";

/** Asks for a `pong`. The process knows it as it is, unread. */
export const PING = { type: "ping" } as const;

/** To the bot. Each but `ping` moves the bot's clock to `dateMs` and is answered by `drained`. */
export type ToBot = typeof PING | Handed;

export type Handed = { readonly dateMs: number } & (
  | {
      readonly type: "start";
      readonly nick: string;
      /** Of the bot's `Math.random`. */
      readonly seed: string;
      readonly source: string;
      /** What vm2 makes of the source before it runs it, where it was read ahead. */
      readonly asRead?: string;
      readonly sourceMap: string;
      /** How long the script's first run may take; the host's watchdog covers the rest. */
      readonly runMsMax: number;
      readonly start: BotStart;
    }
  | { readonly type: "input"; readonly input: BotInput }
  | { readonly type: "timer"; readonly id: number }
  | { readonly type: "receipt"; readonly id: number; readonly receipt: Receipt }
  | { readonly type: "http-result"; readonly id: number; readonly outcome: HttpOutcome }
  /** Asks for the author's `onStop`; answered by `stopped`. */
  | { readonly type: "stop" }
);

/** From the bot, which may be lying. */
export type FromBot =
  | { readonly type: "ready"; readonly manifest: BotManifest }
  | { readonly type: "start-failed"; readonly fault: Fault }
  | {
      readonly type: "send";
      readonly id: number;
      readonly to: string;
      readonly text: string;
      /** The delivery for which it is sent; where it is given, so is `ordinal`. */
      readonly event?: string;
      /** How many messages were sent for that delivery before; equal in each attempt. */
      readonly ordinal?: number;
    }
  | {
      readonly type: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
      /** What was being handled. */
      readonly event?: string;
    }
  | { readonly type: "timer-set"; readonly id: number; readonly delayMs: number; readonly place?: string }
  | { readonly type: "timer-clear"; readonly id: number }
  /** A handler of this event is about to run. */
  | { readonly type: "handling"; readonly event: string; readonly handler: string }
  /** To be kept when this event is `handled`; without an event, at once. */
  | { readonly type: "change"; readonly change: StateChange; readonly event?: string }
  /** These are done with, and what they changed is to be kept: all together or nothing. */
  | { readonly type: "handled"; readonly events: readonly string[] }
  | { readonly type: "fault"; readonly fault: Fault; readonly handler: string; readonly event?: string }
  | { readonly type: "http"; readonly id: number; readonly request: HttpRequest }
  | { readonly type: "stopped" }
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
