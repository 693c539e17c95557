/** A v1 datagram is a string: bytes to text and back, with the bounds that hold for every datagram. */
import { V1_DATAGRAM_BYTES_MAX } from "../limits.ts";
import { WireError } from "../wire-error.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Looks at no byte of a datagram that is too long, so the work is bounded whatever arrives. */
export function decodeText(bytes: Uint8Array): string | WireError {
  if (bytes.length === 0) return new WireError("EMPTY", "the datagram is empty");
  if (bytes.length > V1_DATAGRAM_BYTES_MAX) {
    return new WireError(
      "TOO_LONG",
      `the datagram has ${bytes.length} bytes, more than ${V1_DATAGRAM_BYTES_MAX}`,
    );
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return new WireError("NOT_UTF8", "the datagram is not UTF-8 text");
  }
}
