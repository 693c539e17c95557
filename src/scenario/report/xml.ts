/** Writes XML 1.0. */

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly string[],
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value, true)}"`);
  return content.length === 0
    ? `<${name}${written.join("")}/>`
    : `<${name}${written.join("")}>${content.some((one) => one.startsWith("<")) ? `\n${content.join("\n")}\n` : content.join("")}</${name}>`;
}

/** XML 1.0 §2.2 has no way at all to write most control characters, surrogates and two more. */
const NOT_IN_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
  "\r": "&#13;",
};

export function escaped(text: string, attribute = false): string {
  const special = attribute ? /[&<>"\n\t\r]/g : /[&<>\r]/g;
  return text
    .replaceAll(NOT_IN_XML, "\uFFFD")
    .replaceAll(special, (character) => ENTITIES[character] ?? character);
}

/** As JUnit has durations. */
export function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
