import { TEXT_BYTES_MAX } from "../../../src/protocol/limits.ts";

/** A text that a careless program stumbles over, with a label that makes it unlike all others. */
export function oddText(label: string, next: () => number): string {
  const make = ODD[Math.floor(next() * ODD.length)] ?? ((text: string) => text);
  return make(label);
}

const ODD: readonly ((label: string) => string)[] = [
  // As long as a message can be, in characters of one, two, three and four bytes.
  (label) => filled(label, "x"),
  (label) => filled(label, "é"),
  (label) => filled(label, "✓"),
  (label) => filled(label, "😀"),
  // Words of the protocols.
  (label) => `I'm back, ${label}`,
  (label) => `ping ${label} ack`,
  (label) => label.slice(1),
  (label) => `reg ${label}`,
  (label) => `\u001e["message",1,1,"ann","ben",{},"${label}"]\n`,
  (label) => `["${label}"]`,
  (label) => `>>> [Welcome, You are registered.]${label}`,
  // What JSON, terminals and trimming change.
  (label) => `"${label}\\" \\u0041`,
  (label) => `${label}\nsecond line\r\nthird`,
  (label) => `${label}\t\u0000\u0007\u001b[31m`,
  (label) => `\u202e${label}\u200b\ufeff`,
  (label) => `  ${label}  `,
];

function filled(label: string, character: string): string {
  const sizeBytes = Buffer.byteLength(character);
  return label + character.repeat(Math.floor((TEXT_BYTES_MAX - label.length) / sizeBytes));
}
