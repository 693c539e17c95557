import type { Address } from "./address.ts";
import { V1_TABLE_ROWS_MAX } from "./limits.ts";
import { CHECKSUM_BYTES, datagramOf, isIntact, isV2 } from "./v2/index.ts";

/** Where those are to be found who are at an address; `undefined`: there, and nowhere else. */
export type Whereabouts = (address: Address) => Address | undefined;

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]{1,45})$/i;
const PORT = /^\d{1,5}$/;

/** Records of the native dialect that hold rows of the table. */
const WITH_ROWS: ReadonlySet<unknown> = new Set(["table", "delta", "row", "online"]);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Puts other addresses into the table that a server sends to one client, in either dialect: so that whoever stands
 * between the two can stand between the client and its peers as well.
 *
 * For each datagram ask `addressesIn` first, see to it that the whereabouts of these are known, then `relocate`; in the
 * order of their coming, for in v1 an address is two datagrams, which say neither that they are one's nor that they
 * belong together. What is not understood is left as it is.
 */
export class Relocation {
  readonly #host: string;
  /** An address's first half has come, and its port not yet. */
  #halfCame: string | undefined;
  /** Nothing has come since. */
  #adjacent = false;

  /** @param host On which all whereabouts are: in v1 it is sent before the port is known. */
  constructor(host: string) {
    this.#host = host;
  }

  /** Addresses that this datagram tells, or makes whole. */
  addressesIn(bytes: Uint8Array): readonly Address[] {
    if (!isV2(bytes)) {
      const address = this.#completedBy(textOf(bytes));
      return address === undefined ? [] : [address];
    }
    const found: Address[] = [];
    rewritten(bytes, (address) => {
      found.push(address);
      return undefined;
    });
    return found;
  }

  relocate(bytes: Uint8Array, whereabouts: Whereabouts): Uint8Array {
    if (isV2(bytes)) return rewritten(bytes, whereabouts);
    const text = textOf(bytes);
    if (text !== undefined && IP.test(text)) {
      this.#halfCame = text;
      this.#adjacent = true;
      return encoder.encode(this.#host);
    }
    const address = this.#completedBy(text);
    this.#adjacent = false;
    if (address === undefined) return bytes;
    this.#halfCame = undefined;
    return encoder.encode(String(whereabouts(address)?.port ?? address.port));
  }

  #completedBy(text: string | undefined): Address | undefined {
    if (text === undefined || this.#halfCame === undefined || !PORT.test(text)) return undefined;
    const port = Number(text);
    // What came out of order may be the size of the next table.
    if (!this.#adjacent && port <= V1_TABLE_ROWS_MAX) return undefined;
    return port <= 65_535 ? { host: this.#halfCame, port } : undefined;
  }
}

function rewritten(bytes: Uint8Array, whereabouts: Whereabouts): Uint8Array {
  // One that was damaged stays so: with a new checksum nobody would see it.
  const text = isIntact(bytes) ? textOf(bytes)?.slice(0, -CHECKSUM_BYTES) : undefined;
  if (text === undefined) return bytes;
  let changed = false;
  const records = text.split("\u001e").map((record) => {
    const fields = parsed(record);
    if (fields === undefined || !WITH_ROWS.has(fields[0])) return record;
    const moved = relocatedRows(fields, whereabouts);
    changed ||= moved !== fields;
    return moved === fields ? record : `${JSON.stringify(moved)}\n`;
  });
  return changed ? datagramOf(records.join("\u001e")) : bytes;
}

/** Of a record: a field may be a row, or a list of rows. Returns the same array when nothing is to be changed. */
function relocatedRows(fields: readonly unknown[], whereabouts: Whereabouts): readonly unknown[] {
  const moved = fields.map((field) => {
    if (!Array.isArray(field)) return field;
    const row = relocatedRow(field, whereabouts);
    if (row !== field) return row;
    const rows = field.map((one) => (Array.isArray(one) ? relocatedRow(one, whereabouts) : one));
    return rows.some((one, index) => one !== field[index]) ? rows : field;
  });
  return moved.some((field, index) => field !== fields[index]) ? moved : fields;
}

/** A row begins with a nickname, an IP address and a port. */
function relocatedRow(row: readonly unknown[], whereabouts: Whereabouts): readonly unknown[] {
  const [nick, host, port, ...rest] = row;
  if (typeof nick !== "string" || typeof host !== "string" || typeof port !== "number") return row;
  const moved = IP.test(host) ? whereabouts({ host, port }) : undefined;
  return moved === undefined ? row : [nick, moved.host, moved.port, ...rest];
}

function parsed(record: string): readonly unknown[] | undefined {
  try {
    const fields: unknown = JSON.parse(record);
    return Array.isArray(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
