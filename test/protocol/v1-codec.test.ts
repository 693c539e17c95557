import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MAILBOX_MESSAGES_MAX, V1_DATAGRAM_BYTES_MAX, V1_TABLE_ROWS_MAX } from "../../src/protocol/limits.ts";
import {
  decodePeerPacket,
  decodeRequest,
  encodePeerPacket,
  encodeReply,
  encodeRequest,
  ReplyDecoder,
} from "../../src/protocol/v1/index.ts";
import type { PeerPacket, Reply, Request } from "../../src/protocol/v1/packets.ts";
import { isV2 } from "../../src/protocol/v2/index.ts";
import { WireError } from "../../src/protocol/wire-error.ts";
import { nick, port, record, text } from "../support/packet-values.ts";
import { describeCodec } from "./codec-contract.ts";

interface Vector<P> {
  readonly packet: P;
  readonly datagrams: readonly string[];
}

const vectors: {
  readonly requests: readonly Vector<Request>[];
  readonly replies: readonly Vector<Reply>[];
  readonly peer: readonly Vector<PeerPacket>[];
} = JSON.parse(readFileSync(new URL("../vectors/v1.json", import.meta.url), "utf8"));

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("v1 golden datagrams", () => {
  for (const { packet, datagrams } of vectors.requests) {
    it(`request ${JSON.stringify(packet)}`, () => {
      assert.deepEqual([textOf(encodeRequest(packet))], datagrams);
      assert.deepEqual(decodeRequest(bytesOf(datagrams[0] ?? "")), packet);
    });
  }
  for (const { packet, datagrams } of vectors.replies) {
    it(`reply ${JSON.stringify(packet)}`, () => {
      assert.deepEqual(encodeReply(packet).map(textOf), datagrams);
      assert.deepEqual(decodeReplies([...contextOf(packet), packet].flatMap(encodeReply)).at(-1), packet);
    });
  }
  for (const { packet, datagrams } of vectors.peer) {
    it(`peer packet ${JSON.stringify(packet)}`, () => {
      assert.deepEqual([textOf(encodePeerPacket(packet))], datagrams);
      assert.deepEqual(decodePeerPacket(bytesOf(datagrams[0] ?? "")), packet);
    });
  }
});

