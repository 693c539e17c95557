import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Address } from "../../src/protocol/address.ts";
import { Relocation } from "../../src/protocol/relocation.ts";
import { encodeReply, ReplyDecoder } from "../../src/protocol/v1/index.ts";
import { datagramText, type V2Record, withChecksum } from "../support/v2-wire.ts";

const HERE = "127.0.0.1";

/** As a relay uses it: what is named first gets a port first. */
function relocated(datagrams: readonly Uint8Array[]): {
  readonly out: readonly Uint8Array[];
  readonly asked: readonly Address[];
} {
  const relocation = new Relocation(HERE);
  const asked: Address[] = [];
  const out = datagrams.map((bytes) => {
    asked.push(...relocation.addressesIn(bytes));
    return relocation.relocate(bytes, moved);
  });
  return { out, asked };
}

/** Everybody is as far up as he was. */
const moved = ({ port }: Address): Address => ({ host: HERE, port: (port + 20_000) % 65_536 });

const address = fc.record(
  {
    host: fc.constantFrom("127.0.0.1", "10.1.2.3", "192.168.0.77"),
    port: fc.integer({ min: 1_024, max: 65_535 }),
  },
  { noNullPrototype: true },
);
const nick = fc.stringMatching(/^[a-z]{1,8}$/).filter((text) => !["yes", "no", "ack", "ping"].includes(text));
const rows = fc.array(fc.record({ nick, address, online: fc.boolean() }), { maxLength: 8 });

describe("relocation of a v1 table", () => {
  it("gives every row its new address, and leaves everything else to the byte", () => {
    fc.assert(
      fc.property(rows, fc.boolean(), (table, withMail) => {
        const before = [
          ...encodeReply({ kind: "registered", outcome: "new" }),
          ...(withMail ? encodeReply({ kind: "mail-notice" }) : []),
          ...(withMail ? encodeReply({ kind: "mail-count", count: 12_345 }) : []),
          ...encodeReply({ kind: "table", rows: table.length }),
          ...table.flatMap((row) => encodeReply({ kind: "row", ...row })),
          ...encodeReply({ kind: "ping" }),
        ];

        const { out, asked } = relocated(before);

        const decoder = new ReplyDecoder();
        const read = out.map((bytes) => decoder.decode(bytes)).filter((reply) => reply !== undefined);
        assert.deepEqual(
          read.filter((reply) => "nick" in reply),
          table.map((row) => ({ kind: "row", ...row, address: moved(row.address) })),
        );
        assert.deepEqual(
          asked,
          table.map((row) => row.address),
        );
        const others = (all: readonly Uint8Array[]) =>
          all.map(String).filter((_, i) => !isAddress(before[i]));
        assert.deepEqual(others(out), others(before));
      }),
    );
  });

  it("takes the size of the next table for no port when a port was lost", () => {
    const texts = ["2", "bob", "10.0.0.1", "yes", "2", "bob", "10.0.0.1", "5000", "yes"];

    const { out } = relocated(texts.map((text) => Buffer.from(text)));

    assert.deepEqual(
      out.map((bytes) => Buffer.from(bytes).toString()),
      ["2", "bob", HERE, "yes", "2", "bob", HERE, "25000", "yes"],
    );
  });
});

describe("relocation of a native table", () => {
  const row = (name: string, host: string, port: number) => [name, host, port, 1, 2, "key"];
  const datagram = (...records: readonly V2Record[]) => Buffer.from(datagramText(...records));

  it("gives rows their new addresses in every record that holds some", () => {
    const { out, asked } = relocated([
      datagram(["table", 7, 0, 1, [row("bob", "10.0.0.1", 5_000), ["gone"]]], ["ping", 7]),
      datagram(["delta", 1, 2, [row("carol", HERE, 6_000)]]),
      datagram(["row", row("dan", HERE, 7_000)], ["online", 1, 2, row("eve", "::1", 8_000)]),
    ]);

    assert.deepEqual(
      out.map((bytes) => Buffer.from(bytes)),
      [
        datagram(["table", 7, 0, 1, [row("bob", HERE, 25_000), ["gone"]]], ["ping", 7]),
        datagram(["delta", 1, 2, [row("carol", HERE, 26_000)]]),
        datagram(["row", row("dan", HERE, 27_000)], ["online", 1, 2, row("eve", HERE, 28_000)]),
      ],
    );
    assert.deepEqual(
      asked.map(({ port }) => port),
      [5_000, 6_000, 7_000, 8_000],
    );
  });

  it("leaves a damaged datagram as it is: with a checksum of ours nobody would see the damage", () => {
    const damaged = Buffer.from(
      datagram(["row", row("dan", HERE, 7_000)])
        .toString()
        .replace("dan", "den"),
    );

    const { out, asked } = relocated([damaged]);

    assert.deepEqual({ out, asked }, { out: [damaged], asked: [] });
  });

  it("changes no other record, whatever stands in it", () => {
    const message = datagram(
      ["message", 1, 2, "bob", "alice", {}, '["bob","10.0.0.1",5000]'],
      ["mail", 1, ["bob", HERE, 1]],
    );

    assert.equal(relocated([message]).out[0], message);
  });
});

it("relocation never throws, whatever the bytes are", () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((json) => Buffer.from(withChecksum(`\u001e["table",${json}]\n`))),
    fc.constant(Buffer.from(withChecksum(`\u001e["table",${"[".repeat(50_000)}`))),
    fc.constant(Buffer.from(withChecksum(`\u001e["table",${"[".repeat(5_000)}${"]".repeat(5_000)}]\n`))),
  );

  fc.assert(
    fc.property(fc.array(hostile, { maxLength: 5 }), (datagrams) => {
      assert.equal(relocated(datagrams).out.length, datagrams.length);
    }),
  );
});

function isAddress(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && /^(?:\d+\.\d+\.\d+\.\d+|\d{4,5})$/.test(Buffer.from(bytes).toString());
}
