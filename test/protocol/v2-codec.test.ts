import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Address } from "../../src/protocol/address.ts";
import {
  RECORDS_PER_DATAGRAM_MAX,
  TEXT_BYTES_MAX,
  TEXTS_PER_MESSAGE_MAX,
  V2_DATAGRAM_BYTES_GOAL,
  V2_DATAGRAM_BYTES_MAX,
} from "../../src/protocol/limits.ts";
import { encodePeerPacket, encodeReply, encodeRequest } from "../../src/protocol/v1/index.ts";
import { datagramOfParts } from "../../src/protocol/v2/checksum.ts";
import {
  CHECKSUM_BYTES,
  decodeDatagram,
  encodePacket,
  encodePackets,
  encodeStamped,
  isV2,
  type KnownRow,
  type Packet,
  type PacketId,
  type TableRow,
} from "../../src/protocol/v2/index.ts";
import { REFUSAL_CODES } from "../../src/protocol/v2/packets.ts";
import { nick, port, record, text } from "../support/packet-values.ts";
import { bytesOfHex, V2_VECTORS } from "../support/v2-vectors.ts";
import { withChecksum } from "../support/v2-wire.ts";
import { codeOf, describeCodec } from "./codec-contract.ts";

const SEQ_MAX = Number.MAX_SAFE_INTEGER;

const bytesOf = (characters: string) => new TextEncoder().encode(characters);
/** A datagram of this text. */
const sealed = (characters: string) => bytesOf(withChecksum(characters));
const codesOf = (bytes: Uint8Array) => decodeDatagram(bytes).map(codeOf);
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const epoch = fc.integer({ min: 0, max: 2 ** 48 - 1 });
/** So far below the bound that each text of a message has a number. */
const id: fc.Arbitrary<PacketId> = record<PacketId>({
  epoch,
  seq: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: SEQ_MAX - TEXTS_PER_MESSAGE_MAX })),
});
type MessageName = NonNullable<Extract<Packet, { kind: "refused" }>["about"]>;
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
const dateMs = fc.integer({ min: -8.64e15, max: 8.64e15 });
const address: fc.Arbitrary<Address> = record<Address>({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("fe80::1%eth0.2")),
  port,
});
const knownRow = record<KnownRow>({
  nick,
  address,
  online: fc.boolean(),
  dialect: fc.constantFrom(1, 2),
  publicKey: fc.oneof(fc.constant(""), token),
});
const row: fc.Arbitrary<TableRow> = fc.oneof(
  knownRow,
  record<Extract<TableRow, { gone: true }>>({ nick, gone: fc.constant(true) }),
);
const rows = fc.array(row, { maxLength: 8 });

type Kinds = { readonly [K in Packet["kind"]]: fc.Arbitrary<Extract<Packet, { kind: K }>> };

const packets: Kinds = {
  register: record({
    kind: kind("register"),
    nick: fc.oneof(nick, text),
    cookie: token,
    publicKey: token,
    signature: token,
    epoch,
  }),
  deregister: record({ kind: kind("deregister"), session: token }),
  save: record({
    kind: kind("save"),
    session: token,
    id,
    to: nick,
    auto: fc.boolean(),
    sentAtMs: dateMs,
    text,
    insist: fc.boolean(),
  }),
  "mail-ack": record({ kind: kind("mail-ack"), session: token, mailId: count }),
  pong: record({ kind: kind("pong"), session: token, haveVersion: count }),
  "delta-ack": record({ kind: kind("delta-ack"), session: token, version: count }),
  sync: record({ kind: kind("sync"), session: token, haveVersion: count, cursor: count }),
  lookup: record({ kind: kind("lookup"), session: token, nick }),
  challenge: record({ kind: kind("challenge"), cookie: token }),
  registered: record({
    kind: kind("registered"),
    session: token,
    outcome: fc.constantFrom("new", "back"),
    mailCount: count,
    tableVersion: count,
    heartbeatMs: count,
  }),
  refused: record({
    kind: kind("refused"),
    code: fc.constantFrom(...REFUSAL_CODES),
    detail: fc.oneof(fc.constant(""), text),
    about: fc.option(record<MessageName>({ to: nick, id }), { nil: undefined }),
  }),
  saved: record({ kind: kind("saved"), to: nick, id, tableVersion: count }),
  online: record({ kind: kind("online"), id, row }),
  mail: record({
    kind: kind("mail"),
    mailId: count,
    from: nick,
    sentAtMs: dateMs,
    id,
    auto: fc.boolean(),
    text,
  }),
  ping: record({ kind: kind("ping"), tableVersion: count }),
  table: record({ kind: kind("table"), version: count, cursor: count, nextCursor: count, rows }),
  delta: record({ kind: kind("delta"), from: count, to: count, rows }),
  row: record({ kind: kind("row"), row }),
  for: record({ kind: kind("for"), stamp: token }),
  bye: record({ kind: kind("bye") }),
  error: record({ kind: kind("error"), code: kind("unknown-session") }),
  message: record({
    kind: kind("message"),
    id,
    from: nick,
    to: nick,
    auto: fc.boolean(),
    signature: fc.option(token, { nil: undefined }),
    texts: fc.array(text, { minLength: 1, maxLength: 5 }),
  }),
  ack: record({ kind: kind("ack"), id }),
};
const packet: fc.Arbitrary<Packet> = fc.oneof(...Object.values<fc.Arbitrary<Packet>>(packets));

