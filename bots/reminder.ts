/** Reminds people at the time that they said, also when it was restarted in between. */
import { defineBot, type TimerCall } from "udpchat/bot";
import * as z from "zod/mini";
import { readWhen } from "./reminder/when.ts";

interface Reminder {
  readonly nick: string;
  readonly text: string;
}

const EXAMPLES = "in 10 minutes, at 17:30, tomorrow at 9, friday 2 pm";

export default defineBot(
  {
    description: "I remind you. Say: remind in 10 minutes to stretch",
    settings: z.object({
      timeZone: z._default(z.string(), "UTC"),
      perPersonMax: z._default(z.number(), 20),
    }),
  },
  (bot) => {
    const { timeZone, perPersonMax } = bot.settings;
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });

    const reminders = bot.timer("remind", ({ data }: TimerCall<Reminder>) =>
      // A person who is away finds it when he is back: the server keeps it.
      bot.send(data.nick, `Reminder: ${data.text}`),
    );
    const pendingOf = async (nick: string) =>
      (await reminders.pending()).filter(({ data }) => data.nick === nick);

    bot.command(
      "remind <when...>",
      { help: `Such as: remind tomorrow at 9 to call bob` },
      async (ctx, args) => {
        const nick = ctx.message.from;
        const when = readWhen(args.when, bot.now(), timeZone);
        if (when === undefined) return ctx.reply(`When? Begin with a time: ${EXAMPLES}`);
        const mine = await pendingOf(nick);
        if (mine.length >= perPersonMax) return ctx.reply(`You have ${mine.length} already; forget some.`);
        const text = when.rest || (await ctx.ask("Of what?"));
        if (text === undefined) return ctx.reply("Then not.");
        await reminders.at(when.atMs, { nick, text });
        return ctx.reply(`I will remind you on ${clock.format(when.atMs)}.`);
      },
    );

    bot.command("reminders", { help: "List yours" }, async (ctx) => {
      const lines = (await pendingOf(ctx.message.from)).map(
        ({ dueAt, data }, i) => `${i + 1}. ${clock.format(dueAt)}: ${data.text}`,
      );
      await ctx.reply(lines.join("\n") || "You have none.");
    });

    bot.command("forget <number>", { help: "Forget one of yours" }, async (ctx, args) => {
      const reminder = (await pendingOf(ctx.message.from))[Number(args.number) - 1];
      if (reminder === undefined) return ctx.reply(`There is no ${args.number}; say: reminders`);
      await reminders.cancel(reminder.id);
      return ctx.reply(`Forgotten: ${reminder.data.text}`);
    });
  },
);
