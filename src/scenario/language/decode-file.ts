import { SourceText } from "./source-text.ts";

/** Nobody writes a longer scenario by hand; it bounds the time that any bytes at all can take. */
export const FILE_BYTES_MAX = 131_072;

/** YAML allows what can be printed; of the control characters only tabs and line breaks. */
const CONTROL_CHARACTER = /(?![\t\n\r\u{85}])\p{Cc}/u;

/** The text of a file that holds `bytes`, or a text with a problem: it must be UTF-8. */
export function decodeFile(file: string, bytes: Uint8Array, siblings?: Map<string, SourceText>): SourceText {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return new SourceText(file, text, siblings);
  } catch {
    // Decoded with replacement, so that the place can be shown.
    const source = new SourceText(file, new TextDecoder("utf-8").decode(bytes), siblings);
    const bad = Math.max(0, source.text.indexOf("\u{FFFD}"));
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    const hint = utf16 ? "it looks like UTF-16: save it as UTF-8" : "save it as UTF-8";
    source.report("NOT_UTF8", { start: bad, end: bad + 1 }, "the file is not UTF-8", hint);
    return source;
  }
}

/** Reports the first control character. True when there is one. */
export function reportControlCharacter(source: SourceText): boolean {
  const at = source.text.search(CONTROL_CHARACTER);
  if (at === -1) return false;
  const code = (source.text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  const message = `the control character U+${code} cannot stand in a file`;
  source.report("CONTROL_CHARACTER", { start: at, end: at + 1 }, message, "in double quotes write an escape");
  return true;
}
