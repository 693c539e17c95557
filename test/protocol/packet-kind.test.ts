import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Direction, PACKET_KINDS, packetKind } from "../../src/protocol/packet-kind.ts";
import { encodePeerPacket, encodeReply, encodeRequest } from "../../src/protocol/v1/index.ts";
import type { Reply } from "../../src/protocol/v1/packets.ts";

const DIRECTIONS: readonly Direction[] = ["to-server", "from-server", "peer"];

describe("the kind of a packet", () => {
  it("of a request is its own", () => {
    const kinds = [
      encodeRequest({ kind: "register", nick: "alice" }),
      encodeRequest({ kind: "deregister", nick: "alice" }),
      encodeRequest({ kind: "save", to: "bob", text: "hi" }),
      encodeRequest({ kind: "table" }),
      encodeRequest({ kind: "ack" }),
    ].map((bytes) => packetKind(bytes, "to-server"));

    assert.deepEqual(kinds, ["register", "deregister", "save", "table", "ack"]);
  });

  it("of what clients say to each other tells a message from an acknowledgement", () => {
    const kinds = [encodePeerPacket({ kind: "message", text: "ack" }), encodePeerPacket({ kind: "ack" })].map(
      (bytes) => packetKind(bytes, "peer"),
    );

    assert.deepEqual(kinds, ["message", "ack"]);
  });

  it("of a reply says what it is for", () => {
    const replies: readonly (readonly [Reply, string])[] = [
      [{ kind: "registered", outcome: "new" }, "registered"],
      [{ kind: "registered", outcome: "back" }, "registered"],
      [{ kind: "nick-in-use" }, "refused"],
      [{ kind: "deregistered" }, "deregistered"],
      [{ kind: "saved" }, "saved"],
      [{ kind: "online", nick: "bob" }, "online"],
      [{ kind: "unknown-nick", nick: "bob" }, "refused"],
      [{ kind: "refused", detail: "The mailbox is full." }, "refused"],
      [{ kind: "ping" }, "ping"],
      [{ kind: "mail-notice" }, "mail-notice"],
      [{ kind: "mail", from: "alice", savedAtLocalMs: 0, text: "hi" }, "mail"],
      [{ kind: "table", rows: 2 }, "table"],
      [{ kind: "row", nick: "bob", address: { host: "127.0.0.1", port: 1 }, online: true }, "table"],
    ];

    for (const [reply, kind] of replies) {
      for (const bytes of encodeReply(reply))
        assert.equal(packetKind(bytes, "from-server"), kind, reply.kind);
    }
  });

  it("is one of the list, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...DIRECTIONS), (bytes, direction) => {
        assert.ok(PACKET_KINDS.includes(packetKind(bytes, direction)));
      }),
    );
  });
});
