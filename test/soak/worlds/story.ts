import type { TraceEntry } from "../../../src/net/trace.ts";
import { type PlayOptions, play } from "./play.ts";
import type { Program } from "./program.ts";

/** Datagrams of a table or a heartbeat say little and are many. */
const DATAGRAM_CHARS_MAX = 140;

/** Plays the program again and writes down what is done, seen and, where asked for, said on the wire. */
export async function storyOf(
  program: Program,
  { datagrams, ...options }: PlayOptions & { readonly datagrams: boolean },
): Promise<readonly string[]> {
  const lines: string[] = [];
  const add = (atMs: number, line: string): unknown =>
    lines.push(`${(atMs / 1_000).toFixed(3).padStart(9)}  ${line}`);
  await play(program, {
    ...options,
    // What was ignored means something only beside the datagrams.
    onLine: (atMs, line) => {
      if (datagrams || !line.includes(": ignored ")) add(atMs, line);
    },
    ...(datagrams ? { onTrace: (entry: TraceEntry) => add(entry.atMs, describeDatagram(entry)) } : {}),
  });
  return lines;
}

function describeDatagram({ kind, from, to, bytes }: TraceEntry): string {
  const text = JSON.stringify(new TextDecoder().decode(bytes)).slice(1, -1).replaceAll('\\"', '"');
  const cut = text.length > DATAGRAM_CHARS_MAX ? `${text.slice(0, DATAGRAM_CHARS_MAX)}…` : text;
  return `    ${from.label} → ${to.label} ${kind}: ${cut}`;
}
