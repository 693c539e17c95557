/** Datagrams to packets. Whatever the bytes are, the result is packets and errors, never an exception. */
import {
  isNick,
  RECORDS_PER_DATAGRAM_MAX,
  TEXTS_PER_MESSAGE_MAX,
  V2_DATAGRAM_BYTES_GOAL,
  V2_DATAGRAM_BYTES_MAX,
} from "../limits.ts";
import { WireError } from "../wire-error.ts";
import { CHECKSUM_BYTES, isIntact } from "./checksum.ts";
import { type Packet, type PacketId, REFUSAL_CODES, type TableRow } from "./packets.ts";

/** The first byte of every datagram of this dialect, and of no v1 datagram. */
const RECORD_SEPARATOR = 0x1e;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** True when the datagram is of this dialect, well-formed or not. */
export function isV2(bytes: Uint8Array): boolean {
  return bytes[0] === RECORD_SEPARATOR;
}

/**
 * The packets of a datagram, in order, and an error in the place of each record that is none. A receiver counts the
 * errors and acts on the rest: records do not depend on each other (RFC 7464 §2.3). Of a datagram that is too long, does not end
 * in its checksum, has too many records or is not UTF-8 nothing is read: the work is bounded whatever arrives.
 */
export function decodeDatagram(bytes: Uint8Array): readonly (Packet | WireError)[] {
  if (bytes.length > V2_DATAGRAM_BYTES_MAX) {
    return [
      new WireError("TOO_LONG", `the datagram has ${bytes.length} bytes, more than ${V2_DATAGRAM_BYTES_MAX}`),
    ];
  }
  if (!isIntact(bytes)) return [BAD_CHECKSUM];
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return [new WireError("NOT_UTF8", "the datagram is not UTF-8 text")];
  }
  const end = text.length - CHECKSUM_BYTES;
  // What comes before the first separator is part of no record.
  if (text.lastIndexOf("\x1e", end - 1) === 0) return [decodeRecord(text.slice(1, end))];
  const records = text
    .slice(0, end)
    .split("\x1e", RECORDS_PER_DATAGRAM_MAX + 2)
    .slice(1);
  // A stamp may come before one that is longer by itself.
  const isOne = records.length === 1 || (records.length === 2 && records[0]?.startsWith(STAMP) === true);
  if (!isOne && bytes.length > V2_DATAGRAM_BYTES_GOAL) return [TOO_LONG_TOGETHER];
  if (records.length > RECORDS_PER_DATAGRAM_MAX) return [TOO_MANY];
  return records.map(decodeRecord);
}

const STAMP = '["for",';

/** A record without its separator. */
function decodeRecord(record: string): Packet | WireError {
  if (!record.endsWith("\n")) return TRUNCATED;
  let fields: unknown;
  try {
    fields = JSON.parse(record);
  } catch {
    return NOT_JSON;
  }
  if (!Array.isArray(fields)) return NO_ARRAY;
  const [type] = fields;
  const read = typeof type === "string" ? READERS.get(type) : undefined;
  if (read === undefined) return UNKNOWN_TYPE;
  return read(fields) ?? BAD_FIELD.get(type) ?? UNKNOWN_TYPE;
}

/** Made once: to make an error takes as long as to read ten records, and a datagram can be full of what is wrong. */
const BAD_CHECKSUM = new WireError("BAD_CHECKSUM", "the datagram does not end in its checksum");
const TRUNCATED = new WireError("TRUNCATED", "the record has no end");
const NOT_JSON = new WireError("NOT_JSON", "the record is not a JSON text");
const NO_ARRAY = new WireError("UNKNOWN_TYPE", "the record is not an array");
const UNKNOWN_TYPE = new WireError("UNKNOWN_TYPE", "no record of that type");
const TOO_MANY = new WireError("TOO_LONG", `the datagram has more than ${RECORDS_PER_DATAGRAM_MAX} records`);
const TOO_LONG_TOGETHER = new WireError(
  "TOO_LONG",
  `the records together have more than ${V2_DATAGRAM_BYTES_GOAL} bytes`,
);

