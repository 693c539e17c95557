/** Packets to records (RFC 7464: each is 0x1E, a JSON text, 0x0A), and records to datagrams, each with its checksum. */
import { RECORDS_PER_DATAGRAM_MAX, V2_DATAGRAM_BYTES_GOAL } from "../limits.ts";
import { CHECKSUM_BYTES, datagramOf, datagramOfParts } from "./checksum.ts";
import type { Packet, PacketId, TableRow } from "./packets.ts";

const encoder = new TextEncoder();

/** A datagram of one record. What is no Unicode in a text, half a surrogate pair, becomes U+FFFD, as it does in v1. */
export function encodePacket(packet: Packet): Uint8Array {
  return datagramOf(recordOf(packet));
}

/**
 * Puts packets for one address into as few datagrams as hold them, in their order. A datagram has at most
 * {@link RECORDS_PER_DATAGRAM_MAX} records and {@link V2_DATAGRAM_BYTES_GOAL} bytes, except where one record alone is longer.
 */
export function encodePackets(packets: readonly Packet[]): Uint8Array[] {
  const [only] = packets;
  if (only !== undefined && packets.length === 1) return [encodePacket(only)];
  if (packets.length > 0 && packets.length <= FEW) {
    const records = packets.map(recordOf).join("");
    if (records.length <= FITS_CHARS) return [datagramOf(records)];
  }
  return gathered(packets, 0, RECORDS_PER_DATAGRAM_MAX).map(datagramOfParts);
}

/** The same, and each datagram begins with the stamp. */
export function encodeStamped(stamp: string, packets: readonly Packet[]): Uint8Array[] {
  const [only] = packets;
  if (only !== undefined && packets.length === 1) {
    return [datagramOf(recordOf({ kind: "for", stamp }) + recordOf(only))];
  }
  const head = encodeRecord({ kind: "for", stamp });
  const datagrams = gathered(packets, head.length, RECORDS_PER_DATAGRAM_MAX - 1);
  return datagrams.map((records) => datagramOfParts([head, ...records]));
}

/** A datagram of the stamp and a record; no more is to be in it than {@link STAMPED_RECORDS_BYTES_GOAL}. */
export function encodeStampedRecord(stamp: string, record: Uint8Array): Uint8Array {
  return datagramOfParts([encodeRecord({ kind: "for", stamp }), record]);
}

/** A record by itself: to be measured, or to go to many with each one's stamp. */
export function encodeRecord(packet: Packet): Uint8Array {
  return encoder.encode(recordOf(packet));
}

/** What records may have together in a datagram that begins with a stamp. */
export const STAMPED_RECORDS_BYTES_GOAL =
  V2_DATAGRAM_BYTES_GOAL - CHECKSUM_BYTES - encodeRecord({ kind: "for", stamp: "12345678" }).length;

/** So many records are tried as one text before each is measured, which takes longer. */
const FEW = 4;

/** A text of so many characters fits a datagram, whatever they are: no UTF-16 unit takes more than three bytes. */
const FITS_CHARS = Math.floor((V2_DATAGRAM_BYTES_GOAL - CHECKSUM_BYTES) / 3);

/** The records of each datagram. @param headBytes what is to precede them. */
function gathered(packets: readonly Packet[], headBytes: number, recordsMax: number): Uint8Array[][] {
  const bytesMax = V2_DATAGRAM_BYTES_GOAL - CHECKSUM_BYTES - headBytes;
  const datagrams: Uint8Array[][] = [];
  let records: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const packet of packets) {
    const record = encodeRecord(packet);
    const isFull = sizeBytes + record.length > bytesMax || records.length === recordsMax;
    if (records.length === 0 || isFull) {
      records = [];
      datagrams.push(records);
      sizeBytes = 0;
    }
    records.push(record);
    sizeBytes += record.length;
  }
  return datagrams;
}

/**
 * The record as text. What travels most, messages and their acknowledgements, is put together by hand: that takes a
 * third of the time that `JSON.stringify` takes for the whole array.
 */
function recordOf(packet: Packet): string {
  switch (packet.kind) {
    case "message": {
      const { id, from, to, auto, signature, texts } = packet;
      const flags = signature === undefined ? (auto ? AUTO : "{}") : JSON.stringify(flagsOf(auto, signature));
      let record = `\x1e["message",${id.epoch},${id.seq},"${from}","${to}",${flags}`;
      for (const text of texts) record += `,${JSON.stringify(text.toWellFormed())}`;
      return `${record}]\n`;
    }
    case "ack":
      return `\x1e["ack",${packet.id.epoch},${packet.id.seq}]\n`;
    default:
      return `\x1e${JSON.stringify([packet.kind, ...fieldsOf(packet)])}\n`;
  }
}

function fieldsOf(packet: Exclude<Packet, { kind: "message" | "ack" }>): readonly unknown[] {
  switch (packet.kind) {
    case "register":
      return [packet.nick, packet.cookie, packet.publicKey, packet.signature, packet.epoch];
    case "deregister":
      return [packet.session];
    case "save": {
      const { session, id, to, auto, sentAtMs, text, insist } = packet;
      const fields = [session, ...idOf(id), to, flagsOf(auto), sentAtMs, text.toWellFormed()];
      return insist ? [...fields, 1] : fields;
    }
    case "mail-ack":
      return [packet.session, packet.mailId];
    case "pong":
      return [packet.session, packet.haveVersion];
    case "delta-ack":
      return [packet.session, packet.version];
    case "sync":
      return [packet.session, packet.haveVersion, packet.cursor];
    case "lookup":
      return [packet.session, packet.nick];
    case "challenge":
      return [packet.cookie];
    case "registered": {
      const { session, outcome, mailCount, tableVersion, heartbeatMs } = packet;
      return [session, outcome, mailCount, tableVersion, heartbeatMs];
    }
    case "refused": {
      const { code, detail, about } = packet;
      return about === undefined ? [code, detail] : [code, detail, about.to, ...idOf(about.id)];
    }
    case "saved":
      return [packet.to, ...idOf(packet.id), packet.tableVersion];
    case "online":
      return [...idOf(packet.id), rowOf(packet.row)];
    case "mail": {
      const { mailId, from, sentAtMs, id, auto, text } = packet;
      return [mailId, from, sentAtMs, ...idOf(id), flagsOf(auto), text.toWellFormed()];
    }
    case "ping":
      return [packet.tableVersion];
    case "table":
      return [packet.version, packet.cursor, packet.nextCursor, packet.rows.map(rowOf)];
    case "delta":
      return [packet.from, packet.to, packet.rows.map(rowOf)];
    case "row":
      return [rowOf(packet.row)];
    case "bye":
      return [];
    case "for":
      return [packet.stamp];
    case "error":
      return [packet.code];
  }
}

function idOf({ epoch, seq }: PacketId): readonly [number, number] {
  return [epoch, seq];
}

const AUTO = '{"auto":1}';

function flagsOf(auto: boolean, signature?: string): object {
  return { ...(auto && { auto: 1 }), ...(signature !== undefined && { sig: signature }) };
}

function rowOf(row: TableRow): readonly unknown[] {
  if ("gone" in row) return [row.nick];
  const { nick, address, online, dialect, publicKey } = row;
  return [nick, address.host, address.port, online ? 1 : 0, dialect, publicKey];
}
