/**
 * Parts a text into messages of at most `bytesMax` bytes of UTF-8: between paragraphs where that is possible, else between
 * lines, else between words, and never inside what a reader takes for one character (a grapheme cluster, UAX #29), as
 * long as that fits a message itself. What is only blank where the text is parted is dropped.
 */
export function splitText(text: string, bytesMax: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (utf8Bytes(rest) > bytesMax) {
    const fit = unitsThatFit(rest, bytesMax);
    const at = cutBefore(rest, fit);
    const part = rest.slice(0, at).trimEnd();
    if (part.trim() !== "") parts.push(part);
    rest = withoutLeadingBreak(rest.slice(at));
  }
  if (rest.trim() !== "" || parts.length === 0) parts.push(rest);
  return parts;
}

/** How many bytes of UTF-8 the text takes; half a surrogate pair counts as what replaces it. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPair(text, i)) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

function unitsThatFit(text: string, bytesMax: number): number {
  let bytes = 0;
  for (let i = 0; i < text.length; ) {
    const units = isPair(text, i) ? 2 : 1;
    bytes += utf8Bytes(text.slice(i, i + units));
    if (bytes > bytesMax) return Math.max(i, units);
    i += units;
  }
  return text.length;
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
  // Long enough to see where the last grapheme that might fit ends.
  for (const { index, segment } of new Intl.Segmenter("und").segment(text.slice(0, fit + 64))) {
    const next = index + segment.length;
    if (next > fit) break;
    end = next;
  }
  return end > 0 ? end : fit;
}

function withoutLeadingBreak(text: string): string {
  // Indentation after the line break is kept.
  return /\n/.test(/^\s*/.exec(text)?.[0] ?? "") ? text.replace(/^\s*\n/, "") : text.trimStart();
}

function isPair(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]/.test(text.slice(at, at + 2));
}
