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
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Of the frame being read; `undefined` while its header is incomplete. */
  #bodyBytes: number | undefined;
  #fault: FrameFault | undefined;

  /** @param read makes of a frame's text what the caller wants; what it throws is the fault `NOT_UTF8_JSON`. */
  constructor(bodyBytesMax: number, read: (json: string) => Frame) {
    this.#bodyBytesMax = bodyBytesMax;
    this.#read = read;
  }

  /** The frames completed by this chunk; `fault` when the stream broke after them. */
  push(chunk: Uint8Array): { readonly frames: readonly Frame[]; readonly fault: FrameFault | undefined } {
    const frames: Frame[] = [];
    this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    this.#bytes += chunk.byteLength;
    while (this.#fault === undefined) {
      if (this.#bodyBytes === undefined) {
        if (this.#bytes < HEADER_BYTES) break;
        this.#bodyBytes = this.#take(HEADER_BYTES).readUInt32BE();
        if (this.#bodyBytes === 0) this.#fault = "FRAME_EMPTY";
        else if (this.#bodyBytes > this.#bodyBytesMax) this.#fault = "FRAME_TOO_LONG";
      } else {
        if (this.#bytes < this.#bodyBytes) break;
        const body = this.#take(this.#bodyBytes);
        this.#bodyBytes = undefined;
        try {
          frames.push(this.#read(this.#utf8.decode(body)));
        } catch {
          this.#fault = "NOT_UTF8_JSON";
        }
      }
    }
    if (this.#fault !== undefined) this.#chunks = [];
    return { frames, fault: this.#fault };
  }

  #take(count: number): Buffer {
    const [first] = this.#chunks;
    const all = first !== undefined && first.length >= count ? first : Buffer.concat(this.#chunks);
    this.#chunks = all === first ? this.#chunks : [all];
    const rest = all.subarray(count);
    if (rest.length === 0) this.#chunks.shift();
    else this.#chunks[0] = rest;
    this.#bytes -= count;
    return all.subarray(0, count);
  }
}
