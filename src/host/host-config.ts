/** What an operator asks of a host, as `host.yaml` says it once it has been read. */
import type { Address } from "../protocol/address.ts";
import type { Rate } from "../protocol/token-bucket.ts";
import type { RestartPolicy } from "./restarts.ts";

export interface HostConfig {
  readonly server: Address;
  /** The folder of journal, stores, keys and control socket: an absolute path. */
  readonly data: string;
  /** Where metrics and health are served over HTTP. Default: nowhere. */
  readonly metrics: Address | undefined;
  /** How long running handlers may go on when the host or a bot is stopped. */
  readonly stopMs: number;
  readonly bots: readonly BotConfig[];
}

export interface BotConfig {
  /** Its name in the host, and its key in the file. */
  readonly name: string;
  readonly nick: string;
  /** An absolute path. */
  readonly script: string;
  readonly settings: unknown;
  readonly grant: BotGrant;
  /** Nicknames by role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly limits: BotLimits;
  readonly restart: RestartPolicy;
  /** Waits while the nickname is online elsewhere, and takes over when it is free. */
  readonly standby: boolean;
}

export interface BotGrant {
  /** Hosts that it may ask over HTTP. */
  readonly http: readonly string[];
  readonly secrets: Readonly<Record<string, string>>;
  /** What keys and values of its store may come to. */
  readonly storeBytes: number;
}

export interface BotLimits {
  /** Of JavaScript's heap; all memory together is bounded higher, see `walls.ts`. */
  readonly memoryBytes: number;
  /** How much of one processor it may use, averaged over `cpuWindowMs`: 1 is all of it. */
  readonly cpu: number;
  readonly cpuWindowMs: number;
  readonly handlerMs: number;
  /** What one sender may ask of it: so much at once, then so many a second. */
  readonly flood: Rate;
  /**
   * As often as this the same text to the same recipient within the window, and the bot is taken for one half of a loop. Only where the
   * network cannot mark what programs write (v1); `undefined`: never.
   */
  readonly antiloop: { readonly repeats: number; readonly windowMs: number } | undefined;
  /** What it may send to all together, beside a few answers to each message; what is over waits. */
  readonly output: Rate;
  /** Of up to a KiB each; longer ones count for several, and so do faults. What is over is counted and left out. */
  readonly logLinesPerSecond: number;
}

/** A bot is handed all that it has stored when it starts: entries, and as much again of timers' data. */
export const STORE_BYTES_MAX = 4 * 1_048_576;

export const DEFAULT_GRANT: BotGrant = { http: [], secrets: {}, storeBytes: 1_048_576 };

/** They stop what hurts and are meant to be noticed by nobody else; an operator who knows his bots sets narrower ones. */
export const DEFAULT_LIMITS = {
  memoryBytes: 64 * 1_048_576,
  cpu: 0.5,
  cpuWindowMs: 60_000,
  handlerMs: 30_000,
  flood: { burst: 1_000, perSecond: 500 },
  antiloop: { repeats: 5, windowMs: 120_000 },
  output: { burst: 1_000, perSecond: 100 },
  logLinesPerSecond: 100,
} as const satisfies BotLimits;

export const DEFAULT_STOP_MS = 5_000;
