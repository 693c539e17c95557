import { type CastNames, nameSubject } from "./cast.ts";
import type { NameUse } from "./conform.ts";
import type { Scope } from "./scope.ts";
import { entriesUnder, type MapEntry, type MapNode, quote } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { variableSubject } from "./substitution.ts";
import { nearest } from "./suggest.ts";

/** Whoever is asked for so often under a name that he does not have was declared with a slip. */
const USES_MIN = 2;

/**
 * A slip where a name is declared makes every use of it wrong. Where something declared is used by nobody, and several uses
 * ask for what has nearly its name, the declaration is shown, and the uses are not.
 */
export function blameDeclarations(
  root: MapNode,
  names: readonly NameUse[],
  cast: CastNames | undefined,
  scope: Scope,
  source: SourceText,
): void {
  const mentioned = new Set(names.map(({ text }) => text));
  const strangers = new Set(names.map(({ text }) => text).filter((text) => cast?.ends.has(text) === false));
  const lacking = wanted(strangers, nameSubject, source);
  for (const section of ["clients", "bots"]) {
    for (const entry of entriesUnder(root, section)) {
      if (!mentioned.has(entry.key)) blame(entry, section.slice(0, -1), lacking, source);
    }
  }
  const unknown = wanted(scope.askedFor, variableSubject, source);
  for (const section of ["vars", "matrix"]) {
    for (const entry of entriesUnder(root, section)) {
      if (!scope.isUsed(entry.key)) blame(entry, "variable", unknown, source);
    }
  }
}

/** Names that several uses ask for and nobody has, each with the subject of the problems about it. */
function wanted(
  names: Iterable<string>,
  subjectOf: (name: string) => string,
  source: SourceText,
): ReadonlyMap<string, string> {
  const subjects = [...names].map((name) => [name, subjectOf(name)] as const);
  return new Map(subjects.filter(([, subject]) => source.countAbout(subject) >= USES_MIN));
}

function blame(
  { key, keyRange }: MapEntry,
  what: string,
  lacking: ReadonlyMap<string, string>,
  source: SourceText,
): void {
  const meant = lacking.size === 0 ? undefined : nearest(key, lacking.keys());
  if (meant === undefined) return;
  const message = `nothing uses the ${what} ${quote(key)}, and ${quote(meant)} is used and not declared`;
  source.blame(lacking.get(meant) ?? "", "UNKNOWN_NAME", keyRange, message, `did you mean ${quote(meant)}?`);
}