/** Fields after those that a reader knows are ignored: later versions may add some. */
type Reader = (fields: readonly unknown[]) => Packet | undefined;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    "message",
    ([, epoch, seq, from, to, flags, ...texts]) => {
      const id = readId(epoch, seq);
      if (id === undefined || !isNickname(from) || !isNickname(to) || !isFlags(flags)) return undefined;
      if (texts.length === 0 || texts.length > TEXTS_PER_MESSAGE_MAX || !texts.every(isText))
        return undefined;
      // Each text has an id, the last too.
      if (!isSeq(id.seq + (texts.length - 1))) return undefined;
      return { kind: "message", id, from, to, auto: isAuto(flags), signature: signatureIn(flags), texts };
    },
  ],
  [
    "ack",
    ([, epoch, seq]) => {
      const id = readId(epoch, seq);
      return id && { kind: "ack", id };
    },
  ],
  [
    "register",
    ([, nick, cookie, publicKey, signature, epoch]) => {
      // A nickname that is none is for the server to refuse, in words.
      if (!isText(nick) || !isToken(cookie) || !isToken(publicKey) || !isToken(signature) || !isEpoch(epoch))
        return undefined;
      return { kind: "register", nick, cookie, publicKey, signature, epoch };
    },
  ],
  ["deregister", ([, session]) => (isToken(session) ? { kind: "deregister", session } : undefined)],
  [
    "save",
    ([, session, epoch, seq, to, flags, sentAtMs, text, insist]) => {
      const id = readId(epoch, seq);
      if (!isToken(session) || id === undefined || !isNickname(to) || !isFlags(flags)) return undefined;
      if (!isDate(sentAtMs) || !isText(text)) return undefined;
      return { kind: "save", session, id, to, auto: isAuto(flags), sentAtMs, text, insist: insist === 1 };
    },
  ],
  [
    "mail-ack",
    ([, session, mailId]) =>
      isToken(session) && isCount(mailId) ? { kind: "mail-ack", session, mailId } : undefined,
  ],
  [
    "pong",
    ([, session, haveVersion]) =>
      isToken(session) && isCount(haveVersion) ? { kind: "pong", session, haveVersion } : undefined,
  ],
  [
    "delta-ack",
    ([, session, version]) =>
      isToken(session) && isCount(version) ? { kind: "delta-ack", session, version } : undefined,
  ],
  [
    "sync",
    ([, session, haveVersion, cursor]) =>
      isToken(session) && isCount(haveVersion) && isCount(cursor)
        ? { kind: "sync", session, haveVersion, cursor }
        : undefined,
  ],
  [
    "lookup",
    ([, session, nick]) =>
      isToken(session) && isNickname(nick) ? { kind: "lookup", session, nick } : undefined,
  ],
  ["challenge", ([, cookie]) => (isToken(cookie) ? { kind: "challenge", cookie } : undefined)],
  [
    "registered",
    ([, session, outcome, mailCount, tableVersion, heartbeatMs]) => {
      if (!isToken(session) || (outcome !== "new" && outcome !== "back")) return undefined;
      if (!isCount(mailCount) || !isCount(tableVersion) || !isCount(heartbeatMs)) return undefined;
      return { kind: "registered", session, outcome, mailCount, tableVersion, heartbeatMs };
    },
  ],
  [
    "refused",
    ([, given, detail, to, epoch, seq]) => {
      const code = REFUSAL_CODES.find((known) => known === given);
      if (code === undefined || typeof detail !== "string") return undefined;
      const id = readId(epoch, seq);
      const about = isNickname(to) && id !== undefined ? { to, id } : undefined;
      return { kind: "refused", code, detail: detail.toWellFormed(), about };
    },
  ],
  [
    "saved",
    ([, to, epoch, seq, tableVersion]) => {
      const id = readId(epoch, seq);
      if (!isNickname(to) || id === undefined || !isCount(tableVersion)) return undefined;
      return { kind: "saved", to, id, tableVersion };
    },
  ],
  [
    "online",
    ([, epoch, seq, fields]) => {
      const id = readId(epoch, seq);
      const row = readRow(fields);
      return id !== undefined && row !== undefined ? { kind: "online", id, row } : undefined;
    },
  ],
  [
    "mail",
    ([, mailId, from, sentAtMs, epoch, seq, flags, text]) => {
      const id = readId(epoch, seq);
      if (!isCount(mailId) || !isNickname(from) || !isDate(sentAtMs) || id === undefined) return undefined;
      if (!isFlags(flags) || !isText(text)) return undefined;
      return { kind: "mail", mailId, from, sentAtMs, id, auto: isAuto(flags), text };
    },
  ],
  ["ping", ([, tableVersion]) => (isCount(tableVersion) ? { kind: "ping", tableVersion } : undefined)],
  [
    "table",
    ([, version, cursor, nextCursor, list]) => {
      const rows = readRows(list);
      if (!isCount(version) || !isCount(cursor) || !isCount(nextCursor) || rows === undefined)
        return undefined;
      return { kind: "table", version, cursor, nextCursor, rows };
    },
  ],
  [
    "delta",
    ([, from, to, list]) => {
      const rows = readRows(list);
      return isCount(from) && isCount(to) && rows !== undefined
        ? { kind: "delta", from, to, rows }
        : undefined;
    },
  ],
  [
    "row",
    ([, fields]) => {
      const row = readRow(fields);
      return row && { kind: "row", row };
    },
  ],
  ["for", ([, stamp]) => (isToken(stamp) ? { kind: "for", stamp } : undefined)],
  ["bye", () => ({ kind: "bye" })],
  ["error", ([, code]) => (code === "unknown-session" ? { kind: "error", code } : undefined)],
]);