describe("v1 requests of other implementations", () => {
  const cases: readonly [string, Request | string][] = [
    ["reg x and more", { kind: "register", nick: "x" }],
    ["  reg   x \n", { kind: "register", nick: "x" }],
    ["reg x udpchat/2\n", { kind: "register", nick: "x", offersV2: true }],
    ["reg x udpchat/22", { kind: "register", nick: "x" }],
    ["reg x udpchut/1", { kind: "register", nick: "x" }],
    ["reg udpchat.2", { kind: "register", nick: "udpchat.2" }],
    ["send y", { kind: "save", to: "y", text: "" }],
    ["ack\n", { kind: "ack" }],
    ["reg", "MISSING_FIELD"],
    ["tables", "UNKNOWN_TYPE"],
    ["REG x", "UNKNOWN_TYPE"],
    ["", "EMPTY"],
    ["Z".repeat(60_000), "TOO_LONG"],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text.slice(0, 20))} is ${JSON.stringify(expected)}`, () => {
      const decoded = decodeRequest(bytesOf(text));

      assert.deepEqual(decoded instanceof WireError ? decoded.code : decoded, expected);
    });
  }

  it("an offer of v2 of which one byte is damaged is no registration in v1", () => {
    const bytes = bytesOf("reg bob udpchat/2");
    for (let i = 0; i < bytes.length; i += 1) {
      for (let value = 0; value < 256; value += 1) {
        const decoded = decodeRequest(bytes.map((byte, at) => (at === i ? value : byte)));

        const isOffer = !(decoded instanceof WireError) && "offersV2" in decoded;
        assert.ok(decoded instanceof WireError || isOffer, `${value} at ${i}: ${JSON.stringify(decoded)}`);
      }
    }
  });

  it("FF FE 00 is not UTF-8", () => {
    const decoded = decodeRequest(Uint8Array.of(0xff, 0xfe, 0x00));

    assert.ok(decoded instanceof WireError);
    assert.equal(decoded.code, "NOT_UTF8");
  });
});

describe("a v1 table that lost datagrams", () => {
  const row = (nick: string): Reply => ({
    kind: "row",
    nick,
    address: { host: "127.0.0.1", port: 2000 },
    online: true,
  });

  for (let lost = 0; lost < 8; lost += 1) {
    it(`without its datagram ${lost} the next table is read whole`, () => {
      const first = [
        ...encodeReply({ kind: "table", rows: 2 }),
        ...encodeReply(row("a")),
        ...encodeReply(row("b")),
      ];
      const second = [
        ...encodeReply({ kind: "table", rows: 2 }),
        ...encodeReply(row("c")),
        ...encodeReply(row("d")),
      ];
      const decoder = new ReplyDecoder();

      for (const bytes of first.toSpliced(lost, 1)) decoder.decode(bytes);
      decoder.reset();
      const read = second.map((bytes) => decoder.decode(bytes)).filter((reply) => reply !== undefined);

      assert.deepEqual(read, [{ kind: "table", rows: 2 }, row("c"), row("d")]);
    });
  }

  it("never mixes the fields of two rows when the second row's nickname is lost", () => {
    const decoder = new ReplyDecoder();
    const datagrams = [
      ...encodeReply({ kind: "table", rows: 2 }),
      ...encodeReply(row("a")),
      ...encodeReply(row("b")),
    ];

    const read = datagrams.toSpliced(5, 1).map((bytes) => decoder.decode(bytes));

    const rows = read.filter(
      (reply) => reply !== undefined && !(reply instanceof WireError) && reply.kind === "row",
    );
    assert.deepEqual(rows, [row("a")]);
  });
});

/** A nickname that is a number may begin a table as well, so it is decoded by its place alone. */
const wordNick = nick.filter((name) => !/^\d+$/.test(name));
const seconds = fc.integer({ min: 0, max: 4_000_000_000 }).map((s) => s * 1_000);
const address = record({ host: fc.ipV4(), port });
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
/** In v1 a v2 datagram is a line that nobody knows. */
const isOwn = (bytes: Uint8Array) => !isV2(bytes);

describeCodec<Request>({
  name: "v1 requests",
  packets: {
    register: record({ kind: kind("register"), nick }),
    deregister: record({ kind: kind("deregister"), nick }),
    save: record({ kind: kind("save"), to: nick, text }),
    table: record({ kind: kind("table") }),
    ack: record({ kind: kind("ack") }),
  },
  encode: (requests) => requests.map(encodeRequest),
  decode: (datagrams) => datagrams.map(decodeRequest),
  datagramBytesMax: V1_DATAGRAM_BYTES_MAX,
  isOwn,
});

describeCodec<PeerPacket>({
  name: "v1 between peers",
  packets: {
    message: record({ kind: kind("message"), text }),
    ack: record({ kind: kind("ack") }),
  },
  encode: (packets) => packets.map(encodePeerPacket),
  decode: (datagrams) => datagrams.map(decodePeerPacket),
  datagramBytesMax: V1_DATAGRAM_BYTES_MAX,
  isOwn,
});

describeCodec<Reply>({
  name: "v1 replies",
  packets: {
    registered: record({ kind: kind("registered"), outcome: fc.constantFrom("new", "back") }),
    "nick-in-use": record({ kind: kind("nick-in-use") }),
    deregistered: record({ kind: kind("deregistered") }),
    saved: record({ kind: kind("saved") }),
    online: record({ kind: kind("online"), nick }),
    "unknown-nick": record({ kind: kind("unknown-nick"), nick }),
    refused: record({ kind: kind("refused"), detail: fc.stringMatching(/^[A-Z][a-z ,]{0,40}\.$/) }),
    ping: record({ kind: kind("ping") }),
    "mail-notice": record({ kind: kind("mail-notice") }),
    "mail-count": record({
      kind: kind("mail-count"),
      count: fc.integer({ min: 0, max: MAILBOX_MESSAGES_MAX }),
    }),
    mail: record({ kind: kind("mail"), from: nick, savedAtLocalMs: seconds, text }),
    table: record({ kind: kind("table"), rows: fc.integer({ min: 0, max: V1_TABLE_ROWS_MAX }) }),
    row: record({ kind: kind("row"), nick: wordNick, address, online: fc.boolean() }),
  },
  encode: (replies) => replies.flatMap(encodeReply),
  decode: decodeReplies,
  contextOf,
  datagramBytesMax: V1_DATAGRAM_BYTES_MAX,
  isOwn,
});

describe("v1 saved messages", () => {
  it("are still to come when the network made a copy of their count", () => {
    const decoder = new ReplyDecoder();
    const decode = (text: string) => decoder.decode(bytesOf(text));
    decode("[You have messages.]\n");
    decode("1");

    const copy = decode("1");
    const mail = decode("bob: Thu Mar  2 18:45:24 2017  hi");
    const table = decode("1");

    assert.ok(copy instanceof WireError && copy.code === "OUT_OF_PLACE");
    assert.equal(mail instanceof WireError ? undefined : mail?.kind, "mail");
    assert.deepEqual(table, { kind: "table", rows: 1 });
  });
});

describe("v1 laws", () => {
  it("no message looks like an acknowledgement, a ping or a number to the original's client", () => {
    const part = fc.constantFrom("a", "ck", "ack", "p", "ing", "ping", "\u200b", "4", "2", " ", "-", "x");
    const tricky = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(tricky, (body) => {
        const packet: PeerPacket = { kind: "message", text: body };
        const datagram = textOf(encodePeerPacket(packet));

        assert.doesNotMatch(datagram, /ack|ping/);
        assert.doesNotMatch(datagram, /^\s*[+-]?\d+\s*$/);
        assert.deepEqual(decodePeerPacket(encodePeerPacket(packet)), packet);
      }),
    );
  });

  it("a table is read as it was written", () => {
    const rows = fc.array(record({ nick: wordNick, address, online: fc.boolean() }), { maxLength: 20 });
    fc.assert(
      fc.property(rows, (contacts) => {
        const table: Reply[] = [
          { kind: "table", rows: contacts.length },
          ...contacts.map((contact): Reply => ({ kind: "row", ...contact })),
        ];
        assert.deepEqual(decodeReplies(table.flatMap(encodeReply)), table);
      }),
    );
  });

  it("what is decoded of any bytes in any order respects the limits", () => {
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .constantFrom("ping", "ack", "2", "yes", "no", "127.0.0.1", "a", "[You have messages.]\n", "send a b")
        .map(bytesOf),
    );
    fc.assert(
      fc.property(fc.array(datagram, { maxLength: 40 }), (datagrams) => {
        const decoder = new ReplyDecoder();
        for (const bytes of datagrams) {
          const reply = decoder.decode(bytes);
          if (reply === undefined || reply instanceof WireError) continue;
          if (reply.kind === "row") assert.ok(reply.address.port <= 65_535);
          if (reply.kind === "table") assert.ok(reply.rows <= V1_TABLE_ROWS_MAX);
        }
      }),
    );
  });
});

/** What must come before a reply for it to be understood. */
function contextOf(packet: Reply): Reply[] {
  if (packet.kind === "mail-count") return [{ kind: "mail-notice" }];
  return packet.kind === "row" ? [{ kind: "table", rows: 1 }] : [];
}

function decodeReplies(datagrams: readonly Uint8Array[]): (Reply | WireError)[] {
  const decoder = new ReplyDecoder();
  return datagrams.map((bytes) => decoder.decode(bytes)).filter((reply) => reply !== undefined);
}
