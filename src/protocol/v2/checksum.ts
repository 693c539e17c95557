/**
 * The last line of every datagram: a JSON string of eight hexadecimal digits, the CRC-32 of all bytes before the line. UDP's
 * own checksum has 16 bits, and is made and looked at by machines on the way, which may damage a datagram before or after; but
 * a text that nobody has written must not be shown to anybody.
 */

const DIGITS = 8;
const BLANK = `\x1e"${"0".repeat(DIGITS)}"\n`;
const BLANK_BYTES = new TextEncoder().encode(BLANK);

/** Of the first digit in the line. */
const DIGITS_AT = 2;

/** What the line takes of a datagram. */
export const CHECKSUM_BYTES = BLANK_BYTES.length;

const encoder = new TextEncoder();

/**
 * Datagrams are cut from pieces of this size: to make room for each by itself takes longer than to fill it. One that is kept
 * keeps its whole piece, so what is kept for long is records, or a text.
 */
const PIECE_BYTES = 65_536;
let piece = new Uint8Array(PIECE_BYTES);
let usedBytes = 0;

/** A datagram of these records. */
export function datagramOf(records: string): Uint8Array {
  const text = records + BLANK;
  // No UTF-16 unit takes more than three bytes.
  if (usedBytes + 3 * text.length > PIECE_BYTES) {
    piece = new Uint8Array(Math.max(PIECE_BYTES, 3 * text.length));
    usedBytes = 0;
  }
  const { written } = encoder.encodeInto(text, piece.subarray(usedBytes));
  const datagram = piece.subarray(usedBytes, usedBytes + written);
  usedBytes += written;
  writeDigits(datagram);
  return datagram;
}

/** A datagram of records that are bytes already. */
export function datagramOfParts(parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = CHECKSUM_BYTES;
  for (const part of parts) sizeBytes += part.length;
  const datagram = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    datagram.set(part, offset);
    offset += part.length;
  }
  datagram.set(BLANK_BYTES, offset);
  writeDigits(datagram);
  return datagram;
}

/** True when the datagram ends in the checksum of what is before it, to the letter: the line can be damaged, too. */
export function isIntact(datagram: Uint8Array): boolean {
  const end = datagram.length - CHECKSUM_BYTES;
  if (end < 0) return false;
  const crc = crc32(datagram, end);
  for (let i = 0; i < CHECKSUM_BYTES; i += 1) {
    const place = i - DIGITS_AT;
    const isDigit = place >= 0 && place < DIGITS;
    if (datagram[end + i] !== (isDigit ? digit(crc, place) : BLANK_BYTES[i])) return false;
  }
  return true;
}

/** CRC-32 of the first `end` bytes: that of IEEE 802.3 and of gzip (RFC 1952 §8). Four bytes a step take half of the time. */
export function crc32(bytes: Uint8Array, end = bytes.length): number {
  const at = (index: number) => bytes[index] ?? 0;
  let crc = -1;
  let i = 0;
  for (; i + 4 <= end; i += 4) {
    const four = crc ^ (at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24));
    crc =
      after(3, four & 0xff) ^
      after(2, (four >>> 8) & 0xff) ^
      after(1, (four >>> 16) & 0xff) ^
      after(0, four >>> 24);
  }
  for (; i < end; i += 1) crc = (crc >>> 8) ^ after(0, (crc ^ at(i)) & 0xff);
  return ~crc >>> 0;
}

/** Bits in reverse, as the bytes go through the wire: x³² + x²⁶ + x²³ + … + 1. */
const POLYNOMIAL = 0xedb88320;

/** What is left of a byte when it and so many zero bytes behind it have been divided: 256 numbers for each of 0 to 3. */
const REMAINDERS = new Int32Array(4 * 256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  REMAINDERS[byte] = crc;
}
for (let index = 256; index < REMAINDERS.length; index += 1) {
  const crc = REMAINDERS[index - 256] ?? 0;
  REMAINDERS[index] = (crc >>> 8) ^ after(0, crc & 0xff);
}

function after(zeros: number, byte: number): number {
  return REMAINDERS[zeros * 256 + byte] ?? 0;
}

function writeDigits(datagram: Uint8Array): void {
  const end = datagram.length - CHECKSUM_BYTES;
  const crc = crc32(datagram, end);
  for (let place = 0; place < DIGITS; place += 1) datagram[end + DIGITS_AT + place] = digit(crc, place);
}

/** The character of the digit at this place, the most significant first. */
function digit(crc: number, place: number): number {
  const value = (crc >>> (4 * (DIGITS - 1 - place))) & 0xf;
  return value < 10 ? 0x30 + value : 0x57 + value;
}
