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

const HEADER_BYTES = 8;

/** Writes into `target`, which holds {@link WHEREABOUTS_BYTES_MAX} bytes; how many of them it took. */
export function encodeWhereabouts(target: Buffer, { drainedCount, entered }: Whereabouts): number {
  const eventBytes = entered === undefined ? 0 : target.write(entered.event, HEADER_BYTES);
  const handlerBytes = entered === undefined ? 0 : target.write(entered.handler, HEADER_BYTES + eventBytes);
  target.writeUInt32LE(drainedCount >>> 0, 0);
  target.writeUInt16LE(eventBytes, 4);
  target.writeUInt16LE(handlerBytes, 6);
  return HEADER_BYTES + eventBytes + handlerBytes;
}

/** Reads what the process wrote, whatever it is. */
export function decodeWhereabouts(bytes: Buffer): Whereabouts {
  if (bytes.length < HEADER_BYTES) return { drainedCount: 0, entered: undefined };
  const drainedCount = bytes.readUInt32LE(0);
  const handlerAt = HEADER_BYTES + bytes.readUInt16LE(4);
  const end = handlerAt + bytes.readUInt16LE(6);
  if (end === handlerAt) return { drainedCount, entered: undefined };
  const event = bytes.toString("utf8", HEADER_BYTES, handlerAt);
  const handler = bytes.toString("utf8", handlerAt, end);
  return { drainedCount, entered: { event, handler } };
}
