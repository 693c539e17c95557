/** Records of udpchat/2 on a UDP port, written from its specification alone and without the program's codec. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Endpoint, World } from "../../src/net/network.ts";
import { type Address, sameAddress } from "../../src/protocol/address.ts";

/** A type and its fields. */
export type V2Record = readonly [type: string, ...fields: unknown[]];

export interface Arrival {
  readonly from: Address;
  /** What the datagram held, nothing if it was damaged; of one of v1 the line as `["v1", line]`. */
  readonly records: readonly V2Record[];
  readonly sizeBytes: number;
}

/** A port that speaks in records: sends them, and gives those that arrive to whoever waits for them. */
export class V2Wire implements AsyncDisposable {
  readonly #world: World;
  readonly #waiting = new Set<Waiting>();
  #endpoint: Endpoint | undefined;
  /** Every datagram that came, oldest first. */
  readonly arrivals: Arrival[] = [];
  /** What is done with each record that comes. */
  onRecord: (from: Address, record: V2Record) => void = () => {};
  /** Whether a datagram is to be believed. */
  isBelieved: (arrival: Arrival) => boolean = () => true;

  private constructor(world: World) {
    this.#world = world;
  }

  static async open(world: World, port = 0): Promise<V2Wire> {
    const wire = new V2Wire(world);
    wire.#endpoint = await world.network.bind({
      port,
      onDatagrams: (datagrams) => {
        for (const { from, bytes } of datagrams)
          wire.#arrive({ from, records: read(bytes), sizeBytes: bytes.length });
      },
    });
    return wire;
  }

  get address(): Address {
    if (this.#endpoint === undefined) throw new Error("the port is not open");
    return this.#endpoint.address;
  }

  get clock(): World["clock"] {
    return this.#world.clock;
  }

  /** Records in one datagram. */
  send(to: Address, ...records: readonly V2Record[]): void {
    this.sendText(to, datagramText(...records));
  }

  /** Any text as a datagram. */
  sendText(to: Address, text: string): void {
    this.sendBytes(to, new TextEncoder().encode(text));
  }

  sendBytes(to: Address, bytes: Uint8Array): void {
    this.#endpoint?.send(to, bytes);
  }

  /** The next record that satisfies; `undefined` when none comes within `waitMs`. */
  next(
    satisfies: (record: V2Record, from: Address) => boolean,
    waitMs = 10_000,
  ): Promise<V2Record | undefined> {
    const { promise, resolve } = Promise.withResolvers<V2Record | undefined>();
    const end = (record: V2Record | undefined) => {
      this.#waiting.delete(waiting);
      timer.cancel();
      resolve(record);
    };
    const timer = this.clock.schedule(waitMs, () => end(undefined));
    const waiting: Waiting = { satisfies, end };
    this.#waiting.add(waiting);
    return promise;
  }

  /** Asks until the reply comes: six times, with waits of 500 ms and then 1 s. `undefined`: it did not come. */
  async ask(
    to: Address,
    question: string | V2Record,
    isReply: (record: V2Record) => boolean,
  ): Promise<V2Record | undefined> {
    for (let attempt = 0; attempt < 6; attempt += 1) {
      if (typeof question === "string") this.sendText(to, question);
      else this.send(to, question);
      const waitMs = Math.min(500 * 2 ** attempt, 1_000);
      const reply = await this.next((record, from) => sameAddress(from, to) && isReply(record), waitMs);
      if (reply !== undefined) return reply;
    }
    return undefined;
  }

  /** Every record that came, or those of these types; without stamps. */
  received(...types: readonly string[]): V2Record[] {
    const records = this.arrivals.flatMap((arrival) => arrival.records);
    return records.filter(([type]) => (types.length === 0 ? type !== "for" : types.includes(type)));
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.schedule(ms, resolve));
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #arrive(arrival: Arrival): void {
    this.arrivals.push(arrival);
    if (!this.isBelieved(arrival)) return;
    for (const record of arrival.records) {
      this.onRecord(arrival.from, record);
      for (const { satisfies, end } of [...this.#waiting]) if (satisfies(record, arrival.from)) end(record);
    }
  }
}

interface Waiting {
  readonly satisfies: (record: V2Record, from: Address) => boolean;
  readonly end: (record: V2Record | undefined) => void;
}

/** An Ed25519 key, to sign registrations with. */
export class V2Key {
  readonly #key: KeyObject;
  /** As base64url. */
  readonly publicKey: string;

  constructor(seed: Uint8Array) {
    // What precedes the 32 bytes in PKCS #8 (RFC 8410 §7).
    const head = Buffer.from("302e020100300506032b657004220420", "hex");
    this.#key = createPrivateKey({ key: Buffer.concat([head, seed]), format: "der", type: "pkcs8" });
    this.publicKey = createPublicKey(this.#key).export({ format: "jwk" }).x ?? "";
  }

  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString("base64url");
  }
}

/** True when the owner of the key, in base64url, signed the text. */
export function isSignedBy(publicKey: string, signature: unknown, text: string): boolean {
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: publicKey }, format: "jwk" });
  return verify(null, Buffer.from(text), key, Buffer.from(String(signature), "base64url"));
}

/** What begins a datagram of the server's to whom it shares this secret with: the first 48 bits of its SHA-256. */
export function stampOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url").slice(0, 8);
}

/** A datagram of these records. */
export function datagramText(...records: readonly V2Record[]): string {
  return withChecksum(records.map((record) => `\x1e${JSON.stringify(record)}\n`).join(""));
}

/** A datagram of this text, whatever it is. */
export function withChecksum(text: string): string {
  return `${text}\x1e"${crc32(text).toString(16).padStart(8, "0")}"\n`;
}

/** What of this text is before its checksum; `undefined` when it has not the right one. */
export function withoutChecksum(text: string): string | undefined {
  const records = text.slice(0, text.lastIndexOf("\x1e"));
  return withChecksum(records) === text ? records : undefined;
}

function read(bytes: Uint8Array): V2Record[] {
  const text = new TextDecoder().decode(bytes);
  if (bytes[0] !== 0x1e) return [["v1", text]];
  return (withoutChecksum(text) ?? "")
    .split("\x1e")
    .slice(1)
    .map((record) => JSON.parse(record));
}
