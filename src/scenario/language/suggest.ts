import { quote } from "./source-node.ts";

/** No word of the language is longer; beyond it nobody meant one. */
const WORD_CHARS_MAX = 64;

/** The known word that `word` most likely was meant to be: one slip in three letters at most; of equals the first. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > WORD_CHARS_MAX) return undefined;
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const longer = Math.max(word.length, candidate.length);
    const allowed = Math.max(1, Math.floor(longer / 3));
    if (Math.abs(word.length - candidate.length) > allowed) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > allowed || distance >= longer) continue;
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  return best?.word;
}

/**
 * `did you mean ...?`, or else the list of what is known, or nothing when that would be too long. What is `planned` is
 * recognized, and not listed.
 */
export function suggestion(
  word: string,
  known: Iterable<string>,
  planned: readonly string[] = [],
): string | undefined {
  const words = [...known];
  const near = nearest(word, words) ?? nearest(word, planned);
  if (near !== undefined) return `did you mean ${quote(near)}?`;
  return knownHere(words);
}

/** The list of what is known, or nothing when that would be too long. */
export function knownHere(known: Iterable<string>): string | undefined {
  const words = [...known];
  return words.length > 0 && words.length <= 16 ? `known here: ${words.join(", ")}` : undefined;
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
