import type { HttpRequest } from "../../bot/http.ts";
import type { LogLevel } from "../../bot/log.ts";
import type { BotManifest } from "../../bot/ports.ts";
import { STATE_JSON_CHARS_MAX, STATE_KEY_CHARS_MAX, type StateChange } from "../../bot/state.ts";
import { isNick, TEXT_BYTES_MAX } from "../../protocol/limits.ts";
import { LABEL_CHARS_MAX } from "./bounds.ts";
import type { Fault, FromBot } from "./messages.ts";

/** An event's id is a nickname and a number. */
const EVENT_CHARS_MAX = 128;

/** Reads what came out of a bot's process. `undefined` when it is not a message. */
export function readFromBot(value: unknown): FromBot | undefined {
  if (!isRecord(value)) return undefined;
  const { type, id, event } = value;
  if (!isOptionalText(event, EVENT_CHARS_MAX)) return undefined;
  const forEvent = event === undefined ? {} : { event };
  switch (type) {
    case "stopped":
    case "pong":
      return { type };
    case "ready":
      return isManifest(value["manifest"]) ? { type, manifest: value["manifest"] } : undefined;
    case "start-failed":
      return isFault(value["fault"]) ? { type, fault: value["fault"] } : undefined;
    case "send": {
      const { to, text, ordinal } = value;
      // No UTF-16 unit takes less than a byte, and both go into the journal before anybody else looks at them.
      if (!isCount(id) || !isText(to) || !isNick(to) || !isText(text, TEXT_BYTES_MAX)) return undefined;
      if (event === undefined) return { type, id, to, text };
      return isCount(ordinal) ? { type, id, to, text, event, ordinal } : undefined;
    }
    case "log": {
      const { level, message, fields } = value;
      if (!isLevel(level) || !isText(message) || !isRecord(fields)) return undefined;
      return { type, level, message, fields, ...forEvent };
    }
    case "timer-set": {
      const { delayMs, place } = value;
      if (!isCount(id) || !isDelay(delayMs) || !isOptionalText(place, LABEL_CHARS_MAX)) return undefined;
      return { type, id, delayMs, ...(place !== undefined && { place }) };
    }
    case "timer-clear":
      return isCount(id) ? { type, id } : undefined;
    case "handling":
      return isText(event) && isText(value["handler"], LABEL_CHARS_MAX)
        ? { type, event, handler: value["handler"] }
        : undefined;
    case "change": {
      const change = readChange(value["change"]);
      return change && { type, change, ...forEvent };
    }
    case "handled": {
      const { events } = value;
      return Array.isArray(events) && events.every((one) => isText(one, EVENT_CHARS_MAX))
        ? { type, events }
        : undefined;
    }
    case "fault": {
      const { fault, handler } = value;
      return isFault(fault) && isText(handler, LABEL_CHARS_MAX)
        ? { type, fault, handler, ...forEvent }
        : undefined;
    }
    case "http": {
      const request = readRequest(value["request"]);
      return isCount(id) && request !== undefined ? { type, id, request } : undefined;
    }
    case "drained":
      return isCount(value["count"]) ? { type, count: value["count"] } : undefined;
    default:
      return undefined;
  }
}

function readChange(value: unknown): StateChange | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, key, json, id, timer } = value;
  switch (kind) {
    case "put":
      return isKey(key) && isJson(json) ? { kind, key, json } : undefined;
    case "delete":
      return isKey(key) ? { kind, key } : undefined;
    case "timer": {
      if (!isRecord(timer) || !isKey(timer["id"]) || !isJson(timer["data"])) return undefined;
      const { dueMs } = timer;
      if (typeof dueMs !== "number" || !Number.isFinite(dueMs)) return undefined;
      return { kind, timer: { id: timer["id"], dueMs, data: timer["data"] } };
    }
    case "timer-clear":
      return isKey(id) ? { kind, id } : undefined;
    default:
      return undefined;
  }
}

function readRequest(value: unknown): HttpRequest | undefined {
  if (!isRecord(value)) return undefined;
  const { method, url, headers, body, timeoutMs } = value;
  if (!isText(method) || !isText(url) || !isRecord(headers) || !isOptionalText(body)) return undefined;
  if (!isDelay(timeoutMs)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (!isText(text)) return undefined;
    texts[name] = text;
  }
  return { method, url, headers: texts, timeoutMs, ...(body !== undefined && { body }) };
}

function isManifest(value: unknown): value is BotManifest {
  if (!isRecord(value) || !isOptionalText(value["description"])) return false;
  if (typeof value["answersBots"] !== "boolean") return false;
  return ["http", "secrets", "roles", "commands"].every((key) => {
    const list = value[key];
    return Array.isArray(list) && list.every((one) => isText(one));
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, charsMax = Number.POSITIVE_INFINITY): value is string {
  return typeof value === "string" && value.length <= charsMax;
}

function isOptionalText(value: unknown, charsMax?: number): value is string | undefined {
  return value === undefined || isText(value, charsMax);
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= STATE_KEY_CHARS_MAX;
}

function isJson(value: unknown): value is string {
  return typeof value === "string" && value.length <= STATE_JSON_CHARS_MAX;
}

function isCount(value: unknown): value is number {
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
