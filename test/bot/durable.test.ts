import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bot } from "../../src/bot/api.ts";
import type { TimerCall } from "../../src/bot/timer.ts";
import { RuntimeBench } from "../support/runtime-bench.ts";

const start = RuntimeBench.start;

describe("the store", () => {
  it("keeps what a handler changed when it is done, in one commit with its message", async () => {
    const release = Promise.withResolvers<void>();
    const bot = await start((bot) => {
      bot.hears("count", async () => {
        await bot.store.update("n", (n = 0) => n + 1);
        await bot.store.set("last", { at: bot.now() });
        await release.promise;
      });
    });

    await bot.told("count");
    const before = bot.memory.recall().entries;
    release.resolve();
    await bot.advance(0);

    assert.deepEqual(before, []);
    assert.deepEqual(
      bot.memory.recall().entries.map(([key]) => key),
      ["s/n", "s/last"],
    );
    assert.deepEqual(bot.commits, [["e1"]]);
  });

  it("commits a handler never before those whose changes it saw, and those that saw each other as one", async () => {
    const gates = new Map<string, () => void>();
    const bot = await start((bot) => {
      bot.hears(/^(\w+) (.+)$/, async (ctx) => {
        const [, name = "", keys = ""] = ctx.match;
        const gate = Promise.withResolvers<void>();
        gates.set(name, gate.resolve);
        for (const key of keys.split(" ")) {
          await bot.store.update(key, (n = 0) => n + 1);
          if (key === "wait") await gate.promise;
        }
        await gate.promise;
      });
    });

    await bot.told("first k", { from: "a" });
    await bot.told("second k", { from: "b" });
    gates.get("second")?.();
    await bot.advance(0);
    const whileFirstRuns = [...bot.commits];
    gates.get("first")?.();
    await bot.advance(0);
    await bot.told("third x wait y", { from: "c" });
    await bot.told("fourth y x", { from: "d" });
    gates.get("fourth")?.();
    await bot.advance(0);
    gates.get("third")?.();
    await bot.advance(0);

    assert.deepEqual(whileFirstRuns, []);
    // The fourth saw x of the third, and the third y of the fourth.
    assert.deepEqual(
      bot.commits.map((events) => events.toSorted()),
      [
        ["e1", "e2"],
        ["e3", "e4"],
      ],
    );
  });

  it("gives copies, lists by prefix, and refuses what JSON cannot hold", async () => {
    const bot = await start((bot) => {
      bot.hears("go", async (ctx) => {
        const names = ["a"];
        await bot.store.set("list/1", names);
        names.push("b");
        (await bot.store.get<string[]>("list/1"))?.push("c");
        await bot.store.set("list/0", 0);
        await bot.store.set("other", true);
        await ctx.reply(JSON.stringify([await bot.store.entries("list/"), await bot.store.keys()]));
      });
      bot.hears("date", () => bot.store.set("x", { deep: [{ at: new Date(0) }] }));
      bot.hears("nan", () => bot.store.set("x", { ratio: Number.NaN }));
      bot.hears("promise", () => bot.store.update("x", (async () => 1) as never));
      bot.hears("big", () => bot.store.set("x", "x".repeat(70_000)));
    });

    assert.deepEqual(await bot.told("go"), ['[[["list/0",0],["list/1",["a"]]],["list/0","list/1","other"]]']);
    for (const what of ["date", "nan", "promise", "big"]) await bot.told(what);
    assert.match(
      bot.failures[0] ?? "",
      /x\.deep\[0\]\.at is a Date, which cannot be stored; store its getTime\(\)/,
    );
    assert.match(bot.failures[1] ?? "", /x\.ratio is NaN/);
    assert.match(bot.failures[2] ?? "", /may not wait for anything/);
    assert.match(bot.failures[3] ?? "", /one value may have 65536/);
  });

  it("has a quota, which what makes room does not hit", async () => {
    const bot = await start(
      (bot) => {
        bot.hears(/^put (\w+) (\d+)$/, (ctx) =>
          bot.store.set(String(ctx.match[1]), "x".repeat(Number(ctx.match[2]))),
        );
        bot.catch((error, ctx) => ctx?.reply((error as Error).name));
      },
      { limits: { storeBytes: 100 } },
    );

    assert.deepEqual(await bot.told("put a 90"), []);
    assert.deepEqual(await bot.told("put b 90"), ["StoreQuotaError"]);
    assert.deepEqual(await bot.told("put a 10"), []);
    assert.deepEqual(await bot.told("put b 60"), []);
  });

  it("has a quota for what timers carry, which is there again when they are cleared or have fired", async () => {
    const bot = await start(
      (bot) => {
        const timer = bot.timer("t", (_call: TimerCall<string>) => {});
        bot.hears(/^in (\S+) (\d+)$/, async (ctx) => {
          await ctx.reply(await timer.in(String(ctx.match[1]) as "1h", "x".repeat(Number(ctx.match[2]))));
        });
        bot.hears(/^cancel (\S+)$/, (ctx) => timer.cancel(String(ctx.match[1])));
        bot.catch((error, ctx) => ctx?.reply((error as Error).name));
      },
      { limits: { storeBytes: 200 } },
    );

    const [first = ""] = await bot.told("in 1h 150");
    assert.deepEqual(await bot.told("in 1h 100"), ["StoreQuotaError"]);
    assert.notDeepEqual(await bot.told("in 1h 10"), ["StoreQuotaError"]);
    await bot.told(`cancel ${first}`);
    assert.notDeepEqual(await bot.told("in 1m 150"), ["StoreQuotaError"]);
    assert.deepEqual(await bot.told("in 1h 100"), ["StoreQuotaError"]);
    await bot.advance(60_000);
    assert.notDeepEqual(await bot.told("in 1h 150"), ["StoreQuotaError"]);
  });

  it("keeps what is changed outside of handlers at once", async () => {
    const bot = await start(async (bot) => {
      await bot.store.set("started", true);
      bot.on("online", ({ nick }) => bot.store.set(`seen/${nick}`, bot.now()));
    });

    await bot.sees("online", "bob");

    assert.deepEqual(
      bot.memory.recall().entries.map(([key]) => key),
      ["s/started", "s/seen/bob"],
    );
  });
});

