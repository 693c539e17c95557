import type { LogLevel } from "../bot/log.ts";
import type { Receipt } from "../client/api.ts";
import type { SourcePlace } from "./source-place.ts";

/** What happens to a bot that is worth a log line. */
export type BotEvent =
  /** The bot's own log line. */
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: Readonly<Record<string, unknown>>;
      /** Of what was being handled, as the sender is told it in an apology. */
      readonly id: string | undefined;
    }
  /** The bot's code threw, or a promise was rejected and nobody handled it. The bot goes on. */
  | {
      readonly kind: "handler-failed";
      /** The route, timer or promise, for people. */
      readonly handler: string;
      /** The id that the sender was told; `undefined` where nobody was. */
      readonly id: string | undefined;
      readonly error: BotFault;
    }
  /** A message of the bot's is on its way; `sent` with the same number tells what became of it. */
  | { readonly kind: "sending"; readonly number: number; readonly to: string; readonly text: string }
  | {
      readonly kind: "sent";
      /** Counts the bot's messages, also over its restarts. */
      readonly number: number;
      readonly to: string;
      readonly text: string;
      readonly receipt: Receipt;
    }
  /** Code of the bot's did not give way; its process was killed. */
  | { readonly kind: "hung"; readonly handler: string; readonly silentMs: number }
  /** Its process ended by itself, or had to be ended. What `unfinished` handlers had left to do is lost. */
  | { readonly kind: "crashed"; readonly reason: string; readonly unfinished: readonly string[] }
  /** After a crash or a hang. */
  | { readonly kind: "restarting"; readonly attempt: number; readonly delayMs: number }
  | { readonly kind: "restarted"; readonly attempt: number }
  /** It crashed too often and is not started again. Its nickname is deregistered, so the server keeps its mail. */
  | { readonly kind: "failed"; readonly reason: string }
  /** A delivery of which its process died again and again. It is kept, and not handed out any more. */
  | { readonly kind: "dead-letter"; readonly id: string; readonly from: string; readonly reason: string }
  /** A sender asks more than he may; so many of his messages were left out since the last such event. */
  | { readonly kind: "flooded"; readonly from: string; readonly leftOut: number }
  /** The bot wrote more of a log than it may; so many lines were left out, of which so many told of faults. */
  | {
      readonly kind: "log-cut";
      readonly leftOut: number;
      readonly faults: number;
      readonly perSecond: number;
    }
  /** Its nickname is registered. */
  | { readonly kind: "online"; readonly nick: string; readonly startMs: number }
  /** It is ready and cannot be registered yet. */
  | { readonly kind: "standby"; readonly reason: string }
  /** A new version has taken over. */
  | { readonly kind: "reloaded"; readonly tookMs: number }
  /** Something about this machine that its owner should know, such as a missing wall. */
  | { readonly kind: "warning"; readonly text: string };

/** What the bot's code threw, in terms of its author's files. */
export interface BotFault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  readonly place: SourcePlace | undefined;
  readonly codeFrame: string | undefined;
}
