/**
 * Two groups who talk to each other through one nickname: what somebody of one group says goes to everybody of the other, and he is
 * told who did not get it.
 */
import { defineBot } from "udpchat/bot";
import * as z from "zod/mini";

const group = z.object({ name: z.string(), members: z.array(z.string()).check(z.minLength(1)) });

export default defineBot(
  {
    description: "I carry what one group says to the other.",
    settings: z.object({ left: group, right: group }),
  },
  (bot) => {
    const { left, right } = bot.settings;
    const sideOf = (nick: string) => {
      if (left.members.includes(nick)) return { own: left, other: right };
      return right.members.includes(nick) ? { own: right, other: left } : undefined;
    };

    bot.command("/who", { help: "Who is on the other side" }, async (ctx) => {
      const side = sideOf(ctx.message.from);
      if (side === undefined) return ctx.reply("You are of neither group.");
      const people = side.other.members.map((nick) =>
        bot.contacts.get(nick)?.online === true ? `${nick} (online)` : nick,
      );
      return ctx.reply(`${side.other.name}: ${people.join(", ")}`);
    });

    bot.on("message", { limit: "30/min" }, async (ctx) => {
      const { from, text } = ctx.message;
      const side = sideOf(from);
      if (side === undefined)
        return ctx.reply("I carry messages between two groups, and you are of neither.");
      const sends = side.other.members.map(async (nick) => {
        const receipt = await bot.send(nick, `[${side.own.name}] ${from}: ${text}`);
        return receipt.kind === "failed" ? nick : undefined;
      });
      const missed = (await Promise.all(sends)).filter((nick) => nick !== undefined);
      return missed.length > 0 ? ctx.reply(`It did not reach ${missed.join(", ")}.`) : undefined;
    });
  },
);
