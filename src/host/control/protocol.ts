/**
 * What `udpchat host <command>` says to a running host, over a socket in its data folder that only the host's owner may
 * use. One request a connection, a line of JSON; the answer is lines of JSON, of which the last says how it went.
 */
import type { BotStatus, HostStatus } from "../host-status.ts";
import type { LogRecord } from "../log-record.ts";

export type ControlRequest =
  | { readonly command: "ps" }
  /** Sends what is there of the log, then with `follow` what comes, until the connection is closed. */
  | { readonly command: "logs"; readonly bot?: string; readonly lines: number; readonly follow: boolean }
  /** Reads the host's file again and brings the bots in line with it; with `bot`, that one alone. */
  | { readonly command: "reload"; readonly bot?: string }
  | { readonly command: "restart" | "stop" | "start"; readonly bot: string }
  | { readonly command: "why"; readonly id: string }
  | { readonly command: "dead-letters"; readonly bot?: string }
  | { readonly command: "retry-dead-letter" | "drop-dead-letter"; readonly id: string }
  | { readonly command: "store"; readonly bot: string; readonly key?: string }
  | { readonly command: "store-set"; readonly bot: string; readonly key: string; readonly json: string }
  | { readonly command: "store-delete"; readonly bot: string; readonly key: string }
  /** Answered when the host has come to its end. */
  | { readonly command: "down" };

export type ControlReply =
  | { readonly kind: "log"; readonly record: LogRecord }
  | { readonly kind: "done"; readonly result: ControlResult }
  | {
      readonly kind: "refused";
      readonly code: RefusalCode;
      readonly message: string;
      readonly known?: readonly string[];
    };

export type RefusalCode =
  | "UNKNOWN_BOT"
  | "UNKNOWN_ID"
  | "BAD_REQUEST"
  | "BAD_FILE"
  | "NOT_POSSIBLE"
  | "INTERNAL";

export type ControlResult =
  | { readonly status: HostStatus }
  | { readonly bots: readonly BotChange[] }
  | { readonly letters: readonly Letter[] }
  | { readonly letter: Letter }
  | { readonly entries: readonly (readonly [key: string, json: string])[] }
  | Record<string, never>;

/** What a reload, restart, start or stop came to. */
export interface BotChange {
  readonly bot: string;
  readonly outcome: "started" | "reloaded" | "restarted" | "stopped" | "unchanged" | "failed";
  /** Why it failed; it goes on as it was. */
  readonly reason?: string;
  /** The author's line at fault. */
  readonly codeFrame?: string;
  readonly status?: BotStatus;
}

/** A delivery and its way. */
export interface Letter {
  readonly id: string;
  readonly bot: string;
  readonly kind: "message" | "timer";
  readonly state: "waiting" | "done" | "dead" | "dropped";
  readonly from: string;
  readonly text: string;
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  readonly endedAtMs?: number;
  readonly attempts: number;
  readonly trace: readonly { readonly atMs: number; readonly text: string }[];
  readonly replies: readonly { readonly to: string; readonly text: string; readonly receipt: string }[];
}

/** A request is no longer than this: a value for a store is its largest part. */
export const REQUEST_CHARS_MAX = 1_048_576;

export const CONTROL_SOCKET = "control.sock";

/** The host said no. */
export class ControlRefusal extends Error {
  override readonly name = "ControlRefusal";
  readonly code: RefusalCode;
  /** What could have been meant. */
  readonly known: readonly string[];

  constructor(code: RefusalCode, message: string, known: readonly string[] = []) {
    super(message);
    this.code = code;
    this.known = known;
  }
}

/** Reads a line; `undefined` when it is no request. Who may use the socket may do anything, so this is against slips, not attacks. */
export function readRequest(line: string): ControlRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const request = value as Readonly<Record<string, unknown>>;
  const { command } = request;
  if (typeof command !== "string" || !(command in FIELDS)) return undefined;
  const fields = FIELDS[command as ControlRequest["command"]];
  const fits = Object.entries(fields).every(([field, type]) => {
    const given = request[field];
    return typeof given === type.replace("?", "") || (type.endsWith("?") && given === undefined);
  });
  return fits ? (request as unknown as ControlRequest) : undefined;
}

type FieldType = "string" | "string?" | "number" | "boolean";

const FIELDS: Readonly<Record<ControlRequest["command"], Readonly<Record<string, FieldType>>>> = {
  ps: {},
  logs: { bot: "string?", lines: "number", follow: "boolean" },
  reload: { bot: "string?" },
  restart: { bot: "string" },
  stop: { bot: "string" },
  start: { bot: "string" },
  why: { id: "string" },
  "dead-letters": { bot: "string?" },
  "retry-dead-letter": { id: "string" },
  "drop-dead-letter": { id: "string" },
  store: { bot: "string", key: "string?" },
  "store-set": { bot: "string", key: "string", json: "string" },
  "store-delete": { bot: "string", key: "string" },
  down: {},
};