describe("ask", () => {
  const setup = (bot: Bot) => {
    bot.hears("order", async (ctx) => {
      await bot.store.update("orders", (n = 0) => n + 1);
      const size = await ctx.ask("Which size?", { timeout: "1m" });
      const color = size === undefined ? undefined : await ctx.ask(`${size}: which color?`);
      await bot.store.set("last", `${size} ${color}`);
      await ctx.reply(`${color} ${size}`);
    });
    bot.on("message", (ctx) => ctx.reply(`? ${ctx.message.text}`));
  };

  it("takes what the sender says next for the answer, and what others say not", async () => {
    const bot = await start(setup);

    assert.deepEqual(await bot.told("order"), ["Which size?"]);
    assert.deepEqual(await bot.told("order", { from: "bob" }), ["Which size?"]);
    assert.deepEqual(await bot.told("small"), ["small: which color?"]);
    assert.deepEqual(await bot.told("large", { from: "bob" }), ["large: which color?"]);
    assert.deepEqual(await bot.told("red"), ["red small"]);
    assert.deepEqual(await bot.told("red"), ["? red"]);
  });

  it("waits so long and no longer; time that it waits is not the handler's", async () => {
    const bot = await start(setup, { limits: { handlerMs: 5_000 } });
    await bot.told("order");

    await bot.advance(59_000);
    assert.deepEqual(bot.heard(), []);
    await bot.advance(1_000);

    assert.deepEqual(bot.heard(), ["undefined undefined"]);
    assert.deepEqual(bot.failures, []);
    assert.deepEqual(await bot.told("small"), ["? small"]);
  });

  it("makes durable what came before, and works for the answer's delivery after it", async () => {
    const bot = await start(setup);

    await bot.told("order");
    const atFirst = bot.memory.recall().entries.map(([key]) => key);
    await bot.told("small");
    await bot.told("red");

    assert.deepEqual(atFirst, ["s/orders", "a/alice"]);
    assert.deepEqual(bot.tags, [
      { event: "e1", ordinal: 0 },
      { event: "e2", ordinal: 0 },
      { event: "e3", ordinal: 0 },
    ]);
    assert.deepEqual(bot.commits, [["e1"], ["e2"], ["e3"]]);
    assert.deepEqual(
      bot.memory.recall().entries.map(([key]) => key),
      ["s/orders", "s/last"],
    );
  });

  it("is honest after a restart: the question was forgotten, and what was said is no command", async () => {
    const before = await start(setup);
    await before.told("order");

    const bot = await start(setup, before.crash());

    assert.deepEqual(await bot.told("small"), [
      "I was restarted and forgot that I had asked you: Which size?\nPlease start again.",
    ]);
    assert.deepEqual(await bot.told("small"), ["? small"]);
  });

  it("forgets a forgotten question when its time has passed", async () => {
    const before = await start(setup);
    await before.told("order");
    const bot = await start(setup, before.crash());

    await bot.advance(61_000);

    assert.deepEqual(await bot.told("small"), ["? small"]);
  });
});

