/** Every bound of the protocol, named once, with its unit and its reason. */

/** A nickname has 1 to this many characters: it must fit a prompt and a table row. */
export const NICK_CHARS_MAX = 32;

/** UTF-8 bytes of one message's text. With its header it fits a datagram that passes every path (RFC 9000 §14). */
export const TEXT_BYTES_MAX = 1_000;

/** Bytes of a v2 datagram that holds several records: the size that passes every path (RFC 9000 §14). */
export const V2_DATAGRAM_BYTES_GOAL = 1_200;

/**
 * Bytes of any v2 datagram. One record alone may pass the goal, and is then sent in fragments (RFC 791 §3.2): a text of quotes or
 * control characters, which JSON escapes with up to six bytes each, between the longest nicknames. More than 9,216 bytes
 * macOS does not send.
 */
export const V2_DATAGRAM_BYTES_MAX = 8_192;

/** Records in one v2 datagram, for the work that a datagram makes has to be bounded: more than honest ones hold. */
export const RECORDS_PER_DATAGRAM_MAX = 64;

/** Texts in one v2 message. */
export const TEXTS_PER_MESSAGE_MAX = 64;

/** Datagrams of the table in one answer to `sync`: together less than the receive buffer that systems give by default. */
export const TABLE_STRETCH_DATAGRAMS_MAX = 16;

/** The original reads at most this many bytes of a datagram and loses the rest. */
export const V1_DATAGRAM_BYTES_MAX = 2_048;

/** UTF-8 bytes of a text that a v1 server keeps: with nickname and time stamp it still fits what the original reads. */
export const V1_TEXT_BYTES_MAX = 1_800;

/**
 * UTF-8 bytes of the same as JSON, where control characters take six: with the longest nicknames it still fits {@link
 * V2_DATAGRAM_BYTES_MAX}, so that a v2 recipient can be given it.
 */
export const V1_TEXT_JSON_BYTES_MAX = 7_168;

/** Rows in one v1 table. Each costs four datagrams to each online client, so its cost grows with the square. */
export const V1_TABLE_ROWS_MAX = 1_000;

/** Messages kept for one nickname while it is offline; more are refused, so one sender cannot fill the disk. */
export const MAILBOX_MESSAGES_MAX = 1_000;

/** UTF-8 bytes of text kept for one nickname while it is offline. */
export const MAILBOX_BYTES_MAX = 1_048_576;

const NICK = new RegExp(`^[\\p{L}\\p{N}_.-]{1,${NICK_CHARS_MAX}}$`, "u");

/** Words that a v1 client takes for a request of the server's or for an acknowledgement, also in the midst of a table. */
const RESERVED_NICKS: readonly string[] = ["ping", "ack"];

/** What stands for an address in a v1 table can be no nickname in it. */
const IPV4 = /^\d+(?:\.\d+){3}$/;

/** A nickname is 1–32 letters, digits, `_`, `.` or `-`: nothing that a terminal or a v1 datagram could misread. */
export function isNick(text: string): boolean {
  return NICK.test(text) && !RESERVED_NICKS.includes(text) && !IPV4.test(text);
}

/** What is wrong with a nickname that is none, in words; `undefined` when it is one. */
export function nickFault(text: string): string | undefined {
  if (isNick(text)) return undefined;
  const named = JSON.stringify(text.length > 2 * NICK_CHARS_MAX ? `${text.slice(0, NICK_CHARS_MAX)}…` : text);
  return `${named} is no nickname: 1 to ${NICK_CHARS_MAX} letters, digits, "_", "." or "-"`;
}

/** Why a text cannot be one message, or `undefined` when it can. */
export function textFault(text: string): "TEXT_EMPTY" | "TEXT_TOO_LONG" | undefined {
  if (text.trim() === "") return "TEXT_EMPTY";
  // No UTF-16 unit takes more than three bytes.
  if (text.length <= TEXT_BYTES_MAX / 3) return undefined;
  return new TextEncoder().encode(text).length > TEXT_BYTES_MAX ? "TEXT_TOO_LONG" : undefined;
}
