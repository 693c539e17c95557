/** Sentences about steps and events, for people. */
import type { Contact, Receipt } from "../../client/api.ts";
import { formatAddress } from "../../protocol/address.ts";
import { counted } from "../counted.ts";
import type { Step } from "../language/actions.ts";
import type { Check, Comparison, EventPattern, Rows, Scalar } from "../language/patterns.ts";
import type { Observation } from "./observation.ts";

const QUOTED_CHARS_MAX = 100;

/** Control characters, and those that turn the direction of text or hide: a terminal must not obey them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text in quotation marks on one line, with nothing in it that a terminal would obey; long ones are cut. */
export function inQuotes(text: string): string {
  const cut = text.length > QUOTED_CHARS_MAX ? text.slice(0, QUOTED_CHARS_MAX) : text;
  const inner = cut.replace(/[\\"]/g, "\\$&").replace(UNPRINTABLE, escaped);
  return cut === text ? `"${inner}"` : `"${inner}"… (${text.length} characters)`;
}

export function describeStep(step: Step): string {
  switch (step.verb) {
    case "register": {
      const as = step.as === undefined ? "" : ` as ${step.as}`;
      return `register ${step.client}${as}${step.result === "ok" ? "" : `: ${step.result}`}`;
    }
    case "deregister":
      return `deregister ${step.client}`;
    case "send":
      return `send ${step.from} → ${step.to} ${inQuotes(step.text)}${step.result === undefined ? "" : `: ${step.result}`}`;
    case "expect":
      return `expect at ${step.at}: ${step.patterns.map(describePattern).join("; ")}`;
    case "never":
      return `never at ${step.at}: ${describePattern(step.pattern)}`;
    case "assert":
      return `assert at ${step.at}: ${describeCheck(step.check)}`;
    case "settle":
      return `settle for ${formatMs(step.quietMs)}`;
    case "wait":
      return `wait ${formatMs(step.waitMs)}`;
    case "server":
      return `server ${step.do}`;
    case "bot":
      return `bot ${step.at} ${step.do}`;
    case "client":
      return `client ${step.at} ${step.do}`;
    case "input":
      return `input at ${step.at}: ${step.command === undefined ? "" : `${step.command} `}${step.line === undefined ? "the end" : inQuotes(step.line)}`;
    case "net":
      return `net ${step.change.kind}`;
    case "fault": {
      const { kind, packet, nth, times } = step.fault;
      const which = `${nth === 1 ? "next" : `${ordinal(nth)} next`} ${packet ?? "datagram"}`;
      return `fault ${kind} the ${which}${times === 1 ? "" : `, ${times} of them`}`;
    }
    case "raw":
      return `raw ${step.from} → ${step.to}, ${counted(step.bytes.length, "byte")}`;
    case "mark":
      return `mark ${inQuotes(step.mark)}`;
    case "set":
      return `set ${[...step.values].map(([name, { text }]) => `${name} ${inQuotes(text)}`).join(", ")}`;
    case "parallel":
      return `parallel, ${counted(step.branches.length, "branch", "branches")}`;
    case "repeat": {
      const { times, until, maxMs } = step;
      const bound = maxMs === undefined ? counted(times ?? 0, "time") : formatMs(maxMs);
      return `repeat ${until === undefined ? "" : "at most "}${bound}`;
    }
    case "call":
      return `call ${step.file}`;
  }
}

export function describeCheck(check: Check): string {
  switch (check.kind) {
    case "table":
      return `table ${describeRows(check.rows)}`;
    case "count":
      return `the count of ${describePattern(check.pattern)} is ${describeComparison(check.is)}`;
    case "sequence":
      return `there is ${check.patterns.map(describePattern).join(", then ")}`;
    case "texts":
      if (check.is.operator === "exists") {
        return `there is ${check.is.value ? "" : "no "}${describePattern(check.pattern).replace(/^an? /, "")}`;
      }
      return `the text of ${describePattern(check.pattern)} is ${describeComparison(check.is)}`;
    case "list": {
      const texts = check.texts.map(inQuotes).join(", ");
      return `the texts of all like ${describePattern(check.pattern)} are ${check.same ? "" : "not "}${texts || "none"}`;
    }
  }
}

export function describePattern(pattern: EventPattern): string {
  switch (pattern.kind) {
    case "table":
      return `table ${describeRows(pattern.rows)}`;
    case "error":
      return pattern.text === undefined ? "an error" : `an error, ${describeField("text", pattern.text)}`;
    case "line":
      return pattern.text === undefined ? "a line" : `a line, ${describeField("text", pattern.text)}`;
    case "shown":
      return `a line that says ${inQuotes(pattern.what)}${pattern.to === undefined ? "" : `, ${describeField("to", pattern.to)}`}`;
    case "exit": {
      const { code, signal } = pattern;
      const fields = [code && describeField("code", code), signal && describeField("signal", signal)];
      return ["the end of the program", ...fields.filter((field) => field !== undefined)].join(", ");
    }
    case "datagram":
      return "a datagram at the silent server";
    case "message": {
      const plainFrom = pattern.from?.operator === "equals" ? ` from ${pattern.from.value}` : "";
      const parts = [`${pattern.saved === true ? "a saved message" : "a message"}${plainFrom}`];
      if (pattern.from !== undefined && plainFrom === "") parts.push(describeField("from", pattern.from));
      if (pattern.text !== undefined) parts.push(describeField("text", pattern.text));
      if (pattern.saved === false) parts.push("not a saved one");
      if (pattern.auto !== undefined)
        parts.push(pattern.auto ? "written by a program" : "written by a person");
      return parts.join(", ");
    }
  }
}

function describeRows(rows: Rows): string {
  return [...rows]
    .map(([nick, is]) => `${nick} ${is.operator === "equals" ? is.value : describeComparison(is)}`)
    .join(", ");
}

/** `2nd`, `3rd`, `11th`. */
export function ordinal(number: number): string {
  const [tens, ones] = [number % 100, number % 10];
  const ending = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][ones] ?? "th");
  return `${number}${ending}`;
}

