import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordLines } from "../../src/cli/host-log.ts";
import type { LogRecord } from "../../src/host/log-record.ts";

const RECORD: LogRecord = {
  atMs: Date.UTC(2026, 10, 22, 22, 28, 26, 7),
  level: "error",
  bot: "desk",
  kind: "handler-failed",
  message: "oh\u001b[32m no",
  fields: { place: "desk.ts:2:1", codeFrame: "> 2 | \u001b[2J" },
};

describe("a line of a host's log", () => {
  it("is plain in a pipe, with the author's line below it", () => {
    assert.deepEqual(recordLines(RECORD, false), [
      "22:28:26.007 error desk: oh\\x1b[32m no  desk.ts:2:1",
      "    > 2 | \\x1b[2J",
    ]);
  });

  it("has its level coloured on a terminal, and no colour of anybody else's", () => {
    const [line = ""] = recordLines(RECORD, true);

    assert.equal(line, "22:28:26.007 \u001b[31merror\u001b[39m desk: oh\\x1b[32m no  desk.ts:2:1");
  });

  it("is the host's own where it is about no bot, and has the fields that an author wrote", () => {
    const record = { ...RECORD, bot: undefined, level: "info", kind: "log", fields: { a: 1 } } as const;

    assert.deepEqual(recordLines(record, true), ['22:28:26.007 info  host: oh\\x1b[32m no {"a":1}']);
  });
});