describe("a dialog", () => {
  const setup = (bot: Bot) => {
    const order = bot.dialog("order", {
      state: { size: "", notes: [] as string[] },
      timeout: "1m",
      steps: {
        size: {
          ask: "Which size?",
          answer: (ctx) => {
            if (ctx.answer === "boom") {
              ctx.state.size = "boom";
              throw new Error("boom");
            }
            if (!["small", "large"].includes(ctx.answer)) return ctx.again("Small or large?");
            ctx.state.size = ctx.answer;
            return ctx.next("notes");
          },
        },
        notes: {
          ask: ({ state }) => `${state.size}; anything else?`,
          answer: async (ctx) => {
            if (ctx.answer === "no") return ctx.reply(`${ctx.state.size} ${ctx.state.notes.join()}`);
            ctx.state.notes.push(ctx.answer);
            return ctx.again();
          },
        },
      },
    });
    bot.use(async (ctx, next) => {
      await next();
      bot.log.info(ctx.message.text);
    });
    bot.command("order", (ctx) => order.begin(ctx));
    bot.on("message", (ctx) => ctx.reply(`? ${ctx.message.text}`));
  };

  it("goes from step to step, asks again, and ends", async () => {
    const bot = await start(setup);

    assert.deepEqual(await bot.told("order"), ["Which size?"]);
    assert.deepEqual(await bot.told("order"), ["Small or large?"]);
    assert.deepEqual(await bot.told(" small "), ["small; anything else?"]);
    assert.deepEqual(await bot.told("olives"), ["small; anything else?"]);
    assert.deepEqual(await bot.told("no"), ["small olives"]);
    assert.deepEqual(await bot.told("no"), ["? no"]);
    assert.equal(bot.logs.length, 6);
    assert.deepEqual(bot.memory.recall(), { entries: [], timers: [] });
  });

  it("goes on after a crash where it was, and asks nothing twice", async () => {
    const before = await start(setup);
    await before.told("order");
    await before.told("large");

    const bot = await start(setup, before.crash());

    assert.deepEqual(await bot.told("no"), ["large "]);
  });

  it("is cancelled by a word, and by time", async () => {
    const bot = await start(setup);

    await bot.told("order");
    assert.deepEqual(await bot.told("Cancel"), ["Cancelled."]);
    assert.deepEqual(await bot.told("small"), ["? small"]);
    await bot.told("order");
    await bot.advance(61_000);

    assert.deepEqual(bot.heard(), ["Time is up; we stop here."]);
    assert.deepEqual(await bot.told("small"), ["? small"]);
  });

  it("stays where it was when a step fails", async () => {
    const bot = await start(setup);
    await bot.told("order");

    assert.match((await bot.told("boom")).join(), /Sorry/);

    assert.deepEqual(await bot.told("small"), ["small; anything else?"]);
  });

  it("that a new version does not know is given up in words", async () => {
    const before = await start(setup);
    await before.told("order");

    const bot = await start((bot) => bot.on("message", (ctx) => ctx.reply("hm")), before.crash());

    assert.match((await bot.told("small")).join(), /I was changed meanwhile/);
    assert.deepEqual(await bot.told("small"), ["hm"]);
  });
});
