/** Datagrams for people: who sent what to whom, and what became of it. */
import type { TraceEntry, TraceKind } from "../../net/trace.ts";
import { CHECKSUM_BYTES, isIntact } from "../../protocol/v2/index.ts";
import type { DatagramLine } from "./result.ts";
import { inQuotes } from "./wording.ts";

const SHOWN_MAX = 12;
const HEX_BYTES_MAX = 32;

/** Records of the native dialect begin with this (RFC 7464). */
const RECORD_SEPARATOR = "\u001e";

/** What befalls a datagram on the way is told with the datagram. */
const ON_THE_WAY: ReadonlySet<TraceKind> = new Set(["lost", "cut", "duplicated", "reordered", "corrupted"]);

/** The last ones, a line each; that a datagram arrived goes without saying. */
export function describeDatagrams(
  entries: readonly TraceEntry[],
  names: ReadonlySet<string>,
  originMs: number,
): readonly DatagramLine[] {
  const lines: { atMs: number; text: string }[] = [];
  let last: TraceEntry | undefined;
  for (const entry of entries) {
    const { kind, from, to, atMs, bytes } = entry;
    if (names.size > 0 && !names.has(from.label) && !names.has(to.label)) continue;
    const line = lines.at(-1);
    if (ON_THE_WAY.has(kind) && line !== undefined && last !== undefined && isAbout(last, entry)) {
      line.text += `  ✗ ${kind}`.replace("✗ duplicated", "×2").replace(/✗ (reordered|corrupted)/, "~ $1");
      continue;
    }
    if (kind === "delivered" && !isStranger(entry)) continue;
    const note = kind === "unreachable" ? "  ✗ nobody listens there" : "";
    lines.push({
      atMs: atMs - originMs,
      text: `${from.label} → ${to.label}  ${describePayload(bytes)}${note}`,
    });
    last = entry;
  }
  return lines.slice(-SHOWN_MAX);
}

/** In a trace: as text where it is some, so that people can search it. */
export function payloadOf(bytes: Uint8Array): { readonly text: string } | { readonly base64: string } {
  const text = textOf(bytes);
  return text === undefined ? { base64: Buffer.from(bytes).toString("base64") } : { text };
}

function describePayload(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text === undefined) {
    const hex = Buffer.from(bytes.subarray(0, HEX_BYTES_MAX)).toString("hex");
    return `${bytes.length} bytes, hex ${hex}${bytes.length > HEX_BYTES_MAX ? "…" : ""}`;
  }
  if (!text.startsWith(RECORD_SEPARATOR)) return inQuotes(text);
  // A checksum says nothing to people but that it is wrong.
  const isWhole = isIntact(bytes);
  const records = text
    .slice(0, isWhole ? -CHECKSUM_BYTES : undefined)
    .split(RECORD_SEPARATOR)
    .slice(1);
  const shown = records.map((record) => withoutQuotes(inQuotes(record.trimEnd()))).join(" ");
  return isWhole ? shown : `${shown}  ✗ bad checksum`;
}

/** JSON has enough of its own. Behind the quotes may stand how long it is. */
function withoutQuotes(quoted: string): string {
  return quoted.replace(/^"(.*)"/s, "$1").replaceAll('\\"', '"');
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Both at the same moment between the same two: the carrier tells of a datagram's fate at once. */
function isAbout(sent: TraceEntry, fate: TraceEntry): boolean {
  return (
    sent.kind === "sent" &&
    sent.atMs === fate.atMs &&
    sent.from.label === fate.from.label &&
    sent.to.label === fate.to.label
  );
}

/** From where none of ours is bound, so nobody saw it being sent. */
function isStranger({ from }: TraceEntry): boolean {
  return from.label.includes(":");
}
