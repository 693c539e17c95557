import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { WireError } from "../../src/protocol/wire-error.ts";

/** One direction of a dialect, as its contract sees it. */
export interface Codec<Packet> {
  /** What it is called in the names of the tests. */
  readonly name: string;
  /** Every packet that may be sent, by kind; what they hold is anything that is allowed. */
  readonly packets: Readonly<Record<string, fc.Arbitrary<Packet>>>;
  /** Packets as they are sent, in order, to one receiver. */
  encode(packets: readonly Packet[]): readonly Uint8Array[];
  /** What a receiver who knows nothing yet makes of datagrams, in order. */
  decode(datagrams: readonly Uint8Array[]): readonly (Packet | WireError)[];
  /** What has to be sent before a packet for it to be understood. Default: nothing. */
  contextOf?(packet: Packet): readonly Packet[];
  /** Makes a receiver look at any bytes that it would not look at, where the dialect has a way to know damage. */
  sealed?(bytes: Uint8Array): Uint8Array;
  /** No datagram is longer, and nothing is read of one that is. */
  readonly datagramBytesMax: number;
  /** True when a datagram is of this dialect by its first byte. */
  isOwn(bytes: Uint8Array): boolean;
}

/** What holds for every dialect, so that state machines need not know which they speak. */
export function describeCodec<Packet>(codec: Codec<Packet>): void {
  const { packets, datagramBytesMax } = codec;
  const packet = fc.oneof(...Object.values(packets));
  const withContext = (value: Packet) => codec.encode([...(codec.contextOf?.(value) ?? []), value]);
  const encoded = packet.map(withContext);

  describe(`${codec.name}: what every dialect promises`, () => {
    for (const [kind, arbitrary] of Object.entries(packets)) {
      it(`what is sent as ${kind} is received as it was sent`, () => {
        fc.assert(
          fc.property(arbitrary, (value) => {
            const received = codec.decode(withContext(value));

            assert.deepEqual(received.at(-1), value);
          }),
        );
      });
    }

    it("all its datagrams begin as its own do, and are no longer than a receiver reads", () => {
      fc.assert(
        fc.property(encoded, (datagrams) => {
          for (const bytes of datagrams) {
            assert.ok(codec.isOwn(bytes));
            assert.ok(bytes.length <= datagramBytesMax, `${bytes.length} bytes`);
          }
        }),
      );
    });

    it("any bytes are received as packets and errors, and what is a packet can be sent on", () => {
      fc.assert(
        fc.property(fc.array(anyBytes(encoded, codec.sealed), { maxLength: 12 }), (datagrams) => {
          for (const value of codec.decode(datagrams)) {
            if (value instanceof WireError) continue;

            assert.deepEqual(codec.decode(withContext(value)).at(-1), value);
          }
        }),
        { numRuns: 500 },
      );
    });

    it("of a datagram that is too long nothing is read", () => {
      fc.assert(
        fc.property(encoded, ([first = new Uint8Array()]) => {
          const padded = new Uint8Array(datagramBytesMax + 1).fill(0x20);
          padded.set(first);

          const received = codec.decode([padded]);

          assert.deepEqual(received.map(codeOf), ["TOO_LONG"]);
        }),
        { numRuns: 20 },
      );
    });
  });
}

/** The code of an error; `undefined` for a packet. */
export function codeOf(value: unknown): string | undefined {
  return value instanceof WireError ? value.code : undefined;
}

/** Bytes that have nothing to do with the dialect, and its datagrams cut, damaged and run together. */
function anyBytes(
  encoded: fc.Arbitrary<readonly Uint8Array[]>,
  sealed?: (bytes: Uint8Array) => Uint8Array,
): fc.Arbitrary<Uint8Array> {
  const one = encoded.map(([first = new Uint8Array()]) => first);
  const cut = fc.tuple(one, fc.nat(), fc.nat()).map(([bytes, a, b]) => {
    const start = a % (bytes.length + 1);
    return bytes.slice(start, start + (b % (bytes.length + 1)));
  });
  const damaged = fc
    .tuple(
      one,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
    )
    .map(([bytes, changes]) => {
      const copy = Uint8Array.from(bytes);
      for (const [place, byte] of changes) if (copy.length > 0) copy[place % copy.length] = byte;
      return copy;
    });
  const together = fc
    .array(one, { minLength: 2, maxLength: 5 })
    .map((datagrams) => Uint8Array.from(datagrams.flatMap((bytes) => [...bytes])));
  const any = fc.oneof(fc.uint8Array({ maxLength: 64 }), one, cut, damaged, together);
  return sealed === undefined ? any : fc.oneof(any, any.map(sealed));
}
