import type { NameUse } from "./conform.ts";
import { parseLink } from "./grammar/names.ts";
import { quote, type SourceNode, textUnder } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { nearest, suggestion } from "./suggest.ts";

/** Who takes part in a scenario, by the names its file gives them. */
export interface CastNames {
  readonly clients: ReadonlySet<string>;
  /** The names of bots, which are their nicknames unless they have one of their own. */
  readonly bots: ReadonlySet<string>;
  /** All nicknames: of clients, of bots, and those that clients register `as`. */
  readonly nicks: ReadonlySet<string>;
  /** Where a client registers under a nickname that is known only as the scenario runs, in words: more may be somebody's then. */
  readonly later?: string;
  /** All that can be the end of a link. */
  readonly ends: ReadonlySet<string>;
}

/** Under which problems with a name that nobody has are noted. */
export function nameSubject(name: string): string {
  return `name ${name}`;
}

/** Reports every name that is nobody's, or of somebody who cannot do what the place asks of him. */
export function checkNames(names: readonly NameUse[], cast: CastNames): void {
  for (const use of names) checkName(use, cast);
}

function checkName({ role, text, range, source, beside }: NameUse, cast: CastNames): void {
  switch (role) {
    case "client":
      checkClient(text, range, cast, source);
      return;
    case "bot":
      checkKnown(text, range, cast.bots, "the name of a bot", source);
      return;
    case "recipient":
      if (!isMeant(textUnder(beside, "result"), "failed")) {
        const hint = "or write `result: failed` if nobody shall get it";
        checkNick(text, range, cast, source, hint);
      }
      return;
    case "row":
      checkRow(text, range, beside, cast, source);
      return;
    case "sender":
      checkNick(text, range, cast, source);
      return;
    case "end":
      checkKnown(text, range, cast.ends, "the name of a client or bot", source);
      return;
    case "link":
      for (const name of linkNames(text)) {
        const start = range.start + linkOffset(name, text, range, source);
        const end = start + name.length;
        checkKnown(name, { start, end }, cast.ends, "the name of a client or bot", source);
      }
      return;
    // Variables and marks are looked up where steps are read: what they may refer to depends on the place.
    case "as":
    case "mark":
    case "newMark":
    case "newVariable":
    case "fact":
      return;
  }
}

/** A row that is compared with anything but being there may be nobody's; one that is nearly somebody's was meant to be his. */
function checkRow(
  name: string,
  range: Range,
  row: SourceNode | undefined,
  cast: CastNames,
  source: SourceText,
): void {
  const isAbsent = row?.kind === "scalar" && (row.template !== undefined || isMeant(row.text, "absent"));
  if (cast.nicks.has(name)) return;
  const meant = nearest(name, cast.nicks);
  if (!isAbsent && (row?.kind === "scalar" || meant !== undefined)) {
    checkNick(name, range, cast, source);
  } else if (isAbsent && meant !== undefined) {
    const message = `${quote(name)} is nobody's nickname, so it is always absent`;
    source.warn("DOUBTFUL", range, message, `did you mean ${quote(meant)}?`);
  }
}

/** A slip in that word is reported already, and one slip is one problem. */
function isMeant(text: string | undefined, word: string): boolean {
  return text !== undefined && nearest(text, [word]) === word;
}

function checkClient(name: string, range: Range, cast: CastNames, source: SourceText): void {
  if (cast.clients.has(name)) return;
  if (cast.bots.has(name)) {
    const message = `${quote(name)} is a bot: it acts by itself, and only clients can be told to`;
    source.report("WRONG_ROLE", range, message);
  } else {
    const hint = () => suggestion(name, cast.clients) ?? `declare it: \`clients: {${name}: {}}\``;
    source.report("UNKNOWN_NAME", range, `there is no client ${quote(name)}`, hint, nameSubject(name));
  }
}

function checkNick(
  name: string,
  range: Range,
  { nicks, later }: CastNames,
  source: SourceText,
  otherwise?: string,
): void {
  if (later === undefined || nearest(name, nicks) !== undefined) {
    checkKnown(name, range, nicks, "a nickname", source, otherwise);
  } else if (!nicks.has(name)) {
    source.warn("DOUBTFUL", range, `${quote(name)} is a nickname only if ${later} is it`, otherwise);
  }
}

function checkKnown(
  name: string,
  range: Range,
  known: ReadonlySet<string>,
  what: string,
  source: SourceText,
  otherwise?: string,
): void {
  if (known.has(name)) return;
  const hint = () => [suggestion(name, known), otherwise].filter((part) => part !== undefined).join(", ");
  const message = `${quote(name)} is not ${what} of this scenario`;
  source.report("UNKNOWN_NAME", range, message, () => hint() || undefined, nameSubject(name));
}

function linkNames(text: string): readonly string[] {
  const [link] = parseLink(text);
  return link === undefined ? [] : [link.from, link.to].filter((name) => name !== "*");
}

/** Where a name begins in a link as the file writes it, quotes and all. */
function linkOffset(name: string, text: string, range: Range, source: SourceText): number {
  const raw = source.text.slice(range.start, range.end);
  const inside = Math.max(0, raw.indexOf(text));
  const [from = ""] = text.split(/->|--/);
  const second = from.trim() !== name;
  return inside + (second ? text.lastIndexOf(name) : text.indexOf(name));
}
