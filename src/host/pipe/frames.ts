/**
 * Frames between the host and a bot's process: the length of what follows as four bytes, big-endian, then UTF-8 JSON.
 *
 * The bot's side is hostile: a length is believed only up to a bound, memory grows with what arrived and not
 * with what was announced, and the first bad frame ends the stream.
 */

/** From a bot's process. Far above any message or log line, far below what would hurt the host. */
export const FRAME_FROM_BOT_BYTES_MAX = 262_144;

/** To a bot's process: the largest is the first, with the bundle, its source map and all that the bot has stored. */
export const FRAME_TO_BOT_BYTES_MAX = 33_554_432;

const HEADER_BYTES = 4;

/** One frame for each of these, in one piece: the system is called once for them, and nothing is copied twice. */
export function encodeFrames(jsons: readonly string[]): Uint8Array {
  const sizes = jsons.map((json) => Buffer.byteLength(json));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + HEADER_BYTES + size, 0));
  let offset = 0;
  for (const [i, json] of jsons.entries()) {
    offset = bytes.writeUInt32BE(sizes[i] ?? 0, offset);
    offset += bytes.write(json, offset);
  }
  return bytes;
}

/** Why a stream of frames cannot be read on. */
export type FrameFault = "FRAME_EMPTY" | "FRAME_TOO_LONG" | "NOT_UTF8_JSON";

/** Cuts a stream into frames. After a fault it stays at that fault. */
export class FrameDecoder<Frame> {
  readonly #bodyBytesMax: number;
  readonly #read: (json: string) => Frame;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** What is not read yet. */
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** So many it has to be for the next frame, as far as is known. */
  #bytesMin = HEADER_BYTES;
  #fault: FrameFault | undefined;

  /** @param read makes of a frame's text what the caller wants; what it throws is the fault `NOT_UTF8_JSON`. */
  constructor(bodyBytesMax: number, read: (json: string) => Frame) {
    this.#bodyBytesMax = bodyBytesMax;
    this.#read = read;
  }

  /** The frames completed by this chunk; `fault` when the stream broke after them. */
  push(chunk: Uint8Array): { readonly frames: readonly Frame[]; readonly fault: FrameFault | undefined } {
    const frames: Frame[] = [];
    if (this.#fault !== undefined) return { frames, fault: this.#fault };
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes < this.#bytesMin) return { frames, fault: undefined };
    // In one piece only now: a frame that comes in many chunks is copied once.
    const [only] = this.#chunks;
    const isOne = only !== undefined && this.#chunks.length === 1;
    const bytes = isOne ? viewOf(only) : Buffer.concat(this.#chunks);
    const rest = bytes.subarray(this.#readFrames(bytes, frames));
    this.#chunks = rest.length === 0 || this.#fault !== undefined ? [] : [rest];
    this.#bytes = rest.length;
    return { frames, fault: this.#fault };
  }

  /** @returns how far it got */
  #readFrames(bytes: Buffer, frames: Frame[]): number {
    let at = 0;
    for (;;) {
      this.#bytesMin = HEADER_BYTES;
      if (bytes.length - at < HEADER_BYTES) return at;
      const bodyBytes = bytes.readUInt32BE(at);
      if (bodyBytes === 0) this.#fault = "FRAME_EMPTY";
      else if (bodyBytes > this.#bodyBytesMax) this.#fault = "FRAME_TOO_LONG";
      if (this.#fault !== undefined) return at;
      const end = at + HEADER_BYTES + bodyBytes;
      if (end > bytes.length) {
        this.#bytesMin = end - at;
        return at;
      }
      try {
        frames.push(this.#read(this.#utf8.decode(bytes.subarray(at + HEADER_BYTES, end))));
      } catch {
        this.#fault = "NOT_UTF8_JSON";
        return at;
      }
      at = end;
    }
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
