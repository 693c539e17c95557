import assert from "node:assert/strict";
import { it } from "node:test";
import type { TraceEntry } from "../../../src/net/trace.ts";
import { describeDatagrams } from "../../../src/scenario/run/wording-of-datagrams.ts";
import { datagramText } from "../../support/v2-wire.ts";

const party = (label: string, port: number) => ({ label, address: { host: "127.0.0.1", port } });
const ALICE = party("alice", 1);

function linesOf(kind: TraceEntry["kind"], text: string, from = ALICE): readonly string[] {
  const entry: TraceEntry = { atMs: 0, kind, from, to: party("bob", 2), bytes: Buffer.from(text) };
  return describeDatagrams([entry], new Set(), 0).map((line) => line.text);
}

it("a datagram of v2 is shown as its records: the checksum says nothing to people", () => {
  const text = datagramText(["for", "L-GXXiO3"], ["ping", 7_004]);

  assert.deepEqual(linesOf("sent", text), ['alice → bob  ["for","L-GXXiO3"] ["ping",7004]']);
});

it("one that does not end in its checksum is shown whole, and marked", () => {
  const text = datagramText(["ping", 7_004]).replace("7004", "7005");
  const [, checksum] = /"(\w{8})"\n$/.exec(text) ?? [];

  assert.deepEqual(linesOf("sent", text), [`alice → bob  ["ping",7005] "${checksum}"  ✗ bad checksum`]);
});

it("a long record is cut, and says how long it is", () => {
  const text = datagramText(["refused", "server-full", "x".repeat(200)]);

  assert.match(
    linesOf("sent", text)[0] ?? "",
    /^alice → bob {2}\["refused","server-full","x+… \(228 characters\)$/,
  );
});
