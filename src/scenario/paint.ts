import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or does not. */
export type Paint = (style: Style, text: string) => string;

/** Whether to colour is the caller's choice, so no stream is asked. */
export function paintWith(color: boolean): Paint {
  return color ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}
