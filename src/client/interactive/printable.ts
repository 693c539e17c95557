/**
 * A text from the network or a file as one line that is safe to print: characters that would move the cursor, recolour the
 * screen or turn the direction of writing are shown as `\x1b` or `\u202e` instead of obeyed.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** Control characters except the tab, line and paragraph separators, and the bidirectional controls of UAX #9. */
const UNSAFE = /(?!\t)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
