import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineBot } from "udpchat/bot";
import * as full from "zod";
import * as z from "zod/mini";
import { RuntimeBench } from "../support/runtime-bench.ts";

describe("what a bot's owner says", () => {
  const bot = defineBot(
    {
      settings: z.object({
        owner: z.string(),
        hours: z._default(z.number(), 4),
        deep: z.optional(z.array(z.string())),
      }),
      needs: { http: ["a.example"], secrets: ["KEY"] },
    },
    (bot) => {
      bot.hears("say", (ctx) => ctx.reply(`${bot.settings.owner} ${bot.settings.hours} ${bot.secrets.KEY}`));
    },
  );
  const granted = { http: ["a.example"], secrets: { KEY: "k" } };

  it("is checked and completed by the schema", async () => {
    const bench = await RuntimeBench.start(bot, { start: { settings: { owner: "alice" }, ...granted } });

    assert.deepEqual(await bench.told("say"), ["alice 4 k"]);
    assert.deepEqual(bench.manifest, {
      answersBots: false,
      commands: [],
      http: ["a.example"],
      roles: [],
      secrets: ["KEY"],
    });
  });

  it("is refused with everything that does not fit, where it stands and what it is", async () => {
    const settings = { hours: "four", deep: ["a", 1] };

    await assert.rejects(RuntimeBench.start(bot, { start: { settings, ...granted } }), {
      name: "SettingsError",
      message:
        'settings.owner: expected a text, got nothing; settings.hours: expected a number, got "four"; ' +
        "settings.deep.1: expected a text, got 1",
    });
    await assert.rejects(RuntimeBench.start(bot, { start: { settings: { owner: "alice" } } }), {
      name: "GrantError",
      message: /has not granted: http: a\.example, secret: KEY$/,
    });
  });

  it("may be given by any schema, also one that waits", async () => {
    const settings = full.object({ name: full.string().refine(async (name) => name !== "eve", "not eve") });
    const named = defineBot({ settings }, (bot) => bot.hears("who", (ctx) => ctx.reply(bot.settings.name)));

    const bench = await RuntimeBench.start(named, { start: { settings: { name: "bob" } } });

    assert.deepEqual(await bench.told("who"), ["bob"]);
    await assert.rejects(
      RuntimeBench.start(named, { start: { settings: { name: "eve" } } }),
      /settings\.name: not eve/,
    );
  });

  it("is pretended where a bot is only tried", async () => {
    const bench = await RuntimeBench.start(bot, { start: { settings: { owner: "alice" }, isTrial: true } });

    assert.deepEqual(await bench.told("say"), ["alice 4 KEY"]);
  });
});