const BAD_FIELD: ReadonlyMap<unknown, WireError> = new Map(
  [...READERS.keys()].map((type) => [
    type,
    new WireError("BAD_FIELD", `a field of the record "${type}" is missing or of a wrong kind`),
  ]),
);

function readId(epoch: unknown, seq: unknown): PacketId | undefined {
  return isEpoch(epoch) && isSeq(seq) ? { epoch, seq } : undefined;
}

function readRows(list: unknown): readonly TableRow[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const rows = list.map(readRow).filter((row) => row !== undefined);
  return rows.length === list.length ? rows : undefined;
}

function readRow(fields: unknown): TableRow | undefined {
  if (!Array.isArray(fields)) return undefined;
  const [nick, host, port, online, dialect, publicKey]: readonly unknown[] = fields;
  if (!isNickname(nick)) return undefined;
  if (fields.length === 1) return { nick, gone: true };
  if (typeof host !== "string" || !IP.test(host) || !isCount(port) || port > 65_535) return undefined;
  if ((online !== 0 && online !== 1) || (dialect !== 1 && dialect !== 2)) return undefined;
  if (publicKey !== "" && !isToken(publicKey)) return undefined;
  return { nick, address: { host, port }, online: online === 1, dialect, publicKey };
}

/** A link-local IPv6 address may come with its zone (RFC 4007 §11): one such row must not cost a reader the whole table. */
const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]{1,45}(?:%[\w.-]{1,32})?)$/i;
const TOKEN = /^[\w-]{1,128}$/;

/** A cookie, key, signature or session: base64url (RFC 4648 §5). */
function isToken(value: unknown): value is string {
  return typeof value === "string" && TOKEN.test(value);
}

function isNickname(value: unknown): value is string {
  return typeof value === "string" && isNick(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A date in milliseconds since 1970; before it, for a clock that was never set, is no reason to lose a message. */
function isDate(value: unknown): value is number {
  return Number.isSafeInteger(value) && Math.abs(Number(value)) <= DATE_MS_MAX;
}

/** What a `Date` can hold (ECMAScript, Time Values and Time Range). */
const DATE_MS_MAX = 8.64e15;

function isEpoch(value: unknown): value is number {
  return isCount(value) && value < 2 ** 48;
}

function isSeq(value: unknown): value is number {
  return isCount(value) && value >= 1;
}

function isFlags(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One that cannot be a signature is none. */
function signatureIn(flags: object): string | undefined {
  return "sig" in flags && isToken(flags.sig) ? flags.sig : undefined;
}

function isAuto(flags: object): boolean {
  return "auto" in flags && flags.auto === 1;
}