describeCodec<Packet>({
  name: "v2",
  packets: { ...packets },
  encode: encodePackets,
  decode: (datagrams) => datagrams.flatMap((bytes) => decodeDatagram(bytes)),
  datagramBytesMax: V2_DATAGRAM_BYTES_MAX,
  isOwn: isV2,
  sealed: (bytes) => datagramOfParts([bytes]),
});

describe("v2 golden datagrams", () => {
  for (const { name, packets: expected, text: characters, hex } of V2_VECTORS.datagrams) {
    it(name, () => {
      const bytes = bytesOfHex(hex);

      assert.deepEqual(bytes, bytesOf(characters));
      assert.deepEqual(decodeDatagram(bytes).map(withoutUndefined), expected);
      assert.deepEqual(encodePackets(expected), [bytes]);
    });
  }

  it("there is one for every kind of packet", () => {
    const shown = new Set(V2_VECTORS.datagrams.flatMap((vector) => vector.packets.map((p) => p.kind)));

    assert.deepEqual([...shown].sort(), Object.keys(packets).sort());
  });

  for (const { name, packets: expected, text: characters, hex } of V2_VECTORS.tolerated) {
    it(`${name}: is read as if it were in order`, () => {
      const bytes = bytesOfHex(hex);

      assert.deepEqual(bytes, bytesOf(characters));
      assert.deepEqual(decodeDatagram(bytes).map(withoutUndefined), expected);
    });
  }

  for (const { name, hex, codes } of V2_VECTORS.malformed) {
    it(`${name}: ${codes.join(", ")}`, () => {
      assert.deepEqual(
        decodeDatagram(bytesOfHex(hex)).map((value) => codeOf(value) ?? "packet"),
        codes,
      );
    });
  }
});

describe("v2 datagrams of several records", () => {
  it("keep all packets in their order, in datagrams that pass every path", () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (values) => {
        const datagrams = encodePackets(values);

        for (const bytes of datagrams) {
          const records = bytes.filter((byte) => byte === 0x1e).length - 1;
          assert.ok(records <= RECORDS_PER_DATAGRAM_MAX);
          assert.ok(records === 1 || bytes.length <= V2_DATAGRAM_BYTES_GOAL);
        }
        assert.deepEqual(
          datagrams.flatMap((bytes) => decodeDatagram(bytes)),
          values,
        );
      }),
    );
  });

  it("are no more than needed: neighbours that fit one datagram share it", () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 40 }), (values) => {
        const sizes = encodePackets(values).map(({ length }) => length);

        for (const [i, size] of sizes.entries()) {
          const next = sizes[i + 1];
          if (next !== undefined) assert.ok(size + next - CHECKSUM_BYTES > V2_DATAGRAM_BYTES_GOAL);
        }
      }),
    );
  });

  it("hold the stamp besides what they hold, and a long record all the same", () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 40 }), (packets) => {
        const values = [...packets];
        for (const bytes of encodeStamped("12345678", values)) {
          const [stamp, ...others] = decodeDatagram(bytes);
          assert.deepEqual(stamp, { kind: "for", stamp: "12345678" });
          assert.ok(others.length === 1 || bytes.length <= V2_DATAGRAM_BYTES_GOAL);
          assert.deepEqual(others, values.splice(0, others.length));
        }
        assert.deepEqual(values, []);
      }),
    );
  });

  it("hold only so many records, however short they are", () => {
    const pings = Array.from({ length: 100 }, (_, i): Packet => ({ kind: "ping", tableVersion: i }));

    const datagrams = encodePackets(pings);

    assert.deepEqual(
      datagrams.map((bytes) => decodeDatagram(bytes).length),
      [RECORDS_PER_DATAGRAM_MAX, 100 - RECORDS_PER_DATAGRAM_MAX],
    );
  });

  it("lose only the record that is damaged", () => {
    const read = decodeDatagram(sealed('\x1e["ping",1]\n\x1e["ping",\n\x1e["ping",3]\n'));

    assert.deepEqual(
      read.map((value) => codeOf(value) ?? value),
      [{ kind: "ping", tableVersion: 1 }, "NOT_JSON", { kind: "ping", tableVersion: 3 }],
    );
  });

  for (const [what, bytes] of [
    ["separators", sealed("\x1e".repeat(V2_DATAGRAM_BYTES_GOAL - CHECKSUM_BYTES))],
    ["one record too many", sealed('\x1e["ping",1]\n'.repeat(RECORDS_PER_DATAGRAM_MAX + 1))],
    ["short records that are too long together", sealed(`\x1e["ping",1]\n\x1e[1]${" ".repeat(1_200)}\n`)],
  ] as const) {
    it(`are not read at all when they are ${what}`, () => {
      assert.deepEqual(codesOf(bytes), ["TOO_LONG"]);
    });
  }
});

