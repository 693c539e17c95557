/** Just enough of XML 1.0 to hold a document to it: well-formed, and built as a schema says. */

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** Which attributes an element must and may have, and which elements it may hold, in any order. */
export type XmlSchema = Readonly<
  Record<
    string,
    {
      readonly required?: readonly string[];
      readonly optional?: readonly string[];
      readonly children?: readonly string[];
      /** What an attribute's value must look like. */
      readonly values?: Readonly<Record<string, RegExp>>;
    }
  >
>;

const TOKEN = /<\?xml [^>]*\?>|<(\/?)([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** @throws {Error} when the document is not well-formed. */
export function parseXml(document: string): XmlElement {
  const forbidden = NOT_IN_XML.exec(document);
  if (forbidden !== null) throw new Error(`a character that XML cannot hold, at ${forbidden.index}`);
  const root = open("");
  const path = [root];
  let end = 0;
  for (const match of document.matchAll(TOKEN)) {
    const [whole, closes, name, attributes = "", closed, text] = match;
    end = match.index + whole.length;
    const parent = path.at(-1) ?? root;
    if (text !== undefined) parent.text += decoded(text);
    if (name === undefined) continue;
    if (closes === "/") {
      if (path.pop()?.name !== name) throw new Error(`</${name}> closes what is not open, at ${match.index}`);
      continue;
    }
    const element = open(name, attributes);
    parent.children.push(element);
    if (closed !== "/") path.push(element);
  }
  if (end !== document.length) throw new Error(`no XML at ${end}: ${document.slice(end, end + 40)}`);
  const [first, ...more] = root.children;
  if (path.length > 1 || first === undefined || more.length > 0)
    throw new Error("not one element at the top");
  return first;
}

/** Says where an element is not built as the schema says. */
export function breachesOf(element: XmlElement, schema: XmlSchema): readonly string[] {
  const { name, attributes, children } = element;
  const rule = schema[name];
  if (rule === undefined) return [`<${name}> is not known`];
  const { required = [], optional = [], children: allowed = [], values = {} } = rule;
  const breaches = [
    ...required.filter((key) => !attributes.has(key)).map((key) => `<${name}> lacks ${key}`),
    ...[...attributes.keys()]
      .filter((key) => !required.includes(key) && !optional.includes(key))
      .map((key) => `<${name}> has ${key}`),
    ...Object.entries(values)
      .filter(([key, pattern]) => attributes.has(key) && !pattern.test(attributes.get(key) ?? ""))
      .map(([key]) => `<${name}> has ${key}="${attributes.get(key)}"`),
    ...children
      .filter((child) => !allowed.includes(child.name))
      .map((child) => `<${name}> holds <${child.name}>`),
  ];
  return [...breaches, ...children.flatMap((child) => breachesOf(child, schema))];
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

function open(name: string, attributes = ""): OpenElement {
  const pairs = [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(
    ([, key = "", value = ""]) => [key, decoded(value)] as const,
  );
  if (new Set(pairs.map(([key]) => key)).size < pairs.length)
    throw new Error(`<${name}> has an attribute twice`);
  return { name, attributes: new Map(pairs), children: [], text: "" };
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replaceAll(/&([^;]*);?/g, (whole, entity: string) => {
    const code = /^#(\d+)$/.exec(entity)?.[1];
    const character = code === undefined ? ENTITIES[entity] : String.fromCodePoint(Number(code));
    if (character === undefined || !whole.endsWith(";")) throw new Error(`no entity: ${whole}`);
    return character;
  });
}
