/**
 * Takes tickets and keeps them. Anybody opens one in a short dialog; those with the role `staff` list, take and close them, and whoever
 * opened a ticket hears what becomes of it.
 */
import { defineBot } from "udpchat/bot";
import * as z from "zod/mini";

interface Ticket {
  readonly title: string;
  readonly from: string;
  readonly urgent: boolean;
  readonly takenBy?: string;
}

export default defineBot(
  {
    description: "I take tickets for the staff.",
    settings: z.object({ greeting: z._default(z.string(), "Thank you. Somebody will look into it.") }),
  },
  (bot) => {
    const store = bot.store.typed<{ seq: number; [ticket: `ticket/${number}`]: Ticket }>();

    const opening = bot.dialog("open a ticket", {
      state: { title: "" },
      steps: {
        urgent: {
          ask: ({ state }) => `"${state.title}": is it urgent? (yes/no)`,
          answer: async (ctx) => {
            if (!/^(yes|no)$/i.test(ctx.answer)) return ctx.again("Please say yes or no, or cancel.");
            const number = await store.update("seq", (last = 0) => last + 1);
            const urgent = /^yes$/i.test(ctx.answer);
            await store.set(`ticket/${number}`, { title: ctx.state.title, from: ctx.message.from, urgent });
            await ctx.reply(`#${number} is open. ${bot.settings.greeting}`);
          },
        },
      },
    });

    bot.command("ticket <title...>", { help: "Open a ticket", limit: "5/min" }, (ctx, { title }) =>
      opening.begin(ctx, { title }),
    );

    bot.command("tickets", { help: "List what is open", allow: ["staff"] }, async (ctx) => {
      const open = await bot.store.entries<Ticket>("ticket/");
      const lines = open
        .toSorted(([, a], [, b]) => Number(b.urgent) - Number(a.urgent))
        .map(([key, { title, from, urgent, takenBy }]) => {
          const number = key.replace("ticket/", "#");
          return `${number} ${urgent ? "URGENT " : ""}${title} (${from}${takenBy ? `, ${takenBy} is at it` : ""})`;
        });
      await ctx.reply(lines.join("\n") || "Nothing is open.");
    });

    bot.command(
      "take <number>",
      { help: "Say that you look into it", allow: ["staff"] },
      async (ctx, args) => {
        const key = keyOf(args.number);
        const ticket = key && (await store.get(key));
        if (!ticket) return ctx.reply(`There is no ticket ${args.number}.`);
        const { from: staff } = ctx.message;
        await store.set(key, { ...ticket, takenBy: staff });
        void bot.send(ticket.from, `${staff} looks into "${ticket.title}".`);
        return ctx.reply(`${args.number} is yours.`);
      },
    );

    bot.command("close <number> [answer...]", { help: "Close one", allow: ["staff"] }, async (ctx, args) => {
      const key = keyOf(args.number);
      const ticket = key && (await store.get(key));
      if (!ticket) return ctx.reply(`There is no ticket ${args.number}.`);
      const answer = args.answer ?? (await ctx.ask(`What shall ${ticket.from} be told?`, { timeout: "5m" }));
      if (answer === undefined) return ctx.reply("You said nothing; it stays open.");
      if (!(await store.delete(key))) return ctx.reply("Somebody closed it meanwhile.");
      const receipt = await bot.send(ticket.from, `"${ticket.title}" is closed: ${answer}`);
      return ctx.reply(`Closed; the answer to ${ticket.from} was ${receipt.kind}.`);
    });
  },
);

function keyOf(number: string): `ticket/${number}` | undefined {
  const digits = /^#?(\d{1,9})$/.exec(number)?.[1];
  return digits === undefined ? undefined : `ticket/${Number(digits)}`;
}
