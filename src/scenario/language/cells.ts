/** How wide text is on a terminal, as far as it can be known: enough for a caret to stand under its word, and for columns. */

/** In cells of a terminal. The text has no control characters. */
export function cells(text: string): number {
  let count = 0;
  for (const char of text) count += ZERO_CELLS.test(char) ? 0 : TWO_CELLS.test(char) ? 2 : 1;
  return count;
}

/** With blanks up to a width; what is wider stays as it is. */
export function padCells(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - cells(text)));
}

/** In lines of at most this width, broken at blanks, and within words that are wider. At least one line. */
export function wrapCells(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(/(?<= )(?=[^ ])/u)) {
    if (line !== "" && cells(line + piece.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    for (const char of graphemes.segment(piece)) {
      // Blanks may stand over the edge: they are cut off with the end of the line.
      if (char.segment !== " " && cells(line + char.segment) > width) {
        lines.push(line.trimEnd());
        line = "";
      }
      line += char.segment;
    }
  }
  return [...lines, line.trimEnd()];
}

/** What belongs to a letter stays with it. */
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

const ZERO_CELLS = /[\p{Mn}\p{Me}\p{Cf}]/u;
const TWO_CELLS =
  /[\p{Emoji_Presentation}\u{1100}-\u{115F}\u{2E80}-\u{A4CF}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE30}-\u{FE6F}\u{FF00}-\u{FF60}\u{20000}-\u{3FFFD}]/u;
