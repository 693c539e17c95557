import { styleText } from "node:util";
import type { Tone } from "../client/interactive/tone.ts";

/** Colours a line of the interactive client: what people say stands out, what the program says stays back. */
export function paint(line: string, tone: Tone): string {
  const style = STYLES[tone];
  return style === undefined ? line : styleText(style, line, { validateStream: false });
}

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0] | undefined>> = {
  message: undefined,
  status: "dim",
  problem: "yellow",
  list: undefined,
  heading: "bold",
  online: "green",
  offline: "dim",
};
