/** What `udpchat host ps` shows. */
import type { BotCondition } from "./supervisor-options.ts";

export interface HostStatus {
  readonly pid: number;
  readonly uptimeMs: number;
  readonly server: string;
  readonly memoryBytes: number;
  /** Why the journal cannot be written, and so no message is acknowledged; `undefined` when it can. */
  readonly journalTrouble: string | undefined;
  readonly bots: readonly BotStatus[];
}

export interface BotStatus {
  readonly name: string;
  readonly nick: string;
  /** `stopped` by the operator; else as the bot is. */
  readonly state: BotCondition | "stopped";
  readonly pid: number | undefined;
  /** Of its process. */
  readonly uptimeMs: number | undefined;
  /** Of its process, since the host started. */
  readonly restarts: number;
  /** Deliveries that wait or are being handled. */
  readonly queue: number;
  readonly deadLetters: number;
  /** What a bot in standby waits for, in words. */
  readonly waitsFor: string | undefined;
  /** The last thing that went wrong. */
  readonly lastError: { readonly atMs: number; readonly text: string } | undefined;
  readonly memoryBytes: number | undefined;
  /** Share of one processor over the last seconds. */
  readonly cpu: number | undefined;
  readonly counts: BotCounts;
}

/** Since the host started. */
export interface BotCounts {
  readonly received: number;
  readonly handled: number;
  readonly sent: number;
  /** Of those sent. */
  readonly notDelivered: number;
  readonly handlerErrors: number;
  readonly flooded: number;
}