describe("v2 records at their bounds", () => {
  const longNick = "𝔘".repeat(32);
  const widest = { epoch: 2 ** 48 - 1, seq: SEQ_MAX };
  // JSON escapes it with six bytes: no text becomes longer.
  const longText = "\0".repeat(TEXT_BYTES_MAX);
  const longest: readonly Packet[] = [
    {
      kind: "message",
      id: widest,
      from: longNick,
      to: longNick,
      auto: true,
      signature: "s".repeat(86),
      texts: [longText],
    },
    {
      kind: "save",
      session: "s".repeat(22),
      id: widest,
      to: longNick,
      auto: true,
      sentAtMs: -8.64e15,
      text: longText,
      insist: true,
    },
    {
      kind: "mail",
      mailId: SEQ_MAX,
      from: longNick,
      sentAtMs: -8.64e15,
      id: widest,
      auto: true,
      text: longText,
    },
  ];
  for (const value of longest) {
    it(`the longest ${value.kind} of one text fits a datagram`, () => {
      const bytes = encodePacket(value);

      assert.ok(bytes.length <= V2_DATAGRAM_BYTES_MAX, `${bytes.length} bytes`);
      assert.deepEqual(decodeDatagram(bytes), [value]);
    });
  }

  it("every text of a message has a number that can be written, the last too", () => {
    const ending = (seq: number) => `\x1e["message",1,${seq},"a","b",{},"x","y","z"]\n`;

    assert.deepEqual(codesOf(sealed(ending(SEQ_MAX - 2))), [undefined]);
    assert.deepEqual(codesOf(sealed(ending(SEQ_MAX - 1))), ["BAD_FIELD"]);
  });

  it("a message has only so many texts", () => {
    const texts = (n: number) => `\x1e["message",1,1,"a","b",{}${',"x"'.repeat(n)}]\n`;

    assert.deepEqual(codesOf(sealed(texts(TEXTS_PER_MESSAGE_MAX))), [undefined]);
    assert.deepEqual(codesOf(sealed(texts(TEXTS_PER_MESSAGE_MAX + 1))), ["BAD_FIELD"]);
  });

  it("half a surrogate pair is sent as U+FFFD, as in v1", () => {
    const broken: Packet = {
      kind: "message",
      id: { epoch: 1, seq: 1 },
      from: "a",
      to: "b",
      auto: false,
      signature: undefined,
      texts: ["\ud83d!"],
    };

    assert.deepEqual(decodeDatagram(encodePacket(broken)), [{ ...broken, texts: ["\ufffd!"] }]);
  });

  it("JSON nested as deep as a datagram allows is an error like any other", () => {
    for (const deep of ["[".repeat(8_000), `["ping",${"[".repeat(4_000)}${"]".repeat(4_000)}]`]) {
      const [code] = codesOf(sealed(`\x1e${deep}\n`));

      assert.ok(code === "NOT_JSON" || code === "BAD_FIELD", `${code}`);
    }
  });

  it("the flags of a message are what it says itself, not what every object has", () => {
    for (const flags of ['{"__proto__":{"auto":1}}', '{"auto":true}', '{"constructor":1}', '{"auto":"1"}']) {
      const [message] = decodeDatagram(sealed(`\x1e["message",1,1,"a","b",${flags},"x"]\n`));

      assert.ok(message !== undefined && "auto" in message && message.auto === false, flags);
    }
  });

  it("any JSON in any field is a packet or an error", () => {
    const type = fc.constantFrom(...Object.keys(packets), "__proto__", "constructor", "toString");
    const field = fc.oneof(fc.jsonValue({ maxDepth: 2 }), nick, token, count, fc.constant({}), rows);
    fc.assert(
      fc.property(type, fc.array(field, { maxLength: 8 }), (name, fields) => {
        const [value, ...others] = decodeDatagram(sealed(`\x1e${JSON.stringify([name, ...fields])}\n`));

        assert.deepEqual(others, []);
        const code = codeOf(value);
        assert.ok(code === undefined || code === "BAD_FIELD" || code === "UNKNOWN_TYPE", `${code}`);
        if (code === "UNKNOWN_TYPE") assert.ok(!Object.hasOwn(packets, name));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("v1 and v2 on one port", () => {
  it("no datagram that our v1 sends is taken for v2", () => {
    fc.assert(
      fc.property(nick, text, (name, body) => {
        const datagrams = [
          encodeRequest({ kind: "register", nick: name }),
          encodeRequest({ kind: "save", to: name, text: body }),
          encodePeerPacket({ kind: "message", text: body }),
          ...encodeReply({ kind: "mail", from: name, savedAtLocalMs: 0, text: body }),
          ...encodeReply({ kind: "refused", detail: body }),
        ];

        for (const bytes of datagrams) assert.equal(isV2(bytes), false);
      }),
    );
  });

  it("nothing is neither: an empty datagram is no v2", () => {
    assert.equal(isV2(new Uint8Array()), false);
    assert.deepEqual(codesOf(new Uint8Array()), ["BAD_CHECKSUM"]);
  });
});

/** As JSON has it: a field that is `undefined` is not there. */
function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
