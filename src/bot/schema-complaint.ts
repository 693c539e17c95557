/**
 * What a schema has against a value, in one voice whatever library it is of: where, what was expected, what is there.
 *
 * Standard Schema promises no more of an issue than a message and a path, and zod/mini's message is "Invalid input" for all
 * that can be wrong. What else an issue tells is read as its library writes it. A message that its author wrote stands as it is.
 */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * @param vendor the library's name, as its schemas give it
 * @param value what did not fit
 * @param what the value in words, such as `settings`
 * @returns a line for each thing that is wrong, such as `settings.hours: expected a number, got "four"`
 */
export function complaintsAbout(
  vendor: string,
  issues: readonly SchemaIssue[],
  value: unknown,
  what: string,
): readonly string[] {
  const lines = findingsOf(vendor, issues, []).map(({ path, is, expected, message }) => {
    const place = [what, ...path].join(".");
    if (is !== undefined) return `${place} is ${is}`;
    const found = `got ${inWords(valueAt(value, path))}`;
    return expected === undefined
      ? `${place}: ${message}, ${found}`
      : `${place}: expected ${expected}, ${found}`;
  });
  return [...new Set(lines)];
}

/** One thing that is wrong, in the first of these words that is known. */
interface Finding {
  readonly path: readonly string[];
  /** Of a key. */
  readonly is?: "missing" | "unknown";
  readonly expected?: string | undefined;
  readonly message: string;
}

/** With what the libraries add to it. Nothing of that is promised. */
type Issue = SchemaIssue & Fields;
type Fields = Readonly<Record<string, unknown>>;

function findingsOf(
  vendor: string,
  issues: readonly SchemaIssue[],
  before: readonly string[],
): readonly Finding[] {
  return (issues as readonly Issue[]).flatMap((issue): readonly Finding[] => {
    const path = [...before, ...keysOf(issue)];
    switch (vendor) {
      case "zod":
        return ofZod(path, issue);
      case "valibot":
        return [ofValibot(path, issue)];
      case "arktype":
        return [ofArkType(path, issue)];
      default:
        return [{ path, message: issue.message }];
    }
  });
}

function keysOf({ path = [] }: SchemaIssue): readonly string[] {
  return path.map((part) => String(typeof part === "object" ? part.key : part));
}

const ZOD_STANDARD =
  /^(?:Invalid (?:input|option|string|number|key|literal|enum|discriminator)|Too (?:small|big): |Unrecognized key|Required$|Expected \w+, received |(?:String|Number|Array) must )/;

function ofZod(path: readonly string[], issue: Issue): readonly Finding[] {
  const { message, code, keys, issues } = issue;
  if (!ZOD_STANDARD.test(message)) return [{ path, message }];
  if (code === "unrecognized_keys" && Array.isArray(keys)) {
    return keys.map((key): Finding => ({ path: [...path, String(key)], is: "unknown", message }));
  }
  if (code === "invalid_key") {
    const expected = issuesIn(issues)
      .map(zodExpects)
      .find((words) => words !== undefined);
    return [{ path, message: expected === undefined ? message : `the key has to be ${expected}` }];
  }
  return code === "invalid_union"
    ? ofZodUnion(path, issue)
    : [{ path, message, expected: zodExpects(issue) }];
}

/** The alternative that was meant says what is wrong within; where it can be none of them, all say what they would take. */
function ofZodUnion(path: readonly string[], issue: Issue): readonly Finding[] {
  const { message, errors, unionErrors, options } = issue;
  if (Array.isArray(options)) return [{ path, message, expected: oneOf(options) }];
  const alternatives = Array.isArray(errors)
    ? errors.map(issuesIn)
    : Array.isArray(unionErrors)
      ? unionErrors.map((error: Fields) => issuesIn(error["issues"]))
      : [];
  const outside = Array.isArray(errors) ? [] : path;
  const isAtTop = (inner: Issue) => keysOf(inner).length === outside.length;
  const meant = alternatives.filter((inner) => inner.length > 0 && !inner.some(isAtTop));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) {
    return findingsOf("zod", only, outside.length > 0 ? [] : path);
  }
  const expected = new Set(alternatives.flatMap((inner) => inner.filter(isAtTop).map(zodExpects)));
  expected.delete(undefined);
  return [{ path, message, expected: expected.size > 0 ? [...expected].join(" or ") : undefined }];
}

function issuesIn(value: unknown): readonly Issue[] {
  return Array.isArray(value) ? value : [];
}

