import { stripVTControlCharacters, styleText } from "node:util";
import { cells } from "../language/cells.ts";

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or does not. */
export type Paint = (style: Style, text: string) => string;

/** Whether to colour is the caller's choice, so no stream is asked. */
export function paintWith(color: boolean): Paint {
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

/** Cut to fit a line of so many columns, so that it can be drawn over. Takes a text without colours. */
export function clip(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  if (cells(plain) < columns) return text;
  let kept = "";
  for (const character of plain) {
    if (cells(kept + character) > columns - 2) break;
    kept += character;
  }
  return `${kept}…`;
}
