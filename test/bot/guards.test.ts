import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDuration, readDuration, readLimit } from "../../src/bot/duration.ts";
import { defineBot } from "../../src/bot/index.ts";
import { RuntimeBench } from "../support/runtime-bench.ts";

const start = RuntimeBench.start;
const antiloop = { repeats: 5, windowMs: 120_000 };

describe("who may call", () => {
  it("is said by roles; others are told, and not shown it", async () => {
    const bot = await start(
      (bot) => {
        bot.command("stop", { allow: ["owner", "staff"], help: "Stop it" }, (ctx) => ctx.reply("stopped"));
        bot.command("who", (ctx) => ctx.reply(String(bot.hasRole(ctx.message.from, "owner"))));
      },
      { start: { roles: { owner: ["alice"] } } },
    );

    assert.deepEqual(await bot.told("stop"), ["stopped"]);
    assert.deepEqual(await bot.told("stop", { from: "bob" }), ["Only owner and staff may do that."]);
    assert.deepEqual(await bot.told("help", { from: "bob" }), ["A bot under test\nwho"]);
    assert.deepEqual(await bot.told("who"), ["true"]);
    assert.deepEqual(await bot.told("who", { from: "toString" }), ["false"]);
    assert.deepEqual(bot.logs[0], 'warn: nobody has the role "staff"');
    assert.ok(bot.logs.some((line) => /not allowed: it is for owner and staff/.test(line)));
  });
});

describe("how often one may call", () => {
  it("is limited for each sender; he is told once, and heard again when there is room", async () => {
    const bot = await start((bot) => bot.hears("go", { limit: "2/10s" }, (ctx) => ctx.reply("gone")));

    assert.deepEqual(await bot.told("go"), ["gone"]);
    await bot.advance(4_000);
    assert.deepEqual(await bot.told("go"), ["gone"]);
    assert.deepEqual(await bot.told("go"), ["That was too often. Try again in 6 s."]);
    assert.deepEqual(await bot.told("go"), []);
    assert.deepEqual(await bot.told("go", { from: "bob" }), ["gone"]);
    await bot.advance(6_000);

    assert.deepEqual(await bot.told("go"), ["gone"]);
    assert.deepEqual(await bot.told("go"), ["That was too often. Try again in 4 s."]);
  });
});

describe("how long a handler may take", () => {
  it("is bounded: the sender is told, the signal aborts, and nothing more is sent", async () => {
    const bot = await start((bot) => {
      bot.hears("slow", { timeout: "3s" }, async (ctx) => {
        ctx.signal.addEventListener("abort", () => bot.log.info("aborted"));
        await new Promise((resolve) => bench().clock.schedule(5_000, () => resolve(undefined)));
        const receipt = await ctx.reply("too late");
        bot.log.info(receipt.kind === "failed" ? receipt.reason : receipt.kind);
      });
      bot.hears("ping", (ctx) => ctx.reply("pong"));
    });
    const bench = () => bot;

    await bot.told("slow");
    const meanwhile = await bot.told("ping");
    await bot.advance(3_000);

    assert.deepEqual(meanwhile, []);
    assert.deepEqual(bot.heard(), ["Sorry, that took too long. (error e1)", "pong"]);
    await bot.advance(5_000);
    assert.deepEqual(bot.heard(), []);
    assert.deepEqual(bot.logs, ["info: aborted", "info: ABORTED"]);
    assert.deepEqual(bot.failures, ['hears "slow": it took longer than 3 s']);
    assert.deepEqual(bot.commits, [["e1"], ["e2"]]);
  });
});

describe("two programs", () => {
  it("do not talk to each other, where one is marked as a program", async () => {
    const setup = (answersBots: boolean) =>
      defineBot({ answersBots }, (bot) => bot.on("message", (ctx) => ctx.reply("hi")));
    const shy = await start(setup(false));
    const open = await start(setup(true));

    assert.deepEqual(await shy.told("hello", { auto: true }), []);
    assert.deepEqual(shy.commits, [["e1"]]);
    assert.deepEqual(await open.told("hello", { auto: true }), ["hi"]);
  });

  it("are parted where no mark tells them: the same again and again, at the pace of programs", async () => {
    const bot = await start(
      (bot) => bot.on("message", (ctx) => ctx.reply(`error 12${bot.now() % 7} in a place`)),
      {
        limits: { antiloop },
      },
    );

    const answers: number[] = [];
    for (let i = 0; i < 20; i++) {
      // Numbers differ, as in ids of errors.
      answers.push((await bot.told(`sorry, error ${i}`)).length);
      await bot.advance(100);
    }
    const broken = answers.indexOf(0);
    await bot.advance(antiloop.windowMs);

    assert.ok(broken >= 5 && broken <= 7, String(answers));
    assert.deepEqual(answers.slice(broken), Array(20 - broken).fill(0));
    assert.equal(bot.logs.filter((line) => /say no more/.test(line)).length, 1);
    assert.equal((await bot.told("sorry, error 1")).length, 1);
  });

  it("are parted when one repeats what the other says, however it grows", async () => {
    const bot = await start(
      (bot) => bot.on("message", (ctx) => ctx.reply(`I do not know "${ctx.message.text}".`)),
      {
        limits: { antiloop },
      },
    );

    let said = "what is this";
    let rounds = 0;
    for (; rounds < 20; rounds++) {
      const [answer] = await bot.told(said);
      if (answer === undefined) break;
      said = `Unknown: ${answer}`;
      await bot.advance(10);
    }

    assert.ok(rounds < 10, String(rounds));
  });

  it("are not looked for where people are told from programs by a mark, but between programs they are", async () => {
    const bot = await start(
      defineBot({ answersBots: true }, (bot) => bot.on("message", (ctx) => ctx.reply("hi"))),
      { limits: { antiloop } },
    );
    const answers = async (options: object) => {
      let count = 0;
      for (let i = 0; i < 10; i++) count += (await bot.told("hello", options)).length;
      return count;
    };

    assert.equal(await answers({ tellsPrograms: true }), 10);
    assert.equal(await answers({ from: "robot", tellsPrograms: true, auto: true }), 6);
  });

  it("are not people, who may say the same at their own pace", async () => {
    const bot = await start((bot) => bot.hears("next", (ctx) => ctx.reply("a card")), {
      limits: { antiloop },
    });

    for (let i = 0; i < 15; i++) {
      assert.deepEqual(await bot.told("next"), ["a card"]);
      await bot.advance(3_000);
    }
  });
});

describe("durations and limits", () => {
  it("are read with their units, and refused without", () => {
    assert.deepEqual(
      ["250ms", "1.5s", "2m", "1h", "7d", 5].map((text) => readDuration(text as never)),
      [250, 1_500, 120_000, 3_600_000, 604_800_000, 5],
    );
    for (const wrong of ["5", "", "5 s", "-1s", "1y", Number.NaN, -1]) {
      assert.throws(() => readDuration(wrong as never), /is no duration; write one such as/);
    }
    assert.deepEqual(readLimit("5/min"), { count: 5, perMs: 60_000 });
    assert.deepEqual(readLimit("1/10s"), { count: 1, perMs: 10_000 });
    for (const wrong of ["5", "0/min", "5/", "x/min"])
      assert.throws(() => readLimit(wrong as never), /is no limit/);
    assert.deepEqual([parseDuration(" 10M "), parseDuration("soon")], [600_000, undefined]);
  });
});
