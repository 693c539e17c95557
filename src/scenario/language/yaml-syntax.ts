import type { Range, SourceText } from "./source-text.ts";

/** An error of syntax as the YAML parser reports it. */
export interface SyntaxFault {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** Reports a fault in words that say what to do about it. */
export function reportSyntax(fault: SyntaxFault, source: SourceText): void {
  const { message, hint, range } = explain(fault, source.text);
  source.report(fault.code === "RESOURCE_EXHAUSTION" ? "TOO_DEEP" : "SYNTAX", range, message, hint);
}

interface Explanation {
  readonly message: string;
  readonly hint?: string;
  readonly range: Range;
}

function explain(fault: SyntaxFault, text: string): Explanation {
  const [start, end] = fault.pos;
  const range = { start, end };
  if (text.slice(0, start).endsWith("$") && text[start] === "{") {
    const close = text.indexOf("}", start);
    const message = `\`\${\` needs quotes inside { } and [ ]`;
    const hint = `write "${text.slice(start - 1, close + 1)}"`;
    return { message, ...(close - start < 40 && { hint }), range: { start: start - 1, end: close + 1 } };
  }
  switch (fault.code) {
    case "TAB_AS_INDENT":
      return { message: "a tab cannot indent", hint: "use blanks", range };
    case "MULTIPLE_DOCS":
      return {
        message: "a file holds one scenario",
        hint: "put the second one into a file of its own",
        range,
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        message: "a second `key: value` in one line",
        hint: "put quotes round a text that holds a colon and a blank, or begin a line of its own",
        range: restOfLine(start, text),
      };
    case "BAD_SCALAR_START":
      return {
        message: `a plain text cannot begin with \`${text.charAt(start)}\``,
        hint: "put quotes round it",
        range,
      };
    case "BAD_DQ_ESCAPE":
      return {
        message: `\`${text.slice(start, start + 2)}\` is no escape sequence`,
        hint: "double the backslash, or use single quotes, which leave it alone",
        range: { start, end: start + 2 },
      };
    case "MULTILINE_IMPLICIT_KEY":
      return {
        message: "a key and its `:` must stand in one line",
        hint: "is a `:` missing here?",
        range: restOfLine(start, text),
      };
    case "TAG_RESOLVE_FAILED":
      return {
        message: `tags such as \`${text.slice(start, end)}\` are not part of the language`,
        hint: "leave it out",
        range,
      };
    case "RESOURCE_EXHAUSTION":
      return { message: "nested too deep", range };
    default:
      return explainUnclosed(fault, text) ?? { message: lowerFirst(fault.message), range };
  }
}

/** What is never closed is shown where it opens: where it was missed says little. */
function explainUnclosed(fault: SyntaxFault, text: string): Explanation | undefined {
  const before = text.slice(0, fault.pos[0]);
  const bracket = /end with a ([\]}])$/.exec(fault.message)?.[1];
  const quoteMark = /^Missing closing (['"])quote$/.exec(fault.message)?.[1];
  const missing = bracket ?? quoteMark;
  if (missing === undefined) return undefined;
  const start = bracket === undefined ? openingQuote(before, missing) : openingBracket(before, missing);
  return { message: `the \`${missing}\` that closes this is missing`, range: { start, end: start + 1 } };
}

/** The last bracket that nothing behind it closes; brackets in quotes can mislead it, no more. */
function openingBracket(text: string, close: string): number {
  const open = close === "]" ? "[" : "{";
  let closed = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === close) closed += 1;
    else if (text[at] === open && closed-- === 0) return at;
  }
  return text.length;
}

/** The last quote that is not one of the content, where single quotes are doubled and double ones escaped. */
function openingQuote(text: string, mark: string): number {
  for (let at = text.lastIndexOf(mark); at >= 0; at = text.lastIndexOf(mark, at - 1)) {
    if (mark === '"' && text[at - 1] === "\\") continue;
    if (mark === '"') return at;
    const last = at;
    while (text[at - 1] === "'") at -= 1;
    if ((last - at) % 2 === 0) return at;
  }
  return text.length;
}

function restOfLine(start: number, text: string): Range {
  const end = text.indexOf("\n", start);
  return { start, end: end === -1 ? text.length : end };
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
