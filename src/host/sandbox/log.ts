import type { LogLevel } from "../../bot/log.ts";
import { tell } from "./host-calls.ts";
import { faultOf } from "./stack.ts";

/** How much one log line may carry, as JSON. */
const FIELDS_CHARS_MAX = 32_768;
const MESSAGE_CHARS_MAX = 8_192;

export function log(
  level: LogLevel,
  message: string,
  fields: Readonly<Record<string, unknown>>,
  event: string | undefined,
): void {
  const text = message.slice(0, MESSAGE_CHARS_MAX);
  tell({ type: "log", level, message: text, fields: plain(fields), ...(event !== undefined && { event }) });
}

/** `console` writes log lines, so that what an author tries first is seen. */
export function installConsole(): void {
  const at =
    (level: LogLevel) =>
    (...parts: unknown[]): void =>
      log(level, parts.map(text).join(" "), {}, undefined);
  const calls = {
    debug: at("debug"),
    log: at("info"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
  Object.defineProperty(globalThis, "console", { value: calls, configurable: true, writable: true });
}

/** The fields as JSON can hold them: errors with their stacks, what cannot be written in words. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    const json = JSON.stringify(fields, writable);
    if (json === undefined || json.charAt(0) !== "{") return { value: String(fields) };
    return json.length > FIELDS_CHARS_MAX ? { cut: json.slice(0, FIELDS_CHARS_MAX) } : JSON.parse(json);
  } catch (error) {
    return { unwritable: faultOf(error).message };
  }
}

function writable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return faultOf(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return typeof value === "bigint" ? String(value) : value;
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return faultOf(value).stack;
  try {
    return JSON.stringify(value, writable) ?? String(value);
  } catch {
    return String(value);
  }
}
