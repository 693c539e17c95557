import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bot, TimerCall } from "../../src/bot/index.ts";
import { type BenchOptions, RuntimeBench } from "../support/runtime-bench.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A pattern here is a number of hours: the real patterns are croner's, in the bot's process. */
const nextCron: BenchOptions["nextCron"] = (pattern, _, afterMs) => {
  const everyMs = Number(pattern) * HOUR_MS;
  if (Number.isNaN(everyMs)) throw new TypeError(`${JSON.stringify(pattern)} is no cron pattern`);
  return (Math.floor(afterMs / everyMs) + 1) * everyMs;
};

const start = (setup: (bot: Bot) => unknown, options: BenchOptions = {}) =>
  RuntimeBench.start(setup, { nextCron, ...options });

describe("cron", () => {
  it("calls at each time, also when a call fails", async () => {
    const bot = await start((bot) => {
      bot.cron("1", ({ dueAt }) => {
        bot.log.info(new Date(dueAt).toISOString().slice(11, 16));
        throw new Error("no");
      });
    });

    await bot.advance(2 * HOUR_MS);

    assert.deepEqual(bot.logs, ["info: 01:00", "info: 02:00"]);
    assert.deepEqual(bot.failures, ['cron "1": no', 'cron "1": no']);
  });

  it("skips what it missed by more than a minute, unless that is to be made up for", async () => {
    const setup = (bot: Bot) => {
      bot.cron("1", () => bot.log.info("skips"));
      bot.cron("2", { catchUp: true }, () => bot.log.info("catches up"));
      bot.every("3h", () => bot.log.info("every"));
    };
    const before = await start(setup);
    const kept = before.crash();

    kept.clock.advanceTo(7 * HOUR_MS + 10 * MINUTE_MS);
    const late = await start(setup, kept);
    await late.advance(50 * MINUTE_MS);
    const keptAgain = late.crash();
    keptAgain.clock.advanceTo(9 * HOUR_MS + 30_000);
    const hardlyLate = await start(setup, keptAgain);

    assert.deepEqual(late.logs, ["info: catches up", "info: every", "info: skips", "info: catches up"]);
    // The rhythm goes on from where it began, not from when it was made up for.
    assert.deepEqual(hardlyLate.logs.toSorted(), ["info: every", "info: skips"]);
  });

  it("refuses a pattern that is none at the start, and a rhythm that is too fast", async () => {
    await assert.rejects(
      start((bot) => bot.cron("soon", () => {})),
      /"soon" is no cron pattern/,
    );
    await assert.rejects(
      start((bot) => bot.every("100ms", () => {})),
      /at least "1s"/,
    );
    await assert.rejects(
      start((bot) => bot.every("1 hour" as never, () => {})),
      /is no duration/,
    );
  });

  it("forgets what a new version does not have, and keeps two of the same apart", async () => {
    const before = await start((bot) => {
      bot.cron("1", () => {});
      bot.every("1h", () => {});
    });

    const bot = await start((bot) => {
      for (const name of ["a", "b"]) bot.every("2h", () => bot.log.info(name));
    }, before.crash());
    await bot.advance(2 * HOUR_MS);

    assert.deepEqual(bot.logs, ["info: a", "info: b"]);
    assert.equal(bot.memory.recall().timers.length, 2);
  });

  it("waits with the next time until the handler is done", async () => {
    const bot = await start((bot) => {
      bot.every("1h", async () => {
        bot.log.info("begin");
        await new Promise((resolve) => bench().clock.schedule(20_000, () => resolve(undefined)));
        bot.log.info("end");
      });
    });
    const bench = () => bot;

    await bot.advance(HOUR_MS);
    const during = bot.memory.recall().timers.map(({ dueMs }) => dueMs);
    await bot.advance(20_000);
    const after = bot.memory.recall().timers.map(({ dueMs }) => dueMs);

    assert.deepEqual(bot.logs, ["info: begin", "info: end"]);
    // Were it to crash in between, the call would be made again.
    assert.equal(during[0], bot.clock.dateMs() - 20_000);
    assert.equal(after[0], bot.clock.dateMs() - 20_000 + HOUR_MS);
  });
});

describe("a named timer", () => {
  const setup = (bot: Bot) => {
    const ring = bot.timer("ring", ({ data, dueAt }: TimerCall<{ n: number }>) =>
      bot.send("alice", `ring ${data.n} ${bot.now() - dueAt}`),
    );
    bot.hears(/^in (\d+) (\d+)$/, async (ctx) => {
      const [, seconds, n] = ctx.match.map(Number);
      await ctx.reply(await ring.in((seconds ?? 0) * 1_000, { n: n ?? 0 }));
    });
    bot.hears("pending", async (ctx) => {
      await ctx.reply((await ring.pending()).map(({ data }) => data.n).join());
    });
    bot.hears(/^cancel (.+)$/, async (ctx) => ctx.reply(String(await ring.cancel(ctx.match[1] ?? ""))));
    bot.hears("never", () => ring.at(Number.NaN, { n: 0 }));
    bot.hears("date", () => ring.at(new Date(bot.now() + 5_000), { n: 9 }));
  };

  it("rings once, in the order of their times, with its data", async () => {
    const bot = await start(setup);
    await bot.told("in 20 2");
    await bot.told("in 10 1");
    await bot.told("date");

    assert.deepEqual(await bot.told("pending"), ["9,1,2"]);
    await bot.advance(HOUR_MS);

    assert.deepEqual(bot.heard(), ["ring 9 0", "ring 1 0", "ring 2 0"]);
    assert.deepEqual(bot.memory.recall().timers, []);
  });

  it("can be called off, once", async () => {
    const bot = await start(setup);
    const [id] = await bot.told("in 20 2");

    assert.deepEqual(await bot.told(`cancel ${id}`), ["true"]);
    assert.deepEqual(await bot.told(`cancel ${id}`), ["false"]);
    await bot.advance(HOUR_MS);

    assert.deepEqual(bot.heard(), []);
  });

  it("rings after a crash, late when it was due meanwhile", async () => {
    const before = await start(setup);
    await before.told("in 20 2");
    await before.told("in 90 3");
    const kept = before.crash();
    kept.clock.advanceTo(30_000);

    const bot = await start(setup, kept);
    await bot.advance(60_000);

    assert.deepEqual(bot.heard(), ["ring 2 10000", "ring 3 0"]);
  });

  it("that a new version does not have is told of, and not lost without a word", async () => {
    const before = await start(setup);
    await before.told("in 20 2");

    const bot = await start(() => {}, before.crash());
    await bot.advance(20_000);

    assert.deepEqual(bot.logs, ["error: a timer fired that this version of the bot does not have"]);
  });

  it("needs a date, a name of its own, and data that can be kept", async () => {
    const bot = await start(setup);
    await bot.told("never");

    assert.match(bot.failures[0] ?? "", /a timer needs a date/);
    await assert.rejects(
      start((bot) => {
        bot.timer("a", () => {});
        bot.timer("a", () => {});
      }),
      /the timer "a" is there twice/,
    );
  });
});
