import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Bot, defineBot } from "../../src/bot/index.ts";
import { RuntimeBench } from "../support/runtime-bench.ts";

const start = RuntimeBench.start;

describe("a bot", () => {
  it("gives a message to the first route that matches", async () => {
    const bot = await start((bot) => {
      bot.hears(/^a/, (ctx) => ctx.reply("first"));
      bot.hears("ab", (ctx) => ctx.reply("second"));
      bot.on("message", (ctx) => ctx.reply("last"));
    });

    assert.deepEqual(await bot.told("ab"), ["first"]);
    assert.deepEqual(await bot.told(" b "), ["last"]);
  });

  it("goes on to the next route on next(), once", async () => {
    const bot = await start((bot) => {
      bot.on("message", async (ctx, next) => {
        await next();
        await next();
        await ctx.reply("after");
      });
      bot.hears("x", (ctx) => ctx.reply("x"));
    });

    assert.deepEqual(await bot.told("x"), ["x", "after"]);
    assert.deepEqual(await bot.told("y"), ["after"]);
  });

  it("gives the match to the handler, and forgets where a global pattern stopped", async () => {
    const bot = await start((bot) => {
      bot.hears(/b(?<rest>.*)/g, (ctx) => ctx.reply(String(ctx.match.groups?.["rest"])));
      bot.hears("same", (ctx) => ctx.reply(`equal to ${ctx.match}`));
    });

    assert.deepEqual(await bot.told("abc"), ["c"]);
    assert.deepEqual(await bot.told("abc"), ["c"]);
    assert.deepEqual(await bot.told("same"), ["equal to same"]);
  });

  it("answers a user's mistake with the usage line", async () => {
    const bot = await start((bot) => {
      bot.command("roll <sides> [--times <n>]", (ctx, { sides, times }) =>
        ctx.reply(`${times ?? 1} × ${sides}`),
      );
    });

    assert.deepEqual(await bot.told("roll 6 --times 2"), ["2 × 6"]);
    assert.deepEqual(await bot.told("roll"), ["<sides> is missing. Usage: roll <sides> [--times <n>]"]);
  });

  it("generates help from its commands, after its own routes", async () => {
    const setup = (bot: Bot) => {
      bot.command("roll [sides]", { help: "Roll a die" }, () => {});
      bot.command("ping", () => {});
    };
    const bot = await start(setup);
    const own = await start((bot) => {
      setup(bot);
      bot.command("help", (ctx) => ctx.reply("help yourself"));
    });
    const silent = await start((bot) => bot.hears("x", () => {}));

    assert.deepEqual(await bot.told("help"), ["A bot under test\nroll [sides] - Roll a die\nping"]);
    assert.deepEqual(await bot.told("Help roll"), ["roll [sides] - Roll a die"]);
    assert.deepEqual(await bot.told("help juggle"), ['There is no command "juggle"; try: help']);
    assert.deepEqual(await own.told("help"), ["help yourself"]);
    assert.deepEqual(await silent.told("help"), []);
  });

  it("parts a long help at its lines, so that every message fits", async () => {
    const bot = await start((bot) => {
      for (let i = 0; i < 50; i++) bot.command(`command${i} <argument>`, { help: "✓".repeat(20) }, () => {});
    });

    const answers = await bot.told("help");

    assert.equal(answers.join("\n").split("\n").length, 51);
    for (const answer of answers) assert.ok(Buffer.byteLength(answer) <= 1_000);
  });

  it("tells the sender of a failure by an id, and the host of the rest", async () => {
    const bot = await start((bot) => {
      bot.hears("boom", () => {
        throw new Error("secret");
      });
    });

    assert.deepEqual(await bot.told("boom"), ["Sorry, that went wrong. (error e1)"]);
    assert.deepEqual(bot.failures, ['hears "boom": secret']);
  });

  it("hands a failure to catch, in the place of that sentence", async () => {
    const bot = await start((bot) => {
      bot.catch((error, ctx) => ctx?.reply(`caught ${(error as Error).message}`));
      bot.on("message", async (_, next) => void next());
      bot.hears("boom", async () => {
        throw new Error("late");
      });
      bot.on("online", () => {
        throw new Error("nobody to answer");
      });
    });

    assert.deepEqual(await bot.told("boom"), ["caught late"]);
    await bot.sees("online", "bob");

    assert.deepEqual(bot.failures, ['hears "boom": late', 'on "online": nobody to answer']);
  });

  it("calls all handlers of presence, even when one fails", async () => {
    const seen: string[] = [];
    const bot = await start((bot) => {
      bot.on("online", () => {
        throw new Error("no");
      });
      bot.on("online", ({ nick }) => void seen.push(nick));
      bot.on("offline", ({ nick }) => void seen.push(`-${nick}`));
    });

    await bot.sees("online", "bob");
    await bot.sees("offline", "bob");

    assert.deepEqual(seen, ["bob", "-bob"]);
  });

  it("says at once of a recipient that is no nickname what becomes of the message", async () => {
    const bot = await start((bot) =>
      bot.hears(/^tell (.*?): (.*)$/, async (ctx) => {
        const receipt = await bot.send(String(ctx.match[1]), String(ctx.match[2]));
        await ctx.reply(receipt.kind === "failed" ? receipt.detail : receipt.kind);
      }),
    );

    assert.deepEqual(await bot.told("tell bob: hi"), ["hi", "delivered"]);
    for (const [to, named] of [
      ["bob and alice", "bob and alice"],
      ["", ""],
      ["x".repeat(99), `${"x".repeat(32)}…`],
    ]) {
      assert.deepEqual(await bot.told(`tell ${to}: hi`), [
        `"${named}" is no nickname: 1 to 32 letters, digits, "_", "." or "-"`,
      ]);
    }
  });

  it("refuses what its author got wrong", async () => {
    await assert.rejects(
      start((bot) => bot.hears("x", undefined as never)),
      /bot.hears needs a function/,
    );
    await assert.rejects(
      start((bot) => bot.on("evening" as "online", () => {})),
      /not "evening"/,
    );
    await assert.rejects(
      start((bot) => bot.command("<x>", () => {})),
      /begins with the word/,
    );
    assert.throws(() => defineBot({} as never), /needs a function/);

    const late = await start((bot) => bot.hears("x", () => bot.hears("y", () => {})));
    await late.told("x");
    assert.deepEqual(late.failures, [
      `hears "x": routes are written down in defineBot's function, not later`,
    ]);

    const untyped = await start((bot) => bot.hears("x", (ctx) => ctx.reply(5 as never)));
    await untyped.told("x");
    assert.deepEqual(untyped.failures, ['hears "x": the text is a string, not number']);
  });
});
