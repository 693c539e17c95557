import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testBot } from "../../src/testing/index.ts";
import { scriptFile } from "../support/bot-stage.ts";

describe("testBot", () => {
  it("talks to a bot in simulation, without waiting", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot((bot) => {
        bot.hears("egg", async (ctx) => {
          await ctx.reply("wait");
          setTimeout(() => ctx.reply("done"), 600_000);
        });
      });`,
    );
    await using test = await testBot(script);
    const alice = test.user("alice");

    const receipt = await alice.says("egg");
    alice.hears("wait");
    alice.hearsNothing();
    await test.advance("10m");

    assert.equal(receipt.kind, "delivered");
    assert.equal(alice.hears(/^do/), "done");
    assert.deepEqual(alice.heard, ["wait", "done"]);
  });

  it("shows the conversation when something was not heard, at the test's line", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot((bot) => {
        bot.hears("hi", (ctx) => ctx.reply("hello"));
        bot.hears("boom", () => { throw new RangeError("too much"); });
      });`,
    );
    await using test = await testBot(script);
    const alice = test.user("alice");
    await alice.says("hi");
    await alice.says("boom");

    assert.throws(
      () => alice.hears("bye"),
      (error: Error) => {
        assert.match(
          error.message,
          /^alice has not heard "bye"\n\nWhat he heard and nothing has taken:\n {2}"hello"\n/,
        );
        assert.match(
          error.message,
          /s {2}alice comes online\n +[\d.]+s {2}alice → bot: hi\n +[\d.]+s {2}bot → alice: hello/,
        );
        assert.match(error.message, /error in hears "boom".*\n.*bot\.ts:4:\d+: RangeError: too much\n/);
        assert.match(error.message, /> 4 \|/);
        assert.match(error.stack ?? "", /test-bot\.test\.ts/);
        return true;
      },
    );
    assert.throws(() => alice.hearsNothing(), /alice has heard something/);
    assert.deepEqual(
      test.errors.map(({ name, message }) => [name, message]),
      [["RangeError", "too much"]],
    );
  });

  it("keeps the store and dialogs over crashes and restarts, and forgets questions honestly", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot((bot) => {
        const order = bot.dialog("order", { state: {}, steps: {
          size: { ask: "Size?", answer: (ctx) => ctx.reply("one " + ctx.answer) } } });
        bot.hears("count", async (ctx) => ctx.reply(String(await bot.store.update("n", (n = 0) => n + 1))));
        bot.hears("order", (ctx) => order.begin(ctx));
        bot.hears("ask", (ctx) => ctx.ask("Sure?"));
        bot.onStop(() => bot.log.info("bye"));
      });`,
    );
    await using test = await testBot(script);
    const [alice, bob] = [test.user("alice"), test.user("bob")];
    await alice.says("count");
    await alice.says("order");
    await bob.says("ask");

    await test.crash();
    await alice.says("large");
    await bob.says("yes");
    await test.restart();
    await alice.says("count");

    assert.deepEqual(alice.heard, ["1", "Size?", "one large", "2"]);
    bob.hears("Sure?");
    bob.hears(/forgot that I had asked you: Sure\?/);
    assert.deepEqual(test.store(), { n: 2 });
    assert.deepEqual(
      test.log.map(({ message }) => message),
      ["bye"],
    );
  });

  it("has time zones, dates and rhythms that survive a stop", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot((bot) => {
        bot.cron("0 9 * * 1-5", { timeZone: "Europe/Paris" }, () => bot.send("ops", "standup " + new Date().toISOString()));
        bot.every("1d", () => bot.send("ops", "day"));
      });`,
    );
    await using test = await testBot(script);
    const ops = test.user("ops");
    await ops.comes();

    await test.advanceTo("2026-01-02T08:30:00Z");
    const first = [...ops.heard];
    await test.stop();
    await test.advanceTo("2026-01-05T09:00:00Z");
    await test.restart();
    await test.advanceTo("2026-01-06T08:30:00Z");

    assert.deepEqual(first, ["standup 2026-01-01T08:00:00.000Z", "day", "standup 2026-01-02T08:00:00.000Z"]);
    // Monday's time had passed by an hour; the day that was missed is made up for once.
    assert.deepEqual(ops.heard.slice(3), ["day", "day", "standup 2026-01-06T08:00:00.000Z"]);
  });

  it("answers the requests that a bot makes, as far as they are granted", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot({ needs: { http: ["status.example.org"], secrets: ["KEY"] } }, (bot) => {
        bot.command("get <url>", async (ctx, { url }) => {
          const { ok, status, text } = await bot.http.get(url, { headers: { key: bot.secrets.KEY } });
          await ctx.reply([ok, status, text].join());
        });
        bot.catch((error, ctx) => ctx?.reply(error.code));
      });`,
    );
    await using test = await testBot(script, {
      secrets: { KEY: "k" },
      http: {
        "status.example.org": ({ url, headers }) => {
          if (url.endsWith("/down")) throw new Error("cable");
          return { status: 418, json: headers };
        },
      },
    });
    const alice = test.user("alice");

    for (const url of [
      "https://status.example.org/",
      "http://status.example.org/down",
      "http://other.example.org",
    ]) {
      await alice.says(`get ${url}`);
    }

    assert.deepEqual(alice.heard, ['false,418,{"key":"k"}', "UNREACHABLE", "NOT_GRANTED"]);
  });

  it("loses datagrams, cuts the network and mends it", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot((bot) => bot.hears("hi", (ctx) => ctx.reply("hello")));`,
    );
    await using test = await testBot(script, { seed: 3 });
    const alice = test.user("alice");
    await alice.comes();

    test.network.faults({ loss: 0.3, delay: "50ms" });
    await alice.says("hi");
    await test.advance("5s");
    alice.hears("hello");
    test.network.heal();
    test.network.cut("bot");
    const receipt = await alice.says("hi");
    test.network.heal();

    assert.notEqual(receipt.kind, "delivered");
  });

  it("says why a bot does not start", async (t) => {
    const script = await scriptFile(
      t,
      `export default defineBot({ needs: { http: ["a.example"], secrets: ["KEY"] } }, () => {});`,
    );

    await assert.rejects(
      testBot(script),
      /it needs what its owner has not granted: http: a\.example, secret: KEY/,
    );
  });
});