export function describeComparison(comparison: Comparison): string {
  switch (comparison.operator) {
    case "equals":
      return scalar(comparison.value);
    case "not":
      return `not ${scalar(comparison.value)}`;
    case "oneOf":
      return `one of ${comparison.value.map(scalar).join(", ")}`;
    case "matches":
      return `matching ${comparison.value}`;
    case "contains":
      return `containing ${inQuotes(comparison.value)}`;
    case "exists":
      return comparison.value ? "present" : "absent";
    case "gt":
      return `above ${comparison.value}`;
    case "gte":
      return `at least ${comparison.value}`;
    case "lt":
      return `below ${comparison.value}`;
    case "lte":
      return `at most ${comparison.value}`;
  }
}

/** One line of a ledger. */
export function describeObservation(seen: Observation): string {
  switch (seen.kind) {
    case "message":
      return `${seen.saved ? "saved message" : "message"} from ${seen.from} ${inQuotes(seen.text)}`;
    case "registering":
      return "registers";
    case "registered":
      return `registered (${seen.outcome})`;
    case "deregistered":
      return "deregistered";
    case "closed":
      return "port closed";
    case "unacknowledged":
      return `${seen.to} did not acknowledge; the server is asked to save it`;
    case "server-lost":
      return "the server does not answer any more";
    case "server-back":
      return "the server answers again";
    case "table":
      return `table ${describeTable(seen.contacts)}`;
    case "mail":
      return `${counted(seen.count, "saved message")} announced`;
    case "notice":
      return `notice ${inQuotes(seen.text)}`;
    case "ignored":
      return `ignored a datagram from ${formatAddress(seen.from)}: ${seen.reason}`;
    case "error":
      return `error ${seen.text}`;
    case "started":
      return `starts ${seen.command}`;
    case "typed":
      return `types ${inQuotes(seen.line)}`;
    case "line":
      return `shows ${inQuotes(seen.text)}`;
    case "exit":
      return seen.signal === undefined ? `ended, exit code ${seen.code}` : `ended by ${seen.signal}`;
    case "datagram":
      return `a datagram of ${seen.sizeBytes} bytes reached the silent server`;
    case "receipt":
      return `sent ${inQuotes(seen.text)} to ${seen.to}: ${describeReceipt(seen.receipt)}`;
  }
}

export function describeTable(contacts: readonly Contact[]): string {
  return contacts.length === 0
    ? "empty"
    : contacts.map(({ nick, online }) => `${nick} ${online ? "online" : "offline"}`).join(", ");
}

export function describeReceipt(receipt: Receipt): string {
  const attempts = counted(receipt.attempts, "attempt");
  switch (receipt.kind) {
    case "delivered":
      return `delivered, ${attempts}, ${formatMs(receipt.roundTripMs)}`;
    case "saved":
      return `saved, ${attempts}`;
    case "failed":
      return `failed, ${receipt.reason} (${receipt.detail}), ${attempts}`;
  }
}

/** `3ms`, `1.25s`, `2m 05s`: three figures are enough for people. */
export function formatMs(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))}ms`;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(2))}s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
}

function describeField(name: string, comparison: Comparison): string {
  return `${name} ${describeComparison(comparison)}`;
}

function scalar(value: Scalar): string {
  return typeof value === "string" ? inQuotes(value) : String(value);
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