function zodExpects(issue: Issue): string | undefined {
  const { code, expected, values, options, divisor, format, validation } = issue;
  switch (code) {
    case "invalid_type":
      return noun(expected);
    case "invalid_value":
    case "invalid_enum_value":
    case "invalid_literal":
      return oneOf(Array.isArray(values) ? values : Array.isArray(options) ? options : [expected]);
    case "invalid_union": {
      const [finding] = ofZodUnion([], issue);
      return finding?.path.length === 0 ? finding.expected : undefined;
    }
    case "too_small":
      return bound(issue, issue["minimum"], "at least", "more than");
    case "too_big":
      return bound(issue, issue["maximum"], "at most", "less than");
    case "not_multiple_of":
      return `a multiple of ${String(divisor)}`;
    case "invalid_format":
    case "invalid_string":
      return textLike(format ?? validation, issue);
    default:
      return undefined;
  }
}

function bound(issue: Fields, limit: unknown, closed: string, open: string): string {
  const { origin, type, inclusive, exact } = issue;
  const words = `${exact === true ? "exactly" : inclusive === false ? open : closed} ${String(limit)}`;
  const counted = COUNTED.get(origin ?? type);
  return counted === undefined ? words : `${words} ${counted}${Number(limit) === 1 ? "" : "s"}`;
}

const COUNTED: ReadonlyMap<unknown, string> = new Map([
  ["string", "character"],
  ["array", "item"],
  ["set", "item"],
  ["map", "item"],
]);

function textLike(format: unknown, { prefix, suffix, includes, pattern }: Fields): string {
  if (prefix !== undefined) return `a text that begins with ${JSON.stringify(prefix)}`;
  if (suffix !== undefined) return `a text that ends with ${JSON.stringify(suffix)}`;
  if (includes !== undefined) return `a text with ${JSON.stringify(includes)} in it`;
  if (format === "regex")
    return pattern === undefined ? "a text of another form" : `a text like ${String(pattern)}`;
  return `a valid ${String(format)}`;
}

function ofValibot(path: readonly string[], issue: Issue): Finding {
  const { message, kind, type, expected } = issue;
  const [, subject, wanted] = /^Invalid ([^:]+): (?:Expected (.+) but r|R)eceived /s.exec(message) ?? [];
  if (subject === undefined) return { path, message };
  const last = issue.path?.at(-1) as Fields | undefined;
  if (last?.["origin"] === "key") return { path, message, is: expected === "never" ? "unknown" : "missing" };
  if (wanted === undefined) return { path, message, expected: `a valid ${subject}` };
  const words = typescriptInWords(wanted);
  const isLength = kind === "validation" && /length|size/.test(String(type));
  return { path, message, expected: isLength ? `a length of ${words}` : words };
}

const COMPARISONS: Readonly<Record<string, string>> = {
  "<=": "at most ",
  ">=": "at least ",
  "<": "less than ",
  ">": "more than ",
  "!": "anything but ",
};

/** `("a" | "b")`, `(string | Object)`, `>=3` */
function typescriptInWords(type: string): string {
  if (type.startsWith("/")) return `a text like ${type}`;
  const compared = /^(<=|>=|<|>|!)(.+)$/s.exec(type);
  if (compared !== null) return `${COMPARISONS[compared[1] ?? ""]}${compared[2]}`;
  const words = (type.match(/"(?:[^"\\]|\\.)*"|[^\s()|]+/g) ?? []).map((word) =>
    word === "&" ? "and" : noun(word),
  );
  return words.join(type.includes(" & ") ? " " : " or ");
}

function ofArkType(path: readonly string[], { message, problem }: Issue): Finding {
  const standard = typeof problem === "string" && message.endsWith(problem) ? problem : "";
  const expected = /\bmust be(?:\.\.\.)?\s(.+?)(?: \(was .*\))?$/s.exec(standard)?.[1];
  if (expected === "removed") return { path, message, is: "unknown" };
  // Several conditions stand on lines of their own.
  return {
    path,
    message,
    expected: expected
      ?.trim()
      .replaceAll(/\s*\n\s*◦\s*/g, " and ")
      .replace(/^◦\s*/, ""),
  };
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a map",
  record: "a map",
  map: "a map",
  date: "a date",
  nonoptional: "a value",
  never: "nothing",
};

/** What libraries call a type, in the words of a file that is to have it. */
function noun(type: unknown): string {
  const name = String(type);
  return Object.hasOwn(NOUNS, name.toLowerCase()) ? (NOUNS[name.toLowerCase()] ?? name) : name;
}

function oneOf(values: readonly unknown[]): string {
  return values.map(inWords).join(" or ");
}

const VALUE_CHARS_MAX = 60;

function inWords(value: unknown): string {
  const json = typeof value === "bigint" ? String(value) : JSON.stringify(value);
  if (json === undefined) return "nothing";
  return json.length > VALUE_CHARS_MAX ? `${json.slice(0, VALUE_CHARS_MAX)}…` : json;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((holder, key) => (holder as Fields | null | undefined)?.[key], value);
}
