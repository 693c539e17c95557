/** What a bot's runtime needs of whatever runs it, and what it is told. */
import type { Receipt } from "../client/api.ts";
import type { IncomingMessage } from "./context.ts";
import type { HttpOutcome, HttpRequest } from "./http.ts";
import type { LogLevel } from "./log.ts";
import type { Recollection, StateChange } from "./state.ts";

export interface BotPorts {
  readonly nick: string;
  nowMs(): number;
  /** @param tag The delivery for which it is sent, and how many were sent for it before. */
  send(to: string, text: string, tag: SendTag | undefined): Promise<Receipt>;
  log(
    level: LogLevel,
    message: string,
    fields: Readonly<Record<string, unknown>>,
    event: string | undefined,
  ): void;
  /** A handler is about to be called. */
  handling(event: string, handler: string): void;
  /** Something of the author's is about to be looked at to find the handler. */
  matching(): void;
  /** A handler threw. */
  failed(error: unknown, handler: string, event: string | undefined): void;
  /** Where in the author's file the code stands that called into the API; `undefined` when unknown. */
  callSite(): string | undefined;
  /** These deliveries are done with, and the changes are to be kept: all of it or nothing. */
  commit(changes: readonly StateChange[], events: readonly string[]): void;
  /** Calls once, unless the returned function is called before. Forgotten when the process ends. */
  schedule(delayMs: number, call: () => void): () => void;
  http(request: HttpRequest): Promise<HttpOutcome>;
  /**
   * The next date of a cron pattern.
   *
   * @throws {TypeError} when the pattern or the time zone is none.
   */
  nextCron(pattern: string, timeZone: string, afterMs: number): number | undefined;
  readonly scopes: ScopeKeeper;
}

export interface SendTag {
  readonly event: string;
  readonly ordinal: number;
}

/** Remembers over `await`, timers and promises on whose behalf code runs. */
export interface ScopeKeeper {
  current(): unknown;
  run<T>(scope: unknown, call: () => T): T;
}

/** What a bot is given when it starts. */
export interface BotStart {
  /** As its owner wrote them. */
  readonly settings: unknown;
  readonly secrets: Readonly<Record<string, string>>;
  /** The hosts it may make requests to, as `host` or `host:port`. */
  readonly http: readonly string[];
  /** Only to see what the bot is: whatever it needs counts as granted. Default false. */
  readonly isTrial?: boolean;
  /** The nicknames that have a role. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly state: Recollection;
  readonly limits: {
    readonly storeBytes: number;
    /** How long a handler may take that sets no time of its own. */
    readonly handlerMs: number;
    /** UTF-8 bytes of one message. */
    readonly textBytes: number;
    /** So many repetitions in that time break a loop; `undefined`: loops are not looked for. */
    readonly antiloop: Antiloop | undefined;
  };
}

export interface Antiloop {
  readonly repeats: number;
  readonly windowMs: number;
}

/** What a bot turned out to be, once it is set up. */
export interface BotManifest {
  readonly description?: string;
  readonly answersBots: boolean;
  readonly http: readonly string[];
  readonly secrets: readonly string[];
  /** Those that its routes ask for. */
  readonly roles: readonly string[];
  /** The usage line of each. */
  readonly commands: readonly string[];
}

/** Something that happened, with an id that the log and the sender can be told. */
export type BotInput =
  | {
      readonly kind: "message";
      readonly event: string;
      /** 1, or more when a crash cut off the handler before. Default 1. */
      readonly attempt?: number;
      readonly message: IncomingMessage;
      /** Whether its network marks what programs write: the dialect that has ids of messages does. Default false. */
      readonly tellsPrograms?: boolean;
    }
  | { readonly kind: "online" | "offline"; readonly event: string; readonly nick: string }
  /** The first table; what changes in it comes as `online` and `offline`. */
  | {
      readonly kind: "table";
      readonly event: string;
      readonly contacts: readonly (readonly [nick: string, online: boolean])[];
    }
  /** A durable timer is due. */
  | {
      readonly kind: "timer";
      readonly event: string;
      readonly attempt?: number;
      readonly id: string;
      readonly dueMs: number;
      readonly data: string;
    };
