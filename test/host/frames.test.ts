import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { encodeFrames, FrameDecoder } from "../../src/host/pipe/frames.ts";
import { readFromBot } from "../../src/host/pipe/read-from-bot.ts";

const BOUND = 64 * 1024;

describe("frames", () => {
  it("come out as they went in, however the stream is cut", () => {
    const cut = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });

    fc.assert(
      fc.property(fc.array(fc.jsonValue()), cut, (values, sizes) => {
        const stream = encodeFrames(values.map((value) => JSON.stringify(value)));
        const decoder = new FrameDecoder<unknown>(BOUND, JSON.parse);
        const decoded: unknown[] = [];

        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          const { frames, fault } = decoder.push(stream.subarray(at, at + size));
          assert.equal(fault, undefined);
          decoded.push(...frames);
          at += size;
        }

        assert.deepEqual(decoded, JSON.parse(JSON.stringify(values)));
      }),
    );
  });

  it("give what was whole before a fault, and stay at the fault", () => {
    const decoder = new FrameDecoder<unknown>(BOUND, JSON.parse);
    const stream = Buffer.concat([encodeFrames(["1"]), Buffer.from([0, 0, 0, 0]), encodeFrames(["2"])]);

    assert.deepEqual(decoder.push(stream), { frames: [1], fault: "FRAME_EMPTY" });
    assert.deepEqual(decoder.push(encodeFrames(["3"])), { frames: [], fault: "FRAME_EMPTY" });
  });

  for (const [name, bytes, fault] of [
    ["longer than the bound", [0, 1, 0, 1], "FRAME_TOO_LONG"],
    ["of four gigabytes", [255, 255, 255, 255], "FRAME_TOO_LONG"],
    ["that is no JSON", [0, 0, 0, 1, 0x7b], "NOT_UTF8_JSON"],
    ["that is no UTF-8", [0, 0, 0, 3, 0x22, 0xff, 0x22], "NOT_UTF8_JSON"],
  ] as const) {
    it(`refuse one ${name}`, () => {
      assert.deepEqual(new FrameDecoder<unknown>(BOUND, JSON.parse).push(Uint8Array.from(bytes)), {
        frames: [],
        fault,
      });
    });
  }

  it("never throw, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const decoder = new FrameDecoder<unknown>(BOUND, JSON.parse);
        for (const chunk of chunks) decoder.push(chunk);
      }),
    );
  });
});

describe("what a bot's process says", () => {
  it("is read field by field: anything else is nothing", () => {
    const types = ["ready", "send", "log", "timer-set", "handled", "fault", "drained", "start-failed", "x"];
    const inner = ["change", "request", "manifest", "events", "timer"];
    const hostile = fc.record(
      {
        type: fc.constantFrom(...types, "change", "http", "stopped"),
        id: fc.jsonValue(),
        to: fc.jsonValue(),
        text: fc.jsonValue(),
        ...Object.fromEntries(inner.map((key) => [key, fc.jsonValue()])),
      },
      { requiredKeys: [] },
    );

    fc.assert(fc.property(fc.oneof(hostile, fc.jsonValue()), (value) => void readFromBot(value)));
    assert.equal(readFromBot({ type: "send", id: 1, to: "bob" }), undefined);
    assert.equal(readFromBot({ type: "send", id: -1, to: "bob", text: "" }), undefined);
    assert.equal(readFromBot({ type: "timer-set", id: 1, delayMs: 1e300 }), undefined);
    assert.equal(readFromBot({ type: "log", level: "shout", message: "", fields: {} }), undefined);
    assert.equal(readFromBot(null), undefined);
    assert.equal(readFromBot({ type: "send", id: 1, to: "bob", text: "hi", event: "e1" }), undefined);
    assert.equal(readFromBot({ type: "change", change: { kind: "put", key: "k" } }), undefined);
    assert.equal(
      readFromBot({ type: "change", change: { kind: "put", key: "k".repeat(600), json: "1" } }),
      undefined,
    );
    assert.equal(readFromBot({ type: "handled", events: [1] }), undefined);
    const request = { method: "GET", url: "http://x/", headers: { a: 1 }, timeoutMs: 1 };
    assert.equal(readFromBot({ type: "http", id: 1, request }), undefined);
    const send = { type: "send", id: 1, to: "bob", text: "hi", event: "e1", ordinal: 0 };
    assert.deepEqual(readFromBot({ ...send, surplus: 1 }), send);
  });
});
