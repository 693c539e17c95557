/** The pipe alone: the program at its other end is none of ours, has no walls around it, and says what it likes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { stageBare } from "../support/bare-bot.ts";
import { LoopPulse } from "../support/loop-pulse.ts";

const IDLE = "export default defineBot(() => {});";

/** A program that becomes ready, and then says what `attack` tells it to. */
function program(attack: string): string {
  return `
    const raw = (text) => { const b = Buffer.from(text); const h = Buffer.alloc(4); h.writeUInt32BE(b.length); process.stdout.write(Buffer.concat([h, b])); };
    const say = (message) => raw(JSON.stringify(message));
    process.stdin.on("data", (chunk) => { if (chunk.includes('"type":"stop"')) process.exit(); });
    process.stdout.on("error", () => process.exit());
    say({ type: "drained", count: 1 });
    say({ type: "ready", manifest: { answersBots: false, http: [], secrets: [], roles: [], commands: [] } });
    setTimeout(() => { ${attack} }, 400);
    setTimeout(() => process.exit(9), 60_000);`;
}

describe("the third wall, the pipe alone", { concurrency: 4 }, () => {
  for (const [name, attack, reason] of [
    ["a frame without end", `process.stdout.write(Buffer.alloc(8, 255));`, /FRAME_TOO_LONG/],
    ["an empty frame", `process.stdout.write(Buffer.alloc(4));`, /FRAME_EMPTY/],
    ["what is no JSON", `raw("{");`, /NOT_UTF8_JSON/],
    ["what is no UTF-8", `process.stdout.write(Buffer.from([0, 0, 0, 2, 0x22, 0xff]));`, /NOT_UTF8_JSON/],
    ["JSON nested a hundred thousand deep", `raw("[".repeat(1e5));`, /NOT_UTF8_JSON/],
    ["a message of no known type", `say({ type: "shutdown" });`, /NOT_A_MESSAGE/],
    ["fields of other types", `say({ type: "send", id: "1", to: {}, text: [] });`, /NOT_A_MESSAGE/],
    ["frames that it claims to have acted on", `say({ type: "drained", count: 7 });`, /miscounted/],
    [
      "more than it may keep",
      `for (let i = 0; i < 40; i++) say({ type: "change", change: { kind: "put", key: "k" + i, json: JSON.stringify("x".repeat(60000)) } });`,
      /cannot be kept/,
    ],
    ["a recipient that is none", `say({ type: "send", id: 1, to: "a b", text: "x" });`, /NOT_A_MESSAGE/],
    [
      "a text that no message holds",
      `say({ type: "send", id: 1, to: "alice", text: "x".repeat(2_000) });`,
      /NOT_A_MESSAGE/,
    ],
    [
      "a name as long as a book",
      `say({ type: "timer-set", id: 1, delayMs: 1, place: "p".repeat(200_000) });`,
      /NOT_A_MESSAGE/,
    ],
    [
      "timers that carry more than it may keep",
      `for (let i = 0; i < 40; i++) say({ type: "change", change: { kind: "timer", timer: { id: "t" + i, dueMs: 1e15, data: JSON.stringify("x".repeat(60000)) } } });`,
      /cannot be kept: \d+ bytes of timers/,
    ],
    [
      "more timers than it may set",
      `for (let i = 0; i < 2000; i++) say({ type: "timer-set", id: i, delayMs: 1e9 });`,
      /more timers than it may/,
    ],
    [
      "more messages than it may send",
      `for (let i = 0; i < 3000; i++) say({ type: "send", id: i, to: "nobody" + i, text: "x" });`,
      /sent more at once/,
    ],
  ] as const) {
    it(`ends a process that sends ${name}`, async (t) => {
      const { event } = await stageBare(t, IDLE, program(attack));

      const crashed = await event("crashed");

      assert.match(crashed.reason, reason);
    });
  }

  it("ends a process that announces a frame and never sends it", async (t) => {
    const { event } = await stageBare(
      t,
      IDLE,
      program("process.stdout.write(Buffer.from([0, 0, 16, 0, 1]));"),
    );

    assert.ok((await event("hung")).silentMs >= 1_000);
  });

  it("takes no key of a frame for more than a key", async (t) => {
    const line = `{"type":"log","level":"info","message":"m","fields":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}`;
    const { event } = await stageBare(t, IDLE, program(`raw(${JSON.stringify(line)});`));

    await event("log");

    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it("consumes nothing that it was not handed, and makes no request that was not granted", async (t) => {
    let connections = 0;
    const tcp = createServer(() => connections++).listen(0, "127.0.0.1");
    await once(tcp, "listening");
    t.after(() => tcp.close());
    const { port } = tcp.address() as { port: number };
    const { event } = await stageBare(
      t,
      IDLE,
      program(`
        say({ type: "handled", events: ["bot-1", "bot-999", "other-1", "bot-n1", "__proto__", ""] });
        say({ type: "http", id: 1, request: { url: "http://127.0.0.1:${port}/", method: "GET", headers: {}, timeoutMs: 1000 } });
        let all = ""; process.stdin.on("data", (chunk) => { all += chunk; if (all.includes("http-result")) say({ type: "log", level: "info", message: all.slice(all.indexOf("http-result")), fields: {} }); });`),
    );

    const { message } = await event("log");

    assert.match(message, /NOT_GRANTED|not granted/i);
    assert.equal(connections, 0);
  });

  for (const [name, message] of [
    ["lines", `{ type: "log", level: "info", message: "x".repeat(1000), fields: {} }`],
    ["long lines", `{ type: "log", level: "info", message: "m", fields: { x: "x".repeat(30_000) } }`],
    [
      "faults",
      `{ type: "fault", fault: { name: "Error", message: "m".repeat(8_000), stack: "s".repeat(8_000) }, handler: "h" }`,
    ],
  ] as const) {
    it(`cuts a log of ${name} without end, and the host goes on`, async (t) => {
      const { event, events } = await stageBare(
        t,
        IDLE,
        program(
          `const flood = () => { for (let i = 0; i < 50; i++) say(${message}); setImmediate(flood); }; flood();`,
        ),
      );
      using pulse = new LoopPulse();

      await event("log-cut");
      const { longestMs } = pulse;
      const cuts = events.filter((one) => one.kind === "log-cut");
      const written = events.filter(({ kind }) => kind === "log" || kind === "handler-failed");
      const chars = JSON.stringify(written).length;

      assert.ok(cuts.length > 0 && cuts.length < 20, `${cuts.length}`);
      assert.ok(written.length < 1_000 && chars < 1_000_000, `${written.length} of ${chars} characters`);
      assert.ok(longestMs < 100, `the host computed for ${longestMs} ms without giving way`);
      const cutFaults = cuts.reduce((sum, { faults }) => sum + faults, 0);
      assert.equal(cutFaults > 0, name === "faults");
    });
  }
});
