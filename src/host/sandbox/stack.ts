/** Stack traces that name the author's lines, and errors as the host is told of them. */
import { LABEL_CHARS_MAX } from "../pipe/bounds.ts";
import type { Fault } from "../pipe/messages.ts";
import { locate } from "./host-calls.ts";

/** The name under which the runner compiles the bundle. */
const BUNDLE = "bot.js";

/** How much of a message or stack is told; an error can quote all of its input. */
const FAULT_CHARS_MAX = 8_000;

/** esbuild's helpers for lowered `async` functions: they stand between the author's lines and are none of his. */
const HELPERS = new Set(["__async", "fulfilled", "rejected", "step"]);

export function installStackTraces(): void {
  Error.stackTraceLimit = 30;
  Error.prepareStackTrace = (error, sites) => {
    const frames: string[] = [];
    for (const site of sites) {
      const name = site.getFunctionName();
      if (site.getFileName() !== BUNDLE || HELPERS.has(name ?? "")) continue;
      const place = locate(site.getLineNumber() ?? 0, site.getColumnNumber() ?? 0);
      if (place !== "") frames.push(name ? `    at ${name} (${place})` : `    at ${place}`);
    }
    return [headOf(error), ...frames].join("\n");
  };
}

/** The author's line that is being run, as `file:line:column`; `undefined` where he has taken stack traces over. */
export function callSite(): string | undefined {
  try {
    return placeIn(String(new Error("call site").stack), "Error: call site");
  } catch {
    return undefined;
  }
}

/** Anything that was thrown, as text. */
export function faultOf(thrown: unknown): Fault {
  try {
    if (!(thrown instanceof Error)) {
      const what = read(() => describe(thrown)) ?? "something that cannot be read";
      return { name: "NotAnError", message: `${what} was thrown, which is no Error`, stack: "" };
    }
    const stack = read(() => thrown.stack) ?? "";
    const place = placeIn(stack, headOf(thrown));
    return {
      name: cut(read(() => thrown.name) ?? "Error"),
      message: cut(read(() => thrown.message) ?? "its message cannot be read"),
      stack: cut(stack + (read(() => causeOf(thrown)) ?? "")),
      ...(place !== undefined && { place }),
    };
  } catch {
    return { name: "Error", message: "an error that cannot be read was thrown", stack: "" };
  }
}

/** As text what a getter of the author's gives, who may have put anything there. */
function read(get: () => unknown): string | undefined {
  try {
    const value = get();
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}

function placeIn(stack: string, head: string): string | undefined {
  const frames = stack.startsWith(head) ? stack.slice(head.length) : stack;
  const frame = /^ {4}at (.+)$/m.exec(frames)?.[1];
  const place = frame && (/\(([^()]+:\d+:\d+)\)$/.exec(frame)?.[1] ?? frame);
  return place?.slice(0, LABEL_CHARS_MAX);
}

function causeOf({ cause }: Error): string {
  if (cause === undefined) return "";
  return `\ncaused by: ${cause instanceof Error ? String(cause.stack) : describe(cause)}`;
}

function headOf(error: Error): string {
  try {
    return String(error);
  } catch {
    return "Error";
  }
}

function describe(value: unknown): string {
  return cut(typeof value === "string" ? JSON.stringify(value) : String(value));
}

function cut(text: string): string {
  return text.length > FAULT_CHARS_MAX ? `${text.slice(0, FAULT_CHARS_MAX)}…` : text;
}
