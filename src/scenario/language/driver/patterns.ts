/** The regular expressions of driver files. */
import { compile } from "../regular-expression.ts";

/** Times as programs write them: of C, Python, Java and people; seconds since 1970; in brackets or not. */
const TIME = (() => {
  const clock = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[ap]\.?m\.?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}|(?:utc|gmt|[ecmpab][sd]t|ces?t|ist|jst|kst|aes?t)\b))?`;
  const month = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
  const weekday = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*";
  const date = String.raw`(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -]${month}[ -,]*\d{2,4}|${month}\.? +\d{1,2}(?:,? +\d{4})?)`;
  const full = String.raw`(?:${weekday},? +)?(?:${date}(?:[T_,;]|\s|at)*${clock}|${clock}(?:[T_,;]|\s|on)*${date})(?:,? +\d{4})?`;
  const seconds = String.raw`\d{9,13}(?:\.\d+)?`;
  return String.raw`[\[(<{]?(?:${full}|${clock}|${date}|${seconds})[\])>}]?`;
})();

const FRONT_TIME = new RegExp(`^(?:${TIME})\\s*[:|-]?\\s*(?=\\S)`, "iu");

/** Compiles a pattern for a game with these nicknames. Returns what is wrong with it instead of throwing. */
export function compilePattern(
  pattern: string,
  { nicks, match }: { readonly nicks: readonly string[]; readonly match: "loose" | "exact" },
): RegExp | string {
  // The longest first: `ann` is not the beginning of `anna`.
  const names = nicks
    .toSorted((a, b) => b.length - a.length)
    .map((nick) => nick.replace(/[^\p{L}\p{N}_]/gu, "\\$&"));
  const source = pattern
    .replaceAll("${nick}", () => (names.length === 0 ? "(?!)" : `(?:${names.join("|")})`))
    .replaceAll("${time}", () => `(?:${TIME})`);
  return compile(source, match === "loose" ? "iu" : "u");
}

/** Without a time in front, where something follows it. */
export function withoutFrontTime(text: string): string {
  return text.replace(FRONT_TIME, "");
}
