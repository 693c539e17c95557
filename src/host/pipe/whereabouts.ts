/**
 * What a bot's process is at, kept in a file that both sides have open (descriptor {@link WHEREABOUTS_FD} of the process): when
 * it falls silent or dies, the host reads there what it died of.
 *
 * A write to a file wakes nobody up, as one to the pipe does. So the process can tell at every step where it is, and
 * send what it has to say in large pieces.
 */
export interface Whereabouts {
  /** So many handed frames were acted on to the end. */
  readonly drainedCount: number;
  /** The handler that was begun last in the frame after those; `undefined` before any is. */
  readonly entered: { readonly event: string; readonly handler: string } | undefined;
}

export const WHEREABOUTS_FD = 3;

/** Longer names of handlers are cut. */
export const WHEREABOUTS_BYTES_MAX = 1_024;

const HEADER_BYTES = 6;

/**
 * Writes into `target`, which holds {@link WHEREABOUTS_BYTES_MAX} bytes; how many of them it took.
 *
 * @param entered as {@link enteredText} makes it; empty before any handler is
 */
export function encodeWhereabouts(target: Buffer, drainedCount: number, entered: string): number {
  const bytes = entered === "" ? 0 : target.write(entered, HEADER_BYTES);
  target.writeUInt32LE(drainedCount >>> 0, 0);
  target.writeUInt16LE(bytes, 4);
  return HEADER_BYTES + bytes;
}

/** One text for both: each crosses the sandbox's wall, which costs more than to put them together. No event's id has a line break. */
export function enteredText(event: string, handler: string): string {
  return `${event}\n${handler}`;
}

/** Reads what the process wrote, whatever it is. */
export function decodeWhereabouts(bytes: Buffer): Whereabouts {
  if (bytes.length < HEADER_BYTES) return { drainedCount: 0, entered: undefined };
  const drainedCount = bytes.readUInt32LE(0);
  const text = bytes.toString("utf8", HEADER_BYTES, HEADER_BYTES + bytes.readUInt16LE(4));
  const eventChars = text.indexOf("\n");
  if (eventChars === -1) return { drainedCount, entered: undefined };
  return {
    drainedCount,
    entered: { event: text.slice(0, eventChars), handler: text.slice(eventChars + 1) },
  };
}
