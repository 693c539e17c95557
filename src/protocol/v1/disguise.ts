/**
 * Texts that the original's client takes for something else: with `ack` anywhere in it a message counts as an
 * acknowledgement and is never shown; `ping` is answered a second time; a number is taken for the size of a table,
 * and the client waits for its rows for ever.
 *
 * They are sent with a zero-width space (U+200B) where it breaks the likeness and nobody sees it, and `reveal` takes it
 * out again. A text that has such a space there already gets one more, so nothing is lost in either direction.
 */
const WORDS = /(a)(\u200b*)(ck)|(p)(\u200b*)(ing)/g;
const NUMBER = /^\s*[+-]?\d+\s*\u200b*$/;
const SPACE = "\u200b";

export function disguise(text: string): string {
  const words = text.replace(WORDS, (match) => `${match.slice(0, 1)}${SPACE}${match.slice(1)}`);
  return NUMBER.test(words) ? words + SPACE : words;
}

export function reveal(text: string): string {
  const number = NUMBER.test(text) && text.endsWith(SPACE) ? text.slice(0, -1) : text;
  return number.replace(WORDS, (match) => match.slice(0, 1) + match.slice(match[1] === SPACE ? 2 : 1));
}
