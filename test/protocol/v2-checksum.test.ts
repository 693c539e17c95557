import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 as referenceCrc32 } from "node:zlib";
import fc from "fast-check";
import { V2_DATAGRAM_BYTES_MAX } from "../../src/protocol/limits.ts";
import { crc32 } from "../../src/protocol/v2/checksum.ts";
import { decodeDatagram, type Packet } from "../../src/protocol/v2/index.ts";
import { bytesOfHex, V2_VECTORS } from "../support/v2-vectors.ts";
import { codeOf } from "./codec-contract.ts";

const GOLDEN = [...V2_VECTORS.datagrams, ...V2_VECTORS.tolerated];
const golden = fc.constantFrom(...GOLDEN.map(({ hex }) => bytesOfHex(hex)));

describe("the checksum of a v2 datagram", () => {
  it("is the CRC-32 that everybody has", () => {
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(crc32(bytes), referenceCrc32(bytes));
      }),
    );
  });

  it("is right of the longest datagram, too", () => {
    const bytes = Uint8Array.from({ length: V2_DATAGRAM_BYTES_MAX }, (_, i) => (i * 167) % 256);

    assert.equal(crc32(bytes), referenceCrc32(bytes));
  });

  for (const { name, hex } of GOLDEN) {
    it(`finds every bit that is changed, and every byte that is missing: ${name}`, () => {
      const bytes = bytesOfHex(hex);

      for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
        assert.deepEqual(codesOf(withBits(bytes, [bit])), ["BAD_CHECKSUM"], `bit ${bit}`);
      }
      for (let length = 0; length < bytes.length; length += 1) {
        assert.deepEqual(codesOf(bytes.subarray(0, length)), ["BAD_CHECKSUM"], `cut to ${length} bytes`);
      }
    });
  }

  it("finds a byte that is changed to any other, wherever it is", () => {
    fc.assert(
      fc.property(golden, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, place, mask) => {
        const damaged = bytes.map((byte, i) => (i === place % bytes.length ? byte ^ mask : byte));

        assert.deepEqual(codesOf(damaged), ["BAD_CHECKSUM"]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds bits that are changed in four bytes that follow each other, and a few that are far from each other", () => {
    const near = fc
      .tuple(fc.nat(), fc.uniqueArray(fc.nat(31), { minLength: 1 }))
      .map(([first, bits]) => bits.map((bit) => first + bit));
    const far = fc.uniqueArray(fc.nat(8 * V2_DATAGRAM_BYTES_MAX), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(golden, fc.oneof(near, far), (bytes, changed) => {
        const bits = new Set(changed.map((bit) => bit % (8 * bytes.length)));
        fc.pre(bits.size === changed.length);

        assert.deepEqual(codesOf(withBits(bytes, [...bits])), ["BAD_CHECKSUM"]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds what is missing in the midst, what is too much, and two datagrams in one", () => {
    fc.assert(
      fc.property(golden, golden, fc.nat(), fc.nat(), (bytes, other, a, b) => {
        const [start = 0, end = 0] = [a % (bytes.length + 1), b % (bytes.length + 1)].sort((x, y) => x - y);
        fc.pre(start < end && end < bytes.length);
        const without = Uint8Array.from([...bytes.subarray(0, start), ...bytes.subarray(end)]);
        const twice = Uint8Array.from([...bytes.subarray(0, end), ...bytes.subarray(start)]);
        const both = Uint8Array.from([...bytes, ...other]);

        for (const damaged of [without, twice, both]) assert.deepEqual(codesOf(damaged), ["BAD_CHECKSUM"]);
      }),
    );
  });
});

function codesOf(bytes: Uint8Array): readonly (string | Packet["kind"])[] {
  return decodeDatagram(bytes).map((value) => codeOf(value) ?? "packet");
}

function withBits(bytes: Uint8Array, bits: readonly number[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (const bit of bits) changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
