/**
 * Parts a text into messages of at most `bytesMax` bytes of UTF-8: between paragraphs where that is possible, else between
 * lines, else between words, and never inside what a reader takes for one character (a grapheme cluster, UAX #29), as
 * long as that fits a message itself. What is only blank where the text is parted is dropped.
 */
export function splitText(text: string, bytesMax: number): string[] {
  // No UTF-16 unit takes more than three bytes.
  if (3 * text.length <= bytesMax) return [text];
  const parts: string[] = [];
  let from = 0;
  for (;;) {
    const fit = unitsThatFit(text, from, bytesMax);
    if (from + fit >= text.length) break;
    const at = cutBefore(text.slice(from, from + fit + LOOKAHEAD_UNITS), fit);
    const part = text.slice(from, from + at).trimEnd();
    if (part !== "") parts.push(part);
    from = afterBreak(text, from + at);
  }
  const rest = text.slice(from);
  if (rest.trim() !== "" || parts.length === 0) parts.push(rest);
  return parts;
}

/** Enough to see whether what fits ends inside a grapheme. */
const LOOKAHEAD_UNITS = 64;

const graphemes = new Intl.Segmenter("und");

/** How many UTF-16 units fit so many bytes of UTF-8; half a surrogate pair takes what replaces it. At least one character. */
function unitsThatFit(text: string, from: number, bytesMax: number): number {
  let bytes = 0;
  let at = from;
  while (at < text.length) {
    const code = text.codePointAt(at) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > bytesMax && at > from) break;
    at += code < 0x10000 ? 1 : 2;
  }
  return at - from;
}

/** A paragraph or a line shorter than this share of a message is not worth a message of its own. */
const SHARE_MIN = 1 / 4;

/** Where to cut, at or before `fit`. */
function cutBefore(text: string, fit: number): number {
  // A break right behind what fits is one that was met.
  const head = text.slice(0, fit + 1);
  const least = fit * SHARE_MIN;
  for (const mark of [/\n[^\S\n]*\n/g, /\n/g, /\s/g]) {
    const at = lastMatch(head, mark);
    if (at !== undefined && at >= least && at > 0) return at;
  }
  const word = lastMatch(head, /\s/g);
  return word !== undefined && word > 0 && text.slice(0, word).trim() !== ""
    ? word
    : graphemeBefore(text, fit);
}

function lastMatch(text: string, mark: RegExp): number | undefined {
  let at: number | undefined;
  for (const match of text.matchAll(mark)) at = match.index;
  return at;
}

/** The longest row of whole graphemes that fits; where the first alone is too long, it has to be cut. */
function graphemeBefore(text: string, fit: number): number {
  let end = 0;
  for (const { index, segment } of graphemes.segment(text)) {
    const next = index + segment.length;
    if (next > fit) break;
    end = next;
  }
  return end > 0 ? end : fit;
}

/** Where the next part begins: behind the blank lines of the cut, before the indentation of what follows. */
function afterBreak(text: string, at: number): number {
  let next = at;
  let lineStart: number | undefined;
  for (; next < text.length && /\s/.test(text.charAt(next)); next++) {
    if (text.charAt(next) === "\n") lineStart = next + 1;
  }
  return lineStart ?? next;
}
