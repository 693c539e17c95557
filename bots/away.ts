/**
 * Answers for somebody who is away. It runs under the nickname that people write to; its owner tells it what to say. Each sender
 * is answered once in a while, and the owner is given what was said when he is back.
 */
import { defineBot } from "udpchat/bot";
import * as z from "zod/mini";

interface Note {
  readonly from: string;
  readonly text: string;
  readonly at: number;
}

const NOTES_MAX = 200;

export default defineBot(
  {
    description: "I answer for somebody who is away.",
    settings: z.object({
      /** The nickname that gives the orders. */
      owner: z.string(),
      /** How long one answer is enough for one sender. */
      hours: z._default(z.number(), 4),
    }),
  },
  (bot) => {
    const { owner, hours } = bot.settings;
    const store = bot.store.typed<{
      answer: string;
      notes: Note[];
      [answered: `answered/${string}`]: number;
    }>();

    // The owner's orders are for him alone; to everybody else they are messages like any other.
    bot.hears(/^away\b\s*(.*)$/is, async (ctx, next) => {
      if (ctx.message.from !== owner) return next();
      await store.set("answer", ctx.match[1] || "I am away and read this later.");
      for (const key of await bot.store.keys("answered/")) await bot.store.delete(key);
      await ctx.reply("I answer for you now. Say: back");
    });

    bot.hears(/^back$/i, async (ctx, next) => {
      if (ctx.message.from !== owner) return next();
      const notes = (await store.get("notes")) ?? [];
      await store.delete("answer");
      await store.delete("notes");
      const lines = notes.map(
        ({ from, text, at }) => `${new Date(at).toISOString().slice(0, 16)} ${from}: ${text}`,
      );
      await ctx.reply(lines.join("\n") || "Welcome back. Nobody wrote.");
    });

    bot.on("message", async ({ message, reply }) => {
      if (message.from === owner) return reply("Say: away <what to answer>, or: back");
      const answer = await store.get("answer");
      if (answer === undefined) return bot.send(owner, `${message.from}: ${message.text}`);

      const { from, text } = message;
      await store.update("notes", (notes = []) =>
        [...notes, { from, text, at: bot.now() }].slice(-NOTES_MAX),
      );
      const lastMs = await store.get(`answered/${from}`);
      if (lastMs !== undefined && bot.now() - lastMs < hours * 3_600_000) return undefined;
      await store.set(`answered/${from}`, bot.now());
      return reply(answer);
    });
  },
);
