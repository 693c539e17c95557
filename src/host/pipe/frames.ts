/**
 * Frames between the host and a bot's process: the length of what follows as four bytes, big-endian, then UTF-8 JSON.
 *
 * The bot's side is hostile: a length is believed only up to a bound, memory grows with what arrived and not
 * with what was announced, and the first bad frame ends the stream.
 */

/** From a bot's process. Far above any message or log line, far below what would hurt the host. */
export const FRAME_FROM_BOT_BYTES_MAX = 262_144;

/** To a bot's process: its bundle with the source map is the largest. */
export const FRAME_TO_BOT_BYTES_MAX = 16_777_216;

const HEADER_BYTES = 4;

export function encodeFrame(json: string): Uint8Array {
  const body = Buffer.from(json, "utf8");
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/** Why a stream of frames cannot be read on. */
export type FrameFault = "FRAME_EMPTY" | "FRAME_TOO_LONG" | "NOT_UTF8_JSON";

/** Cuts a stream into frames. After a fault it stays at that fault. */
export class FrameDecoder {
  readonly #bodyBytesMax: number;
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Of the frame being read; `undefined` while its header is incomplete. */
  #bodyBytes: number | undefined;
  #fault: FrameFault | undefined;

  constructor(bodyBytesMax: number) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  /** The frames completed by this chunk; `fault` when the stream broke after them. */
  push(chunk: Uint8Array): { readonly frames: readonly unknown[]; readonly fault: FrameFault | undefined } {
    const frames: unknown[] = [];
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
          frames.push(JSON.parse(this.#utf8.decode(body)));
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
