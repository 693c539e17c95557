import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SENDS_MAX, TIMERS_MAX } from "../../src/host/pipe/bounds.ts";
import { scriptFile, stageBot } from "../support/bot-stage.ts";
import { promiseOrders } from "../support/promise-orders.ts";

describe("the sandbox", () => {
  it("has nothing of Node.js, the network or the machine's clock", async (t) => {
    const names = [
      ...["require", "process", "module", "fetch", "WebSocket", "XMLHttpRequest", "performance", "crypto"],
      ...[
        "WebAssembly",
        "SharedArrayBuffer",
        "Atomics",
        "Temporal",
        "__send",
        "__locate",
        "__start",
        "__dispatch",
      ],
    ];
    const { ask } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears(/^(.+)$/, (ctx) => ctx.reply(
          ctx.match[1].split(" ").filter((name) => typeof globalThis[name] !== "undefined").join(" ") || "none")));`,
      ),
    );

    assert.equal(await ask(names.join(" ")), "none");
    assert.equal(await ask("setTimeout queueMicrotask console"), "setTimeout queueMicrotask console");
  });

  it("makes no code of text, by any road", async (t) => {
    const roads = [
      `eval("1")`,
      `(0, eval)("1")`,
      `new Function("return 1")()`,
      `(async () => {}).constructor("return 1")()`,
      `(function* () {}).constructor("return 1")()`,
      `bot.send.constructor("return process")()`,
      `console.log.constructor("return process")()`,
      `setTimeout("1")`,
    ];
    const { ask } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          const roads = [${roads.map((road) => `() => ${road}`).join(", ")}];
          bot.hears("try", (ctx) => ctx.reply(roads.map((road) => {
            try { road(); return "open"; } catch (error) { return error.name; }
          }).join(" ")));
        });`,
      ),
    );

    assert.equal(await ask("try"), [...Array(7).fill("EvalError"), "TypeError"].join(" "));
  });

  it("tells of a rejection whatever road a promise took, and sends for its handler on all of them", async (t) => {
    const { ask, event, events } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          bot.hears("array", (ctx) => { void Array.fromAsync([Promise.reject(new Error("of an array"))]); return ctx.reply("on"); });
          bot.hears("global", (ctx) => { void globalThis.Promise.reject(new Error("of the global")); return ctx.reply("on"); });
          bot.hears("stack", (ctx) => {
            const stack = new AsyncDisposableStack();
            stack.defer(() => { throw new Error("of a built-in"); });
            void stack.disposeAsync();
            return ctx.reply("on");
          });
          bot.hears("all", async (ctx) => {
            async function* numbers() { yield 1; yield 2; }
            const all = [
              await Array.fromAsync(numbers(), async (n, i) => { await ctx.reply("item " + n); return n * 10 + i; }),
              await Array.fromAsync([Promise.resolve(3), 4]),
              await Array.fromAsync({ length: 2, 0: Promise.resolve(5), 1: 6 }),
              Array.fromAsync([]) instanceof Promise && globalThis.Promise === Promise,
            ];
            await ctx.reply(JSON.stringify(all));
          });
        });`,
      ),
    );

    for (const [road, message] of [
      ["array", "of an array"],
      ["global", "of the global"],
      [
        "stack",
        "a promise was rejected; the bot got it from a built-in function, so its reason is not known",
      ],
    ] as const) {
      assert.equal(await ask(road), "on");
      assert.equal((await event("handler-failed")).error.message, message);
    }
    assert.equal(await ask("all"), "item 1");
    assert.equal(await ask("?"), "item 2");
    assert.equal(await ask("?"), "[[10,21],[3,4],[5,6],true]");
    assert.ok(events.every(({ kind }) => kind !== "crashed"));
  });

  it("says of messages beyond those that may be under way that they failed, and rejects nothing", async (t) => {
    const { ask, events } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears("go", async (ctx) => {
          const sent = Array.from({ length: ${SENDS_MAX} + 100 }, () => bot.send("nobody", "x"));
          const last = await sent.at(-1);
          await sent[0];
          await ctx.reply(last.detail);
        }));`,
      ),
    );

    assert.equal(await ask("go"), `more than ${SENDS_MAX} messages wait for their receipts`);
    assert.deepEqual(
      events.filter(({ kind }) => kind === "handler-failed"),
      [],
    );
  });

  it("takes a bot that sets all the timers it may, and still watches its handlers' time", async (t) => {
    const { ask } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => {
          for (let i = 0; i < ${TIMERS_MAX}; i++) setTimeout(() => {}, 3_600_000);
          bot.hears("more", async (ctx) => { try { setTimeout(() => {}, 1); } catch (error) { await ctx.reply(error.message); } });
        });`,
      ),
    );

    assert.equal(await ask("more"), `more than ${TIMERS_MAX} timers wait`);
    assert.equal(await ask("more"), `more than ${TIMERS_MAX} timers wait`);
  });

  it("keeps the order of promises that the language lays down", async (t) => {
    const expected: string[] = [];
    await promiseOrders((step) => expected.push(step));
    const orders = promiseOrders.toString();
    const { ask } = await stageBot(
      t,
      await scriptFile(
        t,
        `const promiseOrders = ${orders};
        export default defineBot((bot) => bot.hears("go", async (ctx) => {
          const steps = [];
          await promiseOrders((step) => steps.push(step));
          await ctx.reply(steps.join("\\n"));
        }));`,
      ),
    );

    assert.deepEqual((await ask("go")).split("\n"), expected);
    assert.ok(expected.length > 20);
  });

  it("reports each way to fail at the author's line, and goes on", async (t) => {
    const script = await scriptFile(
      t,
      [
        "const fail = (what: string): never => {",
        "  throw new TypeError(what);",
        "};",
        "export default defineBot((bot) => {",
        '  bot.hears("sync", () => fail("sync"));',
        '  bot.hears("async", async (ctx) => { await ctx.reply("first"); throw new Error("async"); });',
        '  bot.hears("void", () => void (async () => { throw new Error("void"); })());',
        '  bot.hears("reject", () => void Promise.reject(new Error("reject")));',
        '  bot.hears("then", () => void (async () => 1)().then(() => { throw new Error("then"); }));',
        '  bot.hears("all", () => void Promise.all([1, new Promise((_, no) => no(new Error("all")))]));',
        '  bot.hears("timer", () => void setTimeout(() => { throw new Error("timer"); }, 1));',
        '  bot.hears("late", () => void setTimeout(async () => { throw new Error("late"); }, 1));',
        '  bot.hears("micro", () => queueMicrotask(() => { throw new Error("micro"); }));',
        '  bot.hears("text", () => { throw "just text"; });',
        '  bot.hears("caught", () => void Promise.reject(new Error("caught")).catch(() => bot.send("alice", "fine")));',
        "});",
      ].join("\n"),
    );
    const { alice, ask, event } = await stageBot(t, script);
    const where: [what: string, line: number, handler: RegExp][] = [
      ["sync", 3, /^hears "sync" \(.*bot\.ts:6:7\)$/],
      ["async", 7, /^hears "async"/],
      ["void", 8, /promise that nobody awaited/],
      ["reject", 9, /promise that nobody awaited/],
      ["then", 10, /promise that nobody awaited/],
      ["all", 11, /promise that nobody awaited/],
      ["timer", 12, /^a timer \(.*bot\.ts:12:\d+\), begun by hears "timer"/],
      ["late", 13, /promise that nobody awaited/],
      ["micro", 14, /promise that nobody awaited/],
    ];

    for (const [what, line, handler] of where) {
      await alice.send("bot", what);
      const failed = await event("handler-failed");

      assert.equal(failed.error.message, what);
      assert.match(failed.handler, handler);
      assert.equal(failed.error.place?.line, line, what);
      assert.ok(failed.error.codeFrame?.includes(`> ${String(line).padStart(2)} |`) || line < 9, what);
      assert.match(failed.error.stack, /bot\.ts:\d+:\d+/);
      assert.doesNotMatch(failed.error.stack, /bot\.js|node:|__async/);
    }
    await alice.send("bot", "text");
    const text = await event("handler-failed");
    assert.equal(text.error.message, '"just text" was thrown, which is no Error');
    assert.match(await ask("caught"), /first|Sorry/);
  });

  it("writes log lines of whatever an author passes", async (t) => {
    const { alice, event } = await stageBot(
      t,
      await scriptFile(
        t,
        `export default defineBot((bot) => bot.hears("log", () => {
          const round = {}; round.self = round;
          bot.log.warn("odd", { big: 1n, error: new Error("inner"), set: new Set([1]), gone: undefined });
          bot.log.debug("round", round);
          console.log("a", { b: 1 });
        }));`,
      ),
    );

    await alice.send("bot", "log");
    const odd = await event("log");
    const round = await event("log");
    const line = await event("log");

    assert.deepEqual([odd.level, odd.message], ["warn", "odd"]);
    assert.deepEqual({ ...odd.fields, error: undefined }, { big: "1", error: undefined, set: [1] });
    assert.match(JSON.stringify(odd.fields["error"]), /inner.*bot\.ts:4/);
    assert.match(String(round.fields["unwritable"]), /circular/);
    assert.deepEqual([line.level, line.message], ["info", 'a {"b":1}']);
  });
});
